from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import Actor, CodeHolder, Role, require
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask, masking_note
from forum.deliberation.gatherings.actor import account_or_device, present_actor
from forum.deliberation.gatherings.calendar import CONTENT_TYPE, calendar_of
from forum.deliberation.gatherings.cancelling import n_people_there
from forum.deliberation.gatherings.details import Details
from forum.deliberation.gatherings.forms import CancelForm, GatheringForm, HelperForm, OrganiserForm, SeenForm
from forum.deliberation.gatherings.models import AgeGroup, Gathering, GatheringState, RegistrationState
from forum.deliberation.gatherings.panels import PanelPlace
from forum.deliberation.gatherings.pausing import why_paused
from forum.deliberation.gatherings.permissions import (
    can_copy,
    can_hand_over,
    can_help,
    can_manage,
    can_name_helpers,
    can_open_gathering,
    can_register,
    can_see_desk,
    can_see_gathering,
    is_organiser,
    why_not_open,
    why_not_register,
)
from forum.deliberation.gatherings.queries import (
    Filters,
    copied_from,
    gathering_page,
    get_gathering,
    helper_ids,
    helpers_of,
    lists_end_on,
    n_copies,
    organiser_is_gone,
    own_gatherings,
    registered,
    registration_of,
    seats_of,
    seen_gathering,
    why_registration_closed,
    without_organiser,
)
from forum.deliberation.gatherings.registering import register_person, unregister_person
from forum.deliberation.gatherings.services import (
    NOT_YOURS,
    announce_gathering,
    cancel_gathering,
    copy_gathering,
    delete_draft,
    edit_gathering,
    open_gathering,
)
from forum.deliberation.gatherings.team import ORGANISER_HANDS_OVER, add_helper, hand_over_gathering, remove_helper
from forum.deliberation.gatherings.texts import WORD_COLUMNS
from forum.voice.campaigns.models import PARTICIPATION
from forum.voice.campaigns.queries import all_campaigns, get_campaign, is_open
from forum.voice.moderation.permissions import can_moderate, can_report
from forum.web.downloads import attachment
from forum.web.forms import ForumForm, query_number
from forum.web.gate import also_for_devices, public
from forum.web.pagecache import same_for_visitors
from forum.web.panels import panels_of

bp = Blueprint("gatherings", __name__, template_folder="templates")
ONLY_TEAM = _l("이 모임을 이끄는 사람만 볼 수 있어요.")
HTTP_OK = 200
MAX_NOTED_CHARS = 10_000  # longer than all fields together; what is longer is refused


@bp.get("/c/<slug>/gatherings")
@public
@same_for_visitors
def listing(slug: str) -> ResponseReturnValue:
    campaign, filters = get_campaign(slug), Filters.parse(request.args)
    return render_template(
        "gatherings/listing.html",
        campaign=campaign,
        filters=filters,
        found=gathering_page(campaign, filters, query_number("page") or 1, current_app.config["PAGE_SIZE"]),
        ages=AgeGroup,
        chips=[(label, _list_path(slug, args)) for label, args in filters.chosen],
        may_open=can_open_gathering(current_user),
        paused=why_paused(),
    )


def _list_path(slug: str, args: dict[str, str]) -> str:
    return url_for("gatherings.listing", slug=slug, **args)  # type: ignore[arg-type]


@bp.route("/c/<slug>/gatherings/new", methods=["GET", "POST"])
def new(slug: str) -> ResponseReturnValue:
    campaign = get_campaign(slug)
    require(can_open_gathering(current_user), why_not_open(current_user))
    form = GatheringForm(data=GatheringForm.prefilled(Details()))
    with form.collect_errors():
        if form.validate_on_submit():
            made = open_gathering(campaign, current_user, form.details(), request.remote_addr)
            return _written(form, made, _("모임을 만들었어요. 아직 나와 도우미만 볼 수 있어요."))
    return form.page("gatherings/edit.html", campaign=campaign, gathering=None)


@bp.get("/gatherings")
def own() -> ResponseReturnValue:
    is_admin = current_user.role is Role.ADMIN
    return render_template(
        "gatherings/own.html",
        gatherings=without_organiser() if is_admin else own_gatherings(current_user),
        is_admin=is_admin,
        may_open=can_open_gathering(current_user),
        campaigns=[one for one in all_campaigns() if any(is_open(one, kind) for kind in PARTICIPATION)],
        paused=why_paused(),
    )


@bp.get("/gatherings/<int:gathering_id>")
@public
@same_for_visitors
def show(gathering_id: int) -> ResponseReturnValue:
    return _page(*seen_gathering(gathering_id, current_user))


@bp.get("/gatherings/<int:gathering_id>/calendar.ics")
@public
def calendar(gathering_id: int) -> ResponseReturnValue:
    gathering, _helpers = seen_gathering(gathering_id, current_user)
    if not gathering.is_public:
        raise NotFound(_("알린 모임만 달력에 담을 수 있어요."))
    response = Response(calendar_of(gathering), content_type=CONTENT_TYPE)
    name = attachment(f"{gathering.title}.ics", f"gathering-{gathering.id}.ics")
    response.headers["Content-Disposition"] = name
    return response


@bp.post("/gatherings/<int:gathering_id>/register")
def register(gathering_id: int) -> ResponseReturnValue:
    gathering, helpers = seen_gathering(gathering_id, current_user)
    require(can_register(current_user), why_not_register(current_user))
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            state = register_person(gathering, current_user).state
            db.session.commit()
            is_seated = state is RegistrationState.SEATED
            flash(_("신청했어요. 자리가 있어요.") if is_seated else _("대기로 신청했어요. 자리가 나면 알려 드려요."))
            return redirect(url_for("gatherings.show", gathering_id=gathering_id), 303)
    return _page(gathering, helpers, form)


@bp.post("/gatherings/<int:gathering_id>/unregister")
def unregister(gathering_id: int) -> ResponseReturnValue:
    gathering, helpers = seen_gathering(gathering_id, current_user)
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            unregister_person(gathering, current_user)
            db.session.commit()
            flash(_("신청을 취소했어요."))
            return redirect(url_for("gatherings.show", gathering_id=gathering_id), 303)
    return _page(gathering, helpers, form)


@bp.get("/gatherings/<int:gathering_id>/desk")
@also_for_devices
def desk(gathering_id: int) -> ResponseReturnValue:
    gathering, helpers = get_gathering(gathering_id), helper_ids(gathering_id)
    actor = account_or_device(gathering, lambda one: can_see_desk(one, gathering, helpers))
    if not can_see_gathering(actor, gathering, helpers):
        raise NotFound(_("그런 모임이 없어요."))
    require(can_see_desk(actor, gathering, helpers), str(ONLY_TEAM))
    return _desk_page(gathering, helpers, by=actor)


@bp.route("/gatherings/<int:gathering_id>/edit", methods=["GET", "POST"])
def edit(gathering_id: int) -> ResponseReturnValue:
    gathering = _managed(gathering_id)
    data = GatheringForm.prefilled(Details.of(gathering)) | {"seen": gathering.revision}
    form = GatheringForm(data=data)
    with form.collect_errors():
        if form.validate_on_submit():
            edit_gathering(gathering, current_user, form.details(), form.seen_revision)
            return _written(form, gathering, _("모임을 고쳤어요."))
    return form.page("gatherings/edit.html", campaign=gathering.campaign, gathering=gathering)


@bp.post("/gatherings/<int:gathering_id>/announce")
def announce(gathering_id: int) -> ResponseReturnValue:
    gathering, form = _managed(gathering_id), SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            announce_gathering(gathering, current_user, form.seen_revision)
            db.session.commit()
            flash(_("모임을 알렸어요. 이제 누구나 보고 신청할 수 있어요."))
            return _to_desk(gathering_id)
    return _desk_page(*_at_desk(gathering_id), refused=form)


@bp.route("/gatherings/<int:gathering_id>/cancel", methods=["GET", "POST"])
def cancel(gathering_id: int) -> ResponseReturnValue:
    gathering = _managed(gathering_id)
    form = CancelForm(data={"seen": gathering.revision})
    with form.collect_errors():
        if form.validate_on_submit():
            if gathering.state is GatheringState.DRAFT:
                delete_draft(gathering, current_user, form.seen_revision)
                db.session.commit()
                flash(_("알리지 않은 모임을 지웠어요."))
                return redirect(url_for("gatherings.own"), 303)
            seen, is_confirmed = form.seen_revision, bool(form.is_confirmed.data)
            cancel_gathering(gathering, current_user, form.reason.data or "", seen, is_confirmed)
            db.session.commit()
            flash(_("모임을 취소했어요. 신청한 사람에게 알렸어요."))
            return _to_desk(gathering_id)
    return form.page(
        "gatherings/cancel.html",
        campaign=gathering.campaign,
        gathering=gathering,
        seats=seats_of(gathering),
        n_there=n_people_there(gathering),
    )


@bp.post("/gatherings/<int:gathering_id>/copy")
def copy(gathering_id: int) -> ResponseReturnValue:
    gathering, helpers = seen_gathering(gathering_id, current_user)
    require(can_copy(current_user, gathering), why_not_open(current_user) or _("끝난 모임만 본떠 열 수 있어요."))
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            made = copy_gathering(gathering, current_user, request.remote_addr)
            db.session.commit()
            flash(_("모임을 본떠 새로 만들었어요. 때와 장소를 정하고 알려 주세요."))
            return _to_desk(made.id)
    return _page(gathering, helpers, form)


@bp.post("/gatherings/<int:gathering_id>/helpers")
def name_helper(gathering_id: int) -> ResponseReturnValue:
    gathering, helpers = _at_desk(gathering_id)
    require(can_name_helpers(current_user, gathering), str(NOT_YOURS))
    form = HelperForm()
    with form.collect_errors():
        if form.validate_on_submit():
            helper = add_helper(gathering, current_user, form.email.data or "")
            db.session.commit()
            flash(_("%(name)s 님을 도우미로 정했어요.", name=helper.display_name))
            return _to_desk(gathering_id)
    return _desk_page(gathering, helpers, helper_form=form)


@bp.post("/gatherings/<int:gathering_id>/helpers/<int:account_id>/remove")
def end_help(gathering_id: int, account_id: int) -> ResponseReturnValue:
    gathering, helpers = _at_desk(gathering_id)
    form = ForumForm()
    with form.collect_errors():
        if form.validate_on_submit():
            remove_helper(gathering, current_user, account_id)
            db.session.commit()
            flash(_("이제 이 모임의 도우미가 아니에요."))
            if account_id == current_user.id:
                return redirect(url_for("gatherings.own"), 303)
            return _to_desk(gathering_id)
    return _desk_page(gathering, helpers, refused=form)


@bp.post("/gatherings/<int:gathering_id>/organiser")
def hand_over(gathering_id: int) -> ResponseReturnValue:
    gathering, helpers = _at_desk(gathering_id)
    require(can_hand_over(current_user, gathering), str(ORGANISER_HANDS_OVER))
    form = OrganiserForm()
    with form.collect_errors():
        if form.validate_on_submit():
            new_one = hand_over_gathering(gathering, current_user, form.facilitator.data or "", form.seen_revision)
            db.session.commit()
            flash(_("%(name)s 님에게 모임을 넘겼어요.", name=new_one.display_name))
            return redirect(url_for("gatherings.own"), 303)
    return _desk_page(gathering, helpers, organiser_form=form)


def _managed(gathering_id: int) -> Gathering:
    gathering, _helpers = seen_gathering(gathering_id, current_user)
    require(can_manage(current_user, gathering), str(NOT_YOURS))
    return gathering


def _at_desk(gathering_id: int) -> tuple[Gathering, frozenset[int]]:
    gathering, helpers = seen_gathering(gathering_id, current_user)
    require(can_see_desk(current_user, gathering, helpers), str(ONLY_TEAM))
    return gathering, helpers


def _to_desk(gathering_id: int) -> ResponseReturnValue:
    return redirect(url_for("gatherings.desk", gathering_id=gathering_id), 303)


def _written(form: GatheringForm, gathering: Gathering, message: str) -> ResponseReturnValue:
    """Commit, and say what of the texts others see masked."""
    db.session.commit()
    flash(message)
    typed = " \n".join(form[name].data or "" for name in WORD_COLUMNS)
    hidden = masking_note(mask(typed[:MAX_NOTED_CHARS]).kinds)
    if hidden:
        flash(hidden)
    return _to_desk(gathering.id)


def _page(gathering: Gathering, helpers: frozenset[int], refused: ForumForm | None = None) -> ResponseReturnValue:
    """Return the public page; `refused` is the button's form that was refused."""
    actor, registration = present_actor(), registration_of(gathering, current_user)
    has_seat = registration is not None and registration.is_seated
    page = render_template(
        "gatherings/show.html",
        gathering=gathering,
        campaign=gathering.campaign,
        actor=actor,
        seats=seats_of(gathering),
        registration=registration,
        sees_link=has_seat or can_help(current_user, gathering, helpers),
        is_organiser=is_organiser(current_user, gathering),
        may_open_desk=can_see_desk(current_user, gathering, helpers),
        may_copy=can_copy(current_user, gathering),
        why_closed=why_registration_closed(gathering) or why_paused(),
        why_not=why_not_register(current_user),
        template=copied_from(gathering),
        copies=n_copies(gathering),
        lists_end=lists_end_on(gathering),
        panels=panels_of(PanelPlace.PAGE, gathering, actor),
        can_report=gathering.is_public and can_report(current_user, gathering),
        can_moderate=can_moderate(current_user),
        refused=refused,
    )
    return make_response(page, refused.status if refused else HTTP_OK)


def _desk_page(
    gathering: Gathering,
    helpers: frozenset[int],
    refused: ForumForm | None = None,
    by: Actor | None = None,
    **forms: ForumForm,
) -> ResponseReturnValue:
    """Return the page of those who run it. Nobody keeps a copy: it holds names.

    :param by: who looks at it; the account by default
    """
    actor: Actor = by or current_user
    is_device = isinstance(actor, CodeHolder)
    sees_names = can_help(actor, gathering, helpers) and not is_device
    blank: dict[str, ForumForm] = {
        "helper_form": HelperForm(formdata=None),
        "organiser_form": OrganiserForm(formdata=None),
    }
    page = render_template(
        "gatherings/desk.html",
        gathering=gathering,
        campaign=gathering.campaign,
        seats=seats_of(gathering),
        people=registered(gathering.id) if sees_names else (),
        helpers=helpers_of(gathering.id) if sees_names else (),
        sees_names=sees_names,
        is_device=is_device,
        may_manage=can_manage(actor, gathering),
        may_name_helpers=can_name_helpers(actor, gathering),
        may_hand_over=can_hand_over(actor, gathering),
        may_copy=can_copy(actor, gathering),
        is_gone=organiser_is_gone(gathering),
        lists_end=lists_end_on(gathering),
        paused=why_paused(),
        panels=panels_of(PanelPlace.DESK, gathering, actor),
        refused=[form for form in (refused, *forms.values()) if form],
        **blank | forms,
    )
    status = max((form.status for form in (refused, *forms.values()) if form), default=HTTP_OK)
    return make_response(page, status, {"Cache-Control": "private, no-store"})
