from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.voice.ideas.models import Idea
from forum.voice.ideas.queries import words_for
from forum.voice.moderation.forms import DecideForm, HideForm, ReportForm, ShowForm, WordsForm
from forum.voice.moderation.models import EXPLANATIONS, ModeratedContent, Reason
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
    content_kind,
    get_content,
    get_hiding,
    get_open_hiding,
    get_reportable,
    has_reported,
    is_hidden,
    latest_hidings,
    open_hiding,
    other_moderators,
    public_record,
    queue,
    reports_on,
)
from forum.voice.moderation.services import (
    ONLY_THE_AUTHOR,
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
NOT_ONES_OWN = _l("운영진만, 자기 글이 아닌 것만 판단할 수 있습니다.")
STAFF_ONLY = "분석가와 관리자만 볼 수 있습니다."
WHICH = "<any(ideas, comments):kind>/<int:thing_id>"


@bp.get("/moderation/record")
@public
def public_log() -> ResponseReturnValue:
    return render_template("moderation/record.html", rows=public_record(), reasons=Reason, explained=EXPLANATIONS)


@bp.route(f"/report/{WHICH}", methods=["GET", "POST"])
def make_report(kind: str, thing_id: int) -> ResponseReturnValue:
    content = get_reportable(kind, thing_id)
    require(can_report(current_user, content), why_not_report(current_user, content))
    form, back = ReportForm(), _page_of(content)
    with form.collect_errors():
        if form.validate_on_submit():
            report(content, current_user, form.reason.data or "", form.words.data or "")
            db.session.commit()
            flash("신고를 받았습니다. 운영진이 읽고 판단합니다.")
            return redirect(back, 303)
    done = has_reported(current_user, content)
    return form.page("moderation/report.html", content=content, back=back, done=done, idea=_idea_of(content))


@bp.get("/moderation")
def listing() -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    found = {"cases": queue(), "appeals": appeals_waiting(), "latest": latest_hidings()}
    return render_template("moderation/listing.html", **found, content_kind=content_kind)


@bp.get(f"/moderation/{WHICH}")
def case(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    return _case_page(get_content(kind, thing_id))


@bp.post(f"/moderation/{WHICH}/hide")
def hide_it(kind: str, thing_id: int) -> ResponseReturnValue:
    content, form = _content_to_judge(kind, thing_id), HideForm()
    with form.collect_errors():
        if form.validate_on_submit():
            hide(content, current_user, form.reason.data or "")
            return _done("숨겼습니다. 글쓴이에게 알렸습니다.")
    return _case_page(content, hide_form=form)


@bp.post(f"/moderation/{WHICH}/leave")
def leave_it(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    dismiss_reports(get_content(kind, thing_id), current_user)
    return _done("그대로 두기로 했습니다.")


@bp.post(f"/moderation/{WHICH}/show")
def show_it(kind: str, thing_id: int) -> ResponseReturnValue:
    content, form = _content_to_judge(kind, thing_id), ShowForm()
    with form.collect_errors():
        if form.validate_on_submit():
            restore(content, current_user, form.reason.data or "")
            return _done("다시 공개했습니다. 글쓴이에게 알렸습니다.")
    return _case_page(content, show_form=form)


@bp.post(f"/moderation/{WHICH}/appeal")
def decide(kind: str, thing_id: int) -> ResponseReturnValue:
    content, form = _content_to_judge(kind, thing_id), DecideForm()
    with form.collect_errors():
        if form.validate_on_submit():
            found = get_open_hiding(content)
            decide_appeal(found, current_user, form.decision.data or "", form.words.data or "")
            return _done("이의에 답했습니다. 글쓴이에게 알렸습니다.")
    return _case_page(content, decide_form=form)


@bp.post(f"/moderation/{WHICH}/reveal")
@no_replay
def reveal_it(kind: str, thing_id: int) -> ResponseReturnValue:
    content, form = _content_to_judge(kind, thing_id), WordsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            seen = reveal(content, current_user, form.words.data or "")
            db.session.commit()
            return render_template("moderation/revealed.html", content=content, seen=seen, kind=kind)
    return _case_page(content, reveal_form=form)


@bp.route("/moderation/hidings/<int:hiding_id>", methods=["GET", "POST"])
def hiding(hiding_id: int) -> ResponseReturnValue:
    found = get_hiding(hiding_id, current_user)
    if request.method == "POST":
        require(can_appeal(current_user, found), ONLY_THE_AUTHOR)
    form = WordsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            appeal(found, current_user, form.words.data or "")
            db.session.commit()
            flash("이의를 받았습니다. 숨긴 사람이 아닌 다른 운영진이 판단하고 알려 드립니다.")
            return redirect(url_for("moderation.hiding", hiding_id=found.id), 303)
    content = found.content
    words = words_for(current_user, content) if isinstance(content, Idea) else None
    return form.page("moderation/hiding.html", hiding=found, content=content, words=words, explained=EXPLANATIONS)


def _content_to_judge(kind: str, thing_id: int) -> ModeratedContent:
    """Return what a moderator may act on, before the form is read: others are refused whatever they send."""
    require(can_moderate(current_user), STAFF_ONLY)
    content = get_content(kind, thing_id)
    require(can_hide(current_user, content), NOT_ONES_OWN)
    return content


def _case_page(content: ModeratedContent, **forms: ForumForm) -> ResponseReturnValue:
    """Return the page of one case; `forms` are those that were refused, the others are blank."""
    now = open_hiding(content)
    decides = now is not None and can_decide_appeal(current_user, now, other_moderators(now.hidden_by_id))
    blank: dict[str, ForumForm] = {
        "hide_form": HideForm(formdata=None),
        "show_form": ShowForm(formdata=None),
        "decide_form": DecideForm(formdata=None),
        "reveal_form": WordsForm(formdata=None),
    }
    context: dict[str, Any] = {
        "content": content,
        "kind": content_kind(content),
        "idea": _idea_of(content),
        "hidden": is_hidden(content),
        "now": now,
        "reports": reports_on(content),
        "history": all_hidings(content),
        "may_act": can_hide(current_user, content),
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


def _idea_of(content: ModeratedContent) -> Idea:
    return content if isinstance(content, Idea) else content.idea


def _page_of(content: ModeratedContent) -> str:
    anchor = None if isinstance(content, Idea) else f"comment-{content.id}"
    return url_for("thread.idea", idea_id=_idea_of(content).id, _anchor=anchor)
