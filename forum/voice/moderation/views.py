from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.system.texts.registry import PublishedText, kind_of
from forum.voice.moderation.forms import DecideForm, DismissForm, HideForm, ReportForm, ShowForm, WordsForm
from forum.voice.moderation.models import EXPLANATIONS, Reason
from forum.voice.moderation.permissions import (
    can_appeal,
    can_decide_appeal,
    can_hide,
    can_moderate,
    can_report,
    why_not_report,
)
from forum.voice.moderation.queries import (
    all_hidings,
    appeals_waiting,
    get_hiding,
    get_open_hiding,
    get_reportable,
    get_text,
    has_reported,
    held_texts,
    latest_hidings,
    open_hiding,
    other_moderators,
    public_record,
    queue,
    reports_on,
)
from forum.voice.moderation.services import (
    NOT_YOURS_TO_APPEAL,
    NOT_YOURS_TO_DECIDE,
    appeal,
    decide_appeal,
    dismiss_reports,
    hide,
    report,
    restore,
    reveal,
)
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.idempotency import no_replay

bp = Blueprint("moderation", __name__, template_folder="templates")
STAFF_ONLY = "분석가와 관리자만 볼 수 있어요."
WHICH = "<kind>/<int:thing_id>"


@bp.get("/moderation/record")
@public
def public_log() -> ResponseReturnValue:
    return render_template("moderation/record.html", rows=public_record(), reasons=Reason, explained=EXPLANATIONS)


@bp.route(f"/report/{WHICH}", methods=["GET", "POST"])
def make_report(kind: str, thing_id: int) -> ResponseReturnValue:
    text = get_reportable(kind, thing_id)
    require(can_report(current_user, text), why_not_report(current_user, text))
    form, place = ReportForm(), kind_of(text).place(text)
    with form.collect_errors():
        if form.validate_on_submit():
            report(text, current_user, form.reason.data or "", form.words.data or "")
            db.session.commit()
            flash("신고를 받았어요. 운영진이 읽고 판단해요.")
            return redirect(place.path, 303)
    done = has_reported(current_user, text)
    return form.page("moderation/report.html", **_about(text), done=done)


@bp.get("/moderation")
def listing() -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    found = {"cases": queue(), "held": held_texts(), "appeals": appeals_waiting(), "latest": latest_hidings()}
    return render_template("moderation/listing.html", **found)


@bp.get(f"/moderation/{WHICH}")
def case(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    return _case_page(get_text(kind, thing_id))


@bp.post(f"/moderation/{WHICH}/hide")
def hide_it(kind: str, thing_id: int) -> ResponseReturnValue:
    text, form = _text_to_judge(kind, thing_id), HideForm()
    with form.collect_errors():
        if form.validate_on_submit():
            hide(text, current_user, form.reason.data or "", form.seen_revision.data or 0)
            return _done("숨겼어요. 글쓴이에게 알렸어요.")
    return _case_page(text, hide_form=form)


@bp.post(f"/moderation/{WHICH}/leave")
def leave_it(kind: str, thing_id: int) -> ResponseReturnValue:
    text, form = _text_to_judge(kind, thing_id), DismissForm()
    if not form.validate_on_submit():
        return _case_page(text)
    dismiss_reports(text, current_user, form.seen_report.data or 0)
    return _done("그대로 두기로 했어요.")


@bp.post(f"/moderation/{WHICH}/show")
def show_it(kind: str, thing_id: int) -> ResponseReturnValue:
    text, form = _text_to_judge(kind, thing_id), ShowForm()
    with form.collect_errors():
        if form.validate_on_submit():
            restore(text, current_user, form.reason.data or "")
            return _done("다시 공개했어요. 글쓴이에게 알렸어요.")
    return _case_page(text, show_form=form)


@bp.post(f"/moderation/{WHICH}/appeal")
def decide(kind: str, thing_id: int) -> ResponseReturnValue:
    text, form = _text_to_judge(kind, thing_id), DecideForm()
    with form.collect_errors():
        if form.validate_on_submit():
            found = get_open_hiding(text)
            decide_appeal(found, current_user, form.decision.data or "", form.words.data or "")
            return _done("이의에 답했어요. 글쓴이에게 알렸어요.")
    return _case_page(text, decide_form=form)


@bp.post(f"/moderation/{WHICH}/reveal")
@no_replay
def reveal_it(kind: str, thing_id: int) -> ResponseReturnValue:
    text, form = _text_to_judge(kind, thing_id), WordsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            seen = reveal(text, current_user, form.words.data or "")
            db.session.commit()
            return render_template("moderation/revealed.html", **_about(text), seen=seen)
    return _case_page(text, reveal_form=form)


@bp.route("/moderation/hidings/<int:hiding_id>", methods=["GET", "POST"])
def hiding(hiding_id: int) -> ResponseReturnValue:
    found = get_hiding(hiding_id, current_user)
    if request.method == "POST":
        require(can_appeal(current_user, found), NOT_YOURS_TO_APPEAL)
    form = WordsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            appeal(found, current_user, form.words.data or "")
            db.session.commit()
            flash("이의를 받았어요. 숨긴 사람이 아닌 다른 운영진이 판단하고 알려 드려요.")
            return redirect(url_for("moderation.hiding", hiding_id=found.id), 303)
    kind, text = found.kind, found.text
    words = kind.words_as_typed(text) or kind.words(text)  # only the author sees this page
    shown = {"words": words, "picture": kind.picture(text)}
    return form.page("moderation/hiding.html", hiding=found, explained=EXPLANATIONS, **shown)


def _text_to_judge(kind: str, thing_id: int) -> Any:
    """Return what a moderator may act on, before the form is read: others are refused whatever they send."""
    require(can_moderate(current_user), STAFF_ONLY)
    text = get_text(kind, thing_id)
    require(can_hide(current_user, text), NOT_YOURS_TO_DECIDE)
    return text


def _case_page(text: PublishedText, **forms: ForumForm) -> ResponseReturnValue:
    """Return the page of one case; `forms` are those that were refused, the others are blank."""
    kind, now, reports = kind_of(text), open_hiding(text), reports_on(text)
    decides = now is not None and can_decide_appeal(current_user, now, other_moderators(now.hidden_by_id))
    seen_revision = kind.revision(text)
    blank: dict[str, ForumForm] = {
        "hide_form": HideForm(formdata=None),
        "show_form": ShowForm(formdata=None),
        "decide_form": DecideForm(formdata=None),
        "reveal_form": WordsForm(formdata=None),
    }
    context: dict[str, Any] = _about(text) | {
        "state": kind.state_label(text),
        "hidden": kind.is_hidden(text),
        "now": now,
        "reports": reports,
        "seen_revision": seen_revision,
        "seen_report": max((one.id for one in reports), default=0),
        "history": all_hidings(text),
        "may_act": can_hide(current_user, text),
        "may_decide": decides,
        "refused": list(forms.values()),
    }
    status = max((form.status for form in forms.values()), default=200)
    return render_template("moderation/case.html", **context, **(blank | forms)), status


def _done(message: str) -> ResponseReturnValue:
    """Commit, and return to the queue with a message."""
    db.session.commit()
    flash(message)
    return redirect(url_for("moderation.listing"), 303)


def _about(text: PublishedText) -> dict[str, Any]:
    """Return what the pages say about a text."""
    kind = kind_of(text)
    place = kind.place(text)
    return {
        "text": text,
        "kind": kind,
        "name": _("%(kind)s %(number)s번", kind=kind.label, number=text.id),
        "words": kind.words(text),
        "picture": kind.picture(text),
        "place": place,
        "campaign": place.campaign,
    }
