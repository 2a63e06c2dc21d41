"""Join a room by its code, and take part in it: for guests and accounts."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.actor import present_actor
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.rooms.codes import typed_join_code
from forum.deliberation.rooms.forms import CodeForm, EnterForm, RoomIdeaForm, RoomVoteForm
from forum.deliberation.rooms.joining import join_as_account, join_as_guest, why_not_join
from forum.deliberation.rooms.models import EntryWay
from forum.deliberation.rooms.permissions import can_enter, why_not_enter
from forum.deliberation.rooms.queries import entry_of, gathering_of_code, room_of_guest
from forum.deliberation.rooms.results import Verdict
from forum.deliberation.rooms.room import require_inside, room_page, vote_in_room, write_idea
from forum.deliberation.rooms.tablets import tablet_of_request
from forum.people.passes.actor import guest_of_request, remember_pass
from forum.people.passes.attempts import check_code_attempts, record_wrong_code
from forum.web.error_pages import wants_json
from forum.web.form_recovery import IDEMPOTENCY_FIELD, discard_recovered
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.idempotency import idempotency_exempt
from forum.web.page_data import page_data

bp = Blueprint("rooms", __name__, template_folder="templates")
OF_ROOMS = "room_code"
"""Purpose under which wrong join codes are counted (`people.passes.attempts`)."""


class UnknownCode(NotFound):
    """No room is open under this code."""

    @property
    def message(self) -> str:
        return _(
            "그 번호로 열린 모임방이 없어요. 화면에 보이는 8자리를 다시 확인해 주세요. 모임이 끝나면 번호도 닫혀요."
        )


@bp.get("/join")
@public
def join() -> ResponseReturnValue:
    """Ask for the code. A guest who is in a room already is told the way back."""
    return _code_page(CodeForm(formdata=None))


@bp.post("/join")
@public
@idempotency_exempt  # it changes nothing
def find() -> ResponseReturnValue:
    """Look a typed code up. Right codes are always read, since a school shares one address; wrong ones are counted."""
    form = CodeForm()
    with form.collect_errors():
        if form.validate_on_submit():
            found = gathering_of_code(form.code.data or "")
            if found is not None:
                return redirect(url_for("rooms.welcome", code=found.join_code), 303)
            check_code_attempts(OF_ROOMS, request.remote_addr)
            record_wrong_code(OF_ROOMS, request.remote_addr)
            db.session.commit()
            raise InvalidInput({"code": UnknownCode().message})
    return _code_page(form)


@bp.get("/join/<code>")
@public
def welcome(code: str) -> ResponseReturnValue:
    """Show what one joins, with the questions for a guest; from a typed code, or a photographed one."""
    found = gathering_of_code(code)
    if found is None:
        if wants_json():
            raise UnknownCode
        form = CodeForm(formdata=None, data={"code": typed_join_code(code)})
        form.add_errors(UnknownCode())
        return _code_page(form)
    if entry_of(found.id, present_actor().participant_id) is not None:
        return redirect(url_for("rooms.show", gathering_id=found.id))
    return _welcome_page(found, EnterForm(formdata=None))


@bp.post("/join/<code>")
@public
@idempotency_exempt  # the key of the form makes the pass: the same form twice makes one
def enter(code: str) -> ResponseReturnValue:
    found = gathering_of_code(code)
    if found is None:
        raise UnknownCode
    if current_user.is_authenticated:
        require(can_enter(current_user), why_not_enter(current_user))
    form = EnterForm()
    room = url_for("rooms.show", gathering_id=found.id)
    if entry_of(found.id, present_actor().participant_id) is not None:
        return redirect(room, 303)
    with form.collect_errors():
        if current_user.is_authenticated:
            join_as_account(found, current_user)
            db.session.commit()
            return redirect(room, 303)
        if form.validate_on_submit():
            if form.is_younger:
                return form.page("rooms/younger.html", gathering=found)
            key = request.form.get(IDEMPOTENCY_FIELD, "")
            says = form.said_14_or_older()
            secret = join_as_guest(found, key, says_14_or_older=says, agrees=bool(form.agrees.data))
            db.session.commit()
            remember_pass(secret)
            return redirect(room, 303)
    return _welcome_page(found, form)


@bp.get("/gatherings/<int:gathering_id>/room")
@public
def show(gathering_id: int) -> ResponseReturnValue:
    gathering = get_gathering(gathering_id)
    return _room_page(gathering, RoomIdeaForm())


@bp.post("/gatherings/<int:gathering_id>/room/ideas")
@public
def write(gathering_id: int) -> ResponseReturnValue:
    gathering, actor = get_gathering(gathering_id), present_actor()
    require_inside(gathering, actor)
    form = RoomIdeaForm()
    with form.collect_errors():
        if form.validate_on_submit():
            placed = write_idea(gathering, actor, form.title.data or "", form.body.data or "", request.remote_addr)
            discard_recovered(url_for("rooms.show", gathering_id=gathering_id))
            db.session.commit()
            flash(_("제안을 올렸어요. 우리 모임방의 %(n)s번 제안이에요.", n=placed.number))
            return redirect(_at_idea(gathering_id, placed.idea_id), 303)
    return _room_page(gathering, form)


@bp.post("/gatherings/<int:gathering_id>/room/votes")
@public
def vote(gathering_id: int) -> ResponseReturnValue:
    gathering, actor = get_gathering(gathering_id), present_actor()
    require_inside(gathering, actor)
    idea_id, value = RoomVoteForm().vote()
    vote_in_room(gathering, actor, idea_id, value)
    db.session.commit()
    return redirect(_at_idea(gathering_id, idea_id), 303)


def _at_idea(gathering_id: int, idea_id: int) -> str:
    return url_for("rooms.show", gathering_id=gathering_id, _anchor=f"idea-{idea_id}")


def _code_page(form: CodeForm) -> ResponseReturnValue:
    guest = guest_of_request()
    return form.page("rooms/join.html", room_id=room_of_guest(guest.participant_id) if guest else None)


def _welcome_page(gathering: Gathering, form: EnterForm) -> ResponseReturnValue:
    is_signed_in = current_user.is_authenticated
    return form.page(
        "rooms/welcome.html",
        gathering=gathering,
        closed=why_not_join(gathering),
        why_not_account=why_not_enter(current_user) if is_signed_in else "",
    )


def _room_page(gathering: Gathering, form: ForumForm) -> ResponseReturnValue:
    """Return the room as this person sees it. No copy of it is kept: a phone is lent, a tablet passed on."""
    page = room_page(gathering, present_actor())
    if page.entry is not None and page.entry.way is EntryWay.TABLET and tablet_of_request() is not None:
        return redirect(url_for("rooms.tablet"))
    html = render_template(
        "rooms/room.html",
        gathering=gathering,
        campaign=gathering.campaign,
        page=page,
        form=form,
        Verdict=Verdict,
        fewest=MIN_PEOPLE_PER_CELL,
        **page_data("rooms/room.html", gathering),
    )
    response = make_response(html, form.status, form.headers)
    response.headers["Cache-Control"] = "private, no-store"
    return response
