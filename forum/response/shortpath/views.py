"""The analysts' list of checks and the page of one; photos of answers."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.embeddings.services import similar_ideas_to
from forum.analysis.routing.services import LOCAL, suggest_offices
from forum.core.access import require
from forum.core.errors import InvalidInput, NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.ministries.models import Ministry
from forum.response.shortpath import services
from forum.response.shortpath.forms import CheckForm, RefuseForm, SameForm, SendForm
from forum.response.shortpath.models import EverydayCheck
from forum.response.shortpath.permissions import can_check, can_see_answer_photo
from forum.response.shortpath.queries import (
    CheckFilter,
    answered_before,
    check_page,
    details_of,
    get_answer_photo,
    get_check,
    is_held,
    themes_with,
    visible_photos,
)
from forum.system.audit.refused_attempts import audit_rejected_posts
from forum.system.blobs.serving import blob_response
from forum.voice.everyday.models import EverydayKind
from forum.voice.ideas.models import IdeaState
from forum.voice.ideas.queries import get_idea
from forum.web.forms import query_number
from forum.web.gate import public

bp = Blueprint("shortpath", __name__, template_folder="templates")
audit_rejected_posts(bp)
SIMILAR_SHOWN = 5


@bp.get("/desk/checks")
def listing() -> ResponseReturnValue:
    require(can_check(current_user))
    which = next((one for one in CheckFilter if one.value == request.args.get("show")), CheckFilter.WAITING)
    kind = EverydayKind.__members__.get(request.args.get("kind", ""))
    found = check_page(which, kind, query_number("page", 1) or 1, current_app.config["PAGE_SIZE"])
    return render_template(
        "shortpath/listing.html", found=found, which=which, kind=kind, kinds=EverydayKind, filters=CheckFilter
    )


@bp.get("/ideas/<int:idea_id>/check")
def check(idea_id: int) -> ResponseReturnValue:
    require(can_check(current_user))
    return _page(idea_id, CheckForm(formdata=None))


@bp.post("/ideas/<int:idea_id>/check/send")
def send(idea_id: int) -> ResponseReturnValue:
    require(can_check(current_user))
    form = SendForm()

    def act(check: EverydayCheck) -> str:
        office, seen = form.chosen_office(), form.seen.data or ""
        name, letter = form.office_name.data or "", form.letter.data or ""
        sent = services.send_idea(check, current_user, office, name, letter, seen=seen)
        return _("%(code)s 문서로 %(office)s에 보냈어요.", code=sent.code, office=office.name)

    return _apply(idea_id, form, act)


@bp.post("/ideas/<int:idea_id>/check/same")
def same(idea_id: int) -> ResponseReturnValue:
    require(can_check(current_user))
    form = SameForm()

    def act(check: EverydayCheck) -> str:
        try:
            target = get_idea(form.target_id())
        except NotFound as error:
            raise InvalidInput({"target": _("그런 제안이 없어요. 번호를 확인해 주세요.")}) from error
        services.merge_as_same(check, current_user, target, seen=form.seen.data or "")
        return _("제안 %(n)s번에 합쳤어요.", n=target.id)

    return _apply(idea_id, form, act)


@bp.post("/ideas/<int:idea_id>/check/refuse")
def refuse(idea_id: int) -> ResponseReturnValue:
    require(can_check(current_user))
    form = RefuseForm()

    def act(check: EverydayCheck) -> str:
        services.refuse_idea(check, current_user, form.reason.data or "", seen=form.seen.data or "")
        return _("이 포럼에서 다룰 수 없다고 알렸어요.")

    return _apply(idea_id, form, act)


@bp.post("/ideas/<int:idea_id>/check/back")
def back(idea_id: int) -> ResponseReturnValue:
    require(can_check(current_user))
    form = CheckForm()

    def act(check: EverydayCheck) -> str:
        services.reopen_check(check, current_user, seen=form.seen.data or "")
        return _("확인을 다시 시작했어요.")

    return _apply(idea_id, form, act)


@bp.get("/answers/photos/<int:photo_id>")
@public
def photo(photo_id: int) -> ResponseReturnValue:
    found = get_answer_photo(photo_id)
    if not can_see_answer_photo(current_user, found.answer):
        raise NotFound(_("그런 사진이 없어요."))
    return blob_response(found.blob)


def _apply(idea_id: int, form: CheckForm, act: Callable[[EverydayCheck], str]) -> ResponseReturnValue:
    """Do something with a check; if that is refused, show the page as it is now, with the errors and what was typed."""
    found = get_check(idea_id)
    with form.collect_errors():
        if form.validate_on_submit():
            message = act(found)
            db.session.commit()
            flash(message)
            return redirect(url_for("shortpath.check", idea_id=idea_id), 303)
    return _page(idea_id, form)


def _page(idea_id: int, form: CheckForm) -> ResponseReturnValue:
    found = get_check(idea_id)
    idea = found.idea
    can_act = found.outcome is None and idea.state is IdeaState.OPEN
    similar = similar_ideas_to(idea, SIMILAR_SHOWN) if can_act else None
    others = [one for one in similar.ideas if one.id != idea.id] if similar else []
    shown = {name: form if isinstance(form, kind) else kind(formdata=None) for name, kind in _FORMS.items()}
    send_form = shown["send_form"]
    assert isinstance(send_form, SendForm)
    details = details_of(idea_id)
    if not send_form.is_submitted() and details is not None:
        send_form.office_name.data = details.district
    local = next((one for one in send_form.offices if one.code == f"LOCAL-{idea.region_code}"), None)
    return form.page(
        "shortpath/check.html",
        check=found,
        idea=idea,
        campaign=idea.campaign,
        details=details,
        photos=visible_photos(idea_id),
        seen=services.seen_of(found),
        can_act=can_act,
        held=idea.state is IdeaState.HIDDEN and is_held(idea),
        others=others,
        before=answered_before([one.id for one in others]),
        themes=themes_with(idea_id),
        local=local,
        guesses=_guesses(found, local) if can_act else (),
        **shown,
    )


_FORMS: dict[str, type[CheckForm]] = {"send_form": SendForm, "same_form": SameForm, "refuse_form": RefuseForm}


def _guesses(check: EverydayCheck, local: Ministry | None) -> list[object]:
    """Return the likely offices without the region's own, which stands first with a reason of its own.

    Nor, beside it, "local governments" in general.
    """
    left_out = {local.code, LOCAL} if local else set()
    return [one for one in suggest_offices(check.idea) if one.ministry.code not in left_out]
