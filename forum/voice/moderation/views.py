from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.voice.ideas.models import Idea
from forum.voice.ideas.queries import words_for
from forum.voice.moderation.forms import DecideForm, HideForm, ReportForm, ShowForm, WordsForm
from forum.voice.moderation.models import EXPLAINED, Reason
from forum.voice.moderation.permissions import can_decide_appeal, can_hide, can_moderate, can_report, why_not_report
from forum.voice.moderation.queries import (
    Thing,
    appeals_waiting,
    get_hiding,
    get_open_hiding,
    get_reportable,
    get_thing,
    has_reported,
    history,
    is_hidden,
    kind_of,
    latest_hidings,
    open_hiding,
    other_moderators,
    public_record,
    queue,
    reports_on,
)
from forum.voice.moderation.services import appeal, decide_appeal, hide, leave, report, reveal, show_again
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.idempotency import no_replay

bp = Blueprint("moderation", __name__, template_folder="templates")
STAFF_ONLY = "분석가와 관리자만 볼 수 있습니다."
WHICH = "<any(ideas, comments):kind>/<int:thing_id>"


@bp.get("/moderation/record")
@public
def public_log() -> ResponseReturnValue:
    return render_template("moderation/record.html", rows=public_record(), reasons=Reason, explained=EXPLAINED)


@bp.route(f"/report/{WHICH}", methods=["GET", "POST"])
def make_report(kind: str, thing_id: int) -> ResponseReturnValue:
    thing, form = get_reportable(kind, thing_id), ReportForm()
    require(can_report(current_user, thing), why_not_report(current_user, thing))
    with form.collect_errors():
        if form.validate_on_submit():
            report(thing, current_user, form.reason.data or "", form.words.data or "")
            db.session.commit()
            flash("신고를 받았습니다. 운영진이 읽고 판단합니다.")
            return redirect(_page_of(thing), 303)
    done = has_reported(current_user, thing)
    return form.page("moderation/report.html", thing=thing, back=_page_of(thing), done=done, idea=_idea_of(thing))


@bp.get("/moderation")
def listing() -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    return render_template(
        "moderation/listing.html", cases=queue(), appeals=appeals_waiting(), latest=latest_hidings(), kind_of=kind_of
    )


@bp.get(f"/moderation/{WHICH}")
def case(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    return _case_page(get_thing(kind, thing_id))


@bp.post(f"/moderation/{WHICH}/hide")
def hide_it(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    thing, form = get_thing(kind, thing_id), HideForm()
    with form.collect_errors():
        if form.validate_on_submit():
            hide(thing, current_user, form.reason.data or "")
            return _done("숨겼습니다. 글쓴이에게 알렸습니다.")
    return _case_page(thing, hide_form=form)


@bp.post(f"/moderation/{WHICH}/leave")
def leave_it(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    leave(get_thing(kind, thing_id), current_user)
    return _done("그대로 두기로 했습니다.")


@bp.post(f"/moderation/{WHICH}/show")
def show_it(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    thing, form = get_thing(kind, thing_id), ShowForm()
    with form.collect_errors():
        if form.validate_on_submit():
            show_again(thing, current_user, form.reason.data or "")
            return _done("다시 공개했습니다. 글쓴이에게 알렸습니다.")
    return _case_page(thing, show_form=form)


@bp.post(f"/moderation/{WHICH}/appeal")
def decide(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    thing, form = get_thing(kind, thing_id), DecideForm()
    with form.collect_errors():
        if form.validate_on_submit():
            found = get_open_hiding(thing)
            decide_appeal(found, current_user, form.decision.data or "", form.words.data or "")
            return _done("이의에 답했습니다. 글쓴이에게 알렸습니다.")
    return _case_page(thing, decide_form=form)


@bp.post(f"/moderation/{WHICH}/reveal")
@no_replay
def reveal_it(kind: str, thing_id: int) -> ResponseReturnValue:
    require(can_moderate(current_user), STAFF_ONLY)
    thing, form = get_thing(kind, thing_id), WordsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            seen = reveal(thing, current_user, form.words.data or "")
            db.session.commit()
            return render_template("moderation/revealed.html", thing=thing, seen=seen, kind=kind)
    return _case_page(thing, reveal_form=form)


@bp.route("/moderation/hidings/<int:hiding_id>", methods=["GET", "POST"])
def hiding(hiding_id: int) -> ResponseReturnValue:
    found, form = get_hiding(hiding_id, current_user), WordsForm()
    with form.collect_errors():
        if form.validate_on_submit():
            appeal(found, current_user, form.words.data or "")
            db.session.commit()
            flash("이의를 받았습니다. 숨긴 사람이 아닌 다른 운영진이 판단하고 알려 드립니다.")
            return redirect(url_for("moderation.hiding", hiding_id=found.id), 303)
    thing = found.thing
    words = words_for(current_user, thing) if isinstance(thing, Idea) else None
    return form.page("moderation/hiding.html", hiding=found, thing=thing, words=words, explained=EXPLAINED)


def _case_page(thing: Thing, **forms: ForumForm) -> ResponseReturnValue:
    now = open_hiding(thing)
    decides = now is not None and can_decide_appeal(current_user, now, other_moderators(now.hidden_by_id))
    blank: dict[str, ForumForm] = {
        "hide_form": HideForm(formdata=None),
        "show_form": ShowForm(formdata=None),
        "decide_form": DecideForm(formdata=None),
        "reveal_form": WordsForm(formdata=None),
    }
    context: dict[str, Any] = {
        "thing": thing,
        "kind": kind_of(thing),
        "idea": _idea_of(thing),
        "hidden": is_hidden(thing),
        "now": now,
        "reports": reports_on(thing),
        "history": history(thing),
        "may_act": can_hide(current_user, thing),
        "may_decide": decides,
        "refused": list(forms.values()),
    }
    status = max((form.status for form in forms.values()), default=200)
    return render_template("moderation/case.html", **context, **(blank | forms)), status


def _done(message: str) -> ResponseReturnValue:
    db.session.commit()
    flash(message)
    return redirect(url_for("moderation.listing"), 303)


def _idea_of(thing: Thing) -> Idea:
    return thing if isinstance(thing, Idea) else thing.idea


def _page_of(thing: Thing) -> str:
    anchor = None if isinstance(thing, Idea) else f"comment-{thing.id}"
    return url_for("thread.idea", idea_id=_idea_of(thing).id, _anchor=anchor)
