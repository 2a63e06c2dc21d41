"""Plan joint sessions: their list and public page, steps, rooms, codes and cancelling."""

from __future__ import annotations

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.privacy import mask, masking_note
from forum.deliberation.gatherings.pausing import why_paused
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.joint.after_end import after_end
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.forms import ONLINE_SEATS, HostForm, OnlineForm, PlanForm, ReasonForm, RoomForm, SeenForm
from forum.deliberation.joint.grants import grants_of_request, renew_codes
from forum.deliberation.joint.handing_over import hand_over_session
from forum.deliberation.joint.models import JointSession
from forum.deliberation.joint.permissions import (
    HOST_HANDS_OVER,
    HOST_ONLY,
    can_add_room,
    can_change_session,
    can_hand_over_session,
    can_open_online_room,
    can_open_session,
    why_not_open,
)
from forum.deliberation.joint.plan import Plan
from forum.deliberation.joint.planning import cancel_session, edit_session, open_session
from forum.deliberation.joint.queries import candidates, get_session, public_rooms, rooms_in, session_page
from forum.deliberation.joint.taking_part import add_room, get_online_room, join_online, open_online_room, remove_room
from forum.deliberation.joint.views import bp
from forum.deliberation.rooms.permissions import can_enter, why_not_enter
from forum.deliberation.rooms.queries import entry_of
from forum.voice.campaigns.queries import get_campaign
from forum.web.forms import ForumForm, query_number
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

HTTP_OK = 200
MAX_NOTED_CHARS = 10_000
NO_STORE = {"Cache-Control": "private, no-store"}


@bp.get("/c/<slug>/joint")
@public
@same_for_visitors
def listing(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    return render_template(
        "joint/listing.html",
        campaign=campaign,
        found=session_page(campaign, query_number("page") or 1, current_app.config["PAGE_SIZE"]),
        may_open=can_open_session(current_user),
        paused=why_paused(),
    )


@bp.route("/c/<slug>/joint/new", methods=["GET", "POST"])
def new(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    require(can_open_session(current_user), why_not_open(current_user))
    form = PlanForm(data=PlanForm.prefilled(Plan.usual()))
    with form.collect_errors():
        if form.validate_on_submit():
            made = open_session(campaign, current_user, form.plan(), request.remote_addr)
            return _written(form, made, _("연결 모임을 열었어요. 이제 함께할 모임방을 골라 주세요."), "joint.rooms")
    return form.page("joint/edit.html", campaign=campaign, session=None)


@bp.get("/joint/<int:session_id>")
@public
def show(session_id: int) -> ResponseReturnValue:
    return _page(get_session(session_id))


@bp.route("/joint/<int:session_id>/edit", methods=["GET", "POST"])
def edit(session_id: int) -> ResponseReturnValue:
    session = _changed(session_id)
    form = PlanForm(data=PlanForm.prefilled(Plan.of(session)) | {"seen": session.revision})
    with form.collect_errors():
        if form.validate_on_submit():
            edit_session(session, current_user, form.plan(), form.seen_number)
            return _written(form, session, _("연결 모임을 고쳤어요."), "joint.show")
    return form.page("joint/edit.html", campaign=session.campaign, session=session)


@bp.get("/joint/<int:session_id>/rooms")
def rooms(session_id: int) -> ResponseReturnValue:
    return _rooms_page(_joinable(session_id), {})


@bp.post("/joint/<int:session_id>/rooms")
def add(session_id: int) -> ResponseReturnValue:
    session, form = _joinable(session_id), RoomForm()
    with form.collect_errors():
        if form.validate_on_submit():
            gathering = get_gathering(form.gathering_id) if form.gathering_id > 0 else None
            add_room(session, gathering, current_user, form.seen_number)
            db.session.commit()
            flash(_("모임방이 함께해요."))
            return redirect(url_for("joint.rooms", session_id=session_id), 303)
    return _rooms_page(session, {"room_form": form})


@bp.post("/joint/<int:session_id>/rooms/<int:gathering_id>/remove")
def remove(session_id: int, gathering_id: int) -> ResponseReturnValue:
    session, gathering = get_session(session_id), get_gathering(gathering_id)
    require(can_add_room(current_user, session, gathering), str(HOST_ONLY))
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            remove_room(session, gathering, current_user, form.seen_number)
            db.session.commit()
            flash(_("모임방이 빠졌어요. 그 모임은 따로 그대로 열려요."))
            return redirect(url_for("joint.rooms", session_id=session_id), 303)
    return _rooms_page(session, {"refused": form})


@bp.post("/joint/<int:session_id>/rooms/online")
def add_online(session_id: int) -> ResponseReturnValue:
    session = _changed(session_id)
    require(can_open_online_room(current_user, session), str(HOST_ONLY))
    form = OnlineForm()
    with form.collect_errors():
        if form.validate_on_submit():
            open_online_room(session, current_user, form.online_url.data or "", form.seats.data, form.seen_number)
            db.session.commit()
            flash(_("온라인 방을 열고 알렸어요."))
            return redirect(url_for("joint.rooms", session_id=session_id), 303)
    return _rooms_page(session, {"online_form": form})


@bp.route("/joint/<int:session_id>/cancel", methods=["GET", "POST"])
def cancel(session_id: int) -> ResponseReturnValue:
    session = _changed(session_id)
    form = ReasonForm(data={"seen": session.revision})
    with form.collect_errors():
        if form.validate_on_submit():
            cancel_session(session, current_user, form.reason.data or "", form.seen_number)
            db.session.commit()
            flash(_("연결 모임을 취소했어요. 모임방의 진행자들에게 알렸어요."))
            return redirect(url_for("joint.show", session_id=session_id), 303)
    return form.page("joint/cancel.html", campaign=session.campaign, session=session, n_rooms=len(rooms_in(session_id)))


@bp.route("/joint/<int:session_id>/hand-over", methods=["GET", "POST"])
def hand_over(session_id: int) -> ResponseReturnValue:
    session = get_session(session_id)
    require(can_hand_over_session(current_user, session), str(HOST_HANDS_OVER))
    form = HostForm()
    with form.collect_errors():
        if form.validate_on_submit():
            host = hand_over_session(session, current_user, form.facilitator.data or "", form.seen_number)
            db.session.commit()
            flash(_("%(name)s 님에게 연결 모임을 넘겼어요.", name=host.display_name))
            return redirect(url_for("joint.show", session_id=session_id), 303)
    return form.page("joint/hand_over.html", campaign=session.campaign, session=session)


@bp.get("/joint/<int:session_id>/codes")
def codes(session_id: int) -> ResponseReturnValue:
    """Show the recovery codes for printing. No browser keeps them."""
    return _codes_page(_changed(session_id), SeenForm(formdata=None))


@bp.post("/joint/<int:session_id>/codes")
def make_codes(session_id: int) -> ResponseReturnValue:
    session, form = _changed(session_id), SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            renew_codes(session, current_user, form.seen_number)
            db.session.commit()
            flash(_("새 번호를 만들었어요. 전에 인쇄한 번호는 이제 쓸 수 없어요."))
            return redirect(url_for("joint.codes", session_id=session_id), 303)
    return _codes_page(session, form)


@bp.post("/joint/<int:session_id>/online")
def online(session_id: int) -> ResponseReturnValue:
    """Join the online room, checked in by that."""
    session = get_session(session_id)
    require(can_enter(current_user), why_not_enter(current_user))
    get_online_room(session)
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            gathering = join_online(session, current_user)
            db.session.commit()
            return redirect(url_for("rooms.show", gathering_id=gathering.id), 303)
    return _page(session, form)


def _changed(session_id: int) -> JointSession:
    session = get_session(session_id)
    require(can_change_session(current_user, session), str(HOST_ONLY))
    return session


def _joinable(session_id: int) -> JointSession:
    """Return a session to its host, and to other facilitators, who add gatherings of their own."""
    session = get_session(session_id)
    may_add = can_change_session(current_user, session) or can_open_session(current_user)
    require(may_add, str(HOST_ONLY))
    return session


def _written(form: PlanForm, session: JointSession, message: str, endpoint: str) -> ResponseReturnValue:
    """Commit, and say what of the titles others see masked."""
    db.session.commit()
    flash(message)
    typed = " \n".join([form.title.data or "", *(row.form.title.data or "" for row in form.steps)])
    hidden = masking_note(mask(typed[:MAX_NOTED_CHARS]).kinds)
    if hidden:
        flash(hidden)
    return redirect(url_for(endpoint, session_id=session.id), 303)


def _page(session: JointSession, refused: ForumForm | None = None) -> ResponseReturnValue:
    found = public_rooms(rooms_in(session.id))
    held = [grant for grant in grants_of_request() if grant.session_id == session.id]
    online_room = next((room.gathering for room in found if room.is_online), None)
    page = render_template(
        "joint/show.html",
        session=session,
        campaign=session.campaign,
        rooms=found,
        online=online_room,
        entry=entry_of(online_room.id, current_user.participant_id) if online_room else None,
        why_not_enter=why_not_enter(current_user),
        may_change=can_change_session(current_user, session),
        may_add=can_open_session(current_user),
        may_hand_over=can_hand_over_session(current_user, session),
        hosts_by_code=any(grant.gathering_id is None for grant in held),
        runs_by_code=[room.gathering for room in found if room.gathering_id in {one.gathering_id for one in held}],
        refused=refused,
        after_end=after_end(session, current_user) if found else [],
    )
    return make_response(page, refused.status if refused else HTTP_OK)


def _rooms_page(session: JointSession, given: dict[str, ForumForm]) -> ResponseReturnValue:
    may_change = can_change_session(current_user, session)
    forms: dict[str, ForumForm] = {
        "room_form": RoomForm(formdata=None),
        "online_form": OnlineForm(formdata=None, data={"seats": ONLINE_SEATS}),
        "refused": SeenForm(formdata=None),
    }
    found = rooms_in(session.id)
    page = render_template(
        "joint/rooms.html",
        session=session,
        campaign=session.campaign,
        rooms=[room for room in found if may_change or can_add_room(current_user, session, room.gathering)],
        n_rooms=len(found),
        has_online=any(room.is_online for room in found),
        candidates=candidates(session, current_user, may_change),
        may_change=may_change,
        may_open_online=can_open_online_room(current_user, session),
        **forms | given,
    )
    return make_response(page, max((form.status for form in given.values()), default=HTTP_OK), NO_STORE)


def _codes_page(session: JointSession, form: SeenForm) -> ResponseReturnValue:
    page = render_template(
        "joint/codes.html",
        form=form,
        session=session,
        campaign=session.campaign,
        codes=codes_of(session, rooms_in(session.id)),
        address=current_app.config["BASE_URL"] + url_for("joint.takeover", session_id=session.id),
    )
    return make_response(page, form.status, NO_STORE)
