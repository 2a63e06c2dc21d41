"""The pages from which the secretariat plans and runs a meeting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.permissions import SECRETARIAT_ONLY, can_run_council
from forum.deliberation.council.queries import get_term
from forum.deliberation.meetings.calendar import is_sample
from forum.deliberation.meetings.forms import CancelForm, ItemForm, MeetingForm, MinutesForm, MotionForm, SeenForm
from forum.deliberation.meetings.models import CouncilMeeting
from forum.deliberation.meetings.queries import get_item, get_meeting, get_minutes, get_motion, tasks_to_weigh
from forum.deliberation.meetings.services import (
    add_item,
    add_motion,
    cancel_meeting,
    change_meeting,
    close_meeting,
    close_motion,
    edit_minutes,
    open_meeting,
    open_motion,
    plan_meeting,
    remove_item,
    remove_motion,
    vote_again,
)
from forum.deliberation.meetings.show import show_page
from forum.deliberation.rounds.queries import rounds_of
from forum.web.forms import query_number
from forum.web.uploads import accepts_files


def register_desk(bp: Blueprint) -> None:
    """Add the secretariat's routes to the slice's blueprint."""
    both = ["GET", "POST"]
    bp.route("/council/terms/<int:number>/meetings/new", methods=both)(new)
    bp.route("/council/meetings/<int:meeting_id>/edit", methods=both)(edit)
    bp.route("/council/meetings/<int:meeting_id>/cancel", methods=both)(cancel)
    bp.route("/council/meetings/<int:meeting_id>/items/new", methods=both)(new_item)
    bp.route("/council/items/<int:item_id>/motions/new", methods=both)(new_motion)
    bp.route("/council/meetings/<int:meeting_id>/minutes/edit", methods=both)(edit_words)
    bp.post("/council/meetings/<int:meeting_id>/open")(open_it)
    bp.post("/council/meetings/<int:meeting_id>/close")(close_it)
    bp.post("/council/items/<int:item_id>/remove")(drop_item)
    bp.post("/council/motions/<int:motion_id>/open")(open_vote)
    bp.post("/council/motions/<int:motion_id>/close")(close_vote)
    bp.post("/council/motions/<int:motion_id>/remove")(drop_motion)
    bp.post("/council/motions/<int:motion_id>/again")(again)


def new(number: int) -> ResponseReturnValue:
    """Plan a meeting."""
    _require_secretariat()
    term = get_term(number)
    rounds = rounds_of(term.id)
    form = MeetingForm(data={"round_id": str(query_number("round") or "")})
    form.offer(rounds)
    with form.collect_errors():
        if form.validate_on_submit():
            made = plan_meeting(term, current_user, **form.details(rounds))
            db.session.commit()
            flash(_("회의를 잡고 위원에게 알렸어요. 이제 안건을 올려 주세요."))
            return _to_meeting(made.id)
    return form.page("meetings/edit.html", term=get_term(number), meeting=None)


def edit(meeting_id: int) -> ResponseReturnValue:
    """Change a meeting that is not open yet."""
    _require_secretariat()
    meeting = get_meeting(meeting_id)
    rounds, form = rounds_of(meeting.term_id), MeetingForm.of(meeting)
    form.offer(rounds)
    with form.collect_errors():
        if form.validate_on_submit():
            change_meeting(meeting, current_user, **form.details(rounds), seen=form.seen_revision())
            db.session.commit()
            flash(_("회의를 고쳤어요."))
            return _to_meeting(meeting_id)
    meeting = get_meeting(meeting_id)
    return form.page("meetings/edit.html", term=meeting.term, meeting=meeting, is_sample=is_sample(meeting))


def cancel(meeting_id: int) -> ResponseReturnValue:
    """Cancel a meeting that is not open yet."""
    _require_secretariat()
    meeting, form = get_meeting(meeting_id), CancelForm()
    with form.collect_errors():
        if form.validate_on_submit():
            cancel_meeting(meeting, current_user, form.reason.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("회의를 취소하고 위원에게 알렸어요."))
            return _to_meeting(meeting_id)
    return _form_page("meetings/cancel.html", form, get_meeting(meeting_id))


@accepts_files
def new_item(meeting_id: int) -> ResponseReturnValue:
    """Put an item on the agenda."""
    _require_secretariat()
    meeting, form = get_meeting(meeting_id), ItemForm()
    tasks = tasks_to_weigh(meeting)
    form.offer(tasks)
    with form.collect_errors():
        if form.validate_on_submit():
            words = form.title.data or "", form.text.data or ""
            add_item(meeting, current_user, *words, form.task(tasks), form.files())
            db.session.commit()
            flash(_("안건을 올렸어요."))
            return _to_meeting(meeting_id)
    return _form_page("meetings/item.html", form, get_meeting(meeting_id))


def new_motion(item_id: int) -> ResponseReturnValue:
    """Put a question on an item."""
    _require_secretariat()
    item = get_item(item_id)
    tasks, form = tasks_to_weigh(item.meeting), MotionForm()
    form.offer(tasks)
    with form.collect_errors():
        if form.validate_on_submit():
            add_motion(item, current_user, **form.details(tasks))
            db.session.commit()
            flash(_("표결을 올렸어요. 정족수가 되면 투표를 시작할 수 있어요."))
            return _to_meeting(item.meeting_id)
    item = get_item(item_id)
    return _form_page("meetings/motion.html", form, item.meeting, item=item)


def edit_words(meeting_id: int) -> ResponseReturnValue:
    """Change the words of minutes that are not published."""
    _require_secretariat()
    minutes = get_minutes(meeting_id)
    form = MinutesForm(data={"text": minutes.text})
    with form.collect_errors():
        if form.validate_on_submit():
            edit_minutes(minutes, current_user, form.text.data or "", seen=form.seen_revision())
            db.session.commit()
            flash(_("회의록을 고쳤어요. 공동위원장 두 사람이 새로 서명해야 해요."))
            return redirect(url_for("meetings.minutes", meeting_id=meeting_id), 303)
    minutes = get_minutes(meeting_id)
    return _form_page("meetings/edit_minutes.html", form, minutes.meeting, minutes=minutes)


def open_it(meeting_id: int) -> ResponseReturnValue:
    """Open a meeting."""
    _require_secretariat()
    meeting = get_meeting(meeting_id)
    done = _("회의를 열었어요. 위원이 출석을 알리면 정족수를 세요.")
    return _act(meeting_id, lambda seen: open_meeting(meeting, current_user, seen=seen), done)


def close_it(meeting_id: int) -> ResponseReturnValue:
    """Close a meeting and draft its minutes."""
    _require_secretariat()
    meeting = get_meeting(meeting_id)
    done = _("회의를 마쳤어요. 회의록의 초안을 확인해 주세요.")
    return _act(meeting_id, lambda seen: close_meeting(meeting, current_user, seen=seen), done)


def drop_item(item_id: int) -> ResponseReturnValue:
    """Take an item off the agenda."""
    _require_secretariat()
    item = get_item(item_id)
    return _act(item.meeting_id, lambda seen: remove_item(item, current_user, seen=seen), _("안건을 뺐어요."))


def open_vote(motion_id: int) -> ResponseReturnValue:
    """Let those who are present vote."""
    _require_secretariat()
    motion = get_motion(motion_id)
    done = _("투표를 시작했어요.")
    return _act(motion.item.meeting_id, lambda seen: open_motion(motion, current_user, seen=seen), done)


def close_vote(motion_id: int) -> ResponseReturnValue:
    """End a vote and count it."""
    _require_secretariat()
    motion = get_motion(motion_id)
    done = _("투표를 끝내고 표를 셌어요.")
    return _act(motion.item.meeting_id, lambda seen: close_motion(motion, current_user, seen=seen), done)


def drop_motion(motion_id: int) -> ResponseReturnValue:
    """Take back a motion that was never opened."""
    _require_secretariat()
    motion = get_motion(motion_id)
    done = _("표결을 뺐어요.")
    return _act(motion.item.meeting_id, lambda seen: remove_motion(motion, current_user, seen=seen), done)


def again(motion_id: int) -> ResponseReturnValue:
    """Put a motion that ended in a tie once more."""
    _require_secretariat()
    motion = get_motion(motion_id)
    done = _("다시 할 표결을 올렸어요.")
    return _act(motion.item.meeting_id, lambda _seen: vote_again(motion, current_user), done)


def _act(meeting_id: int, act: Callable[[int], Any], done: str) -> ResponseReturnValue:
    """Do what a button of the meeting's page asks, and show the page again."""
    form = SeenForm()
    with form.collect_errors():
        if form.validate_on_submit():
            act(form.seen_revision())
            db.session.commit()
            flash(done)
            return _to_meeting(meeting_id)
    return show_page(meeting_id, form)


def _form_page(template: str, form: Any, meeting: CouncilMeeting, **more: Any) -> ResponseReturnValue:
    page: ResponseReturnValue = form.page(template, meeting=meeting, is_sample=is_sample(meeting), **more)
    return page


def _to_meeting(meeting_id: int) -> ResponseReturnValue:
    return redirect(url_for("meetings.show", meeting_id=meeting_id), 303)


def _require_secretariat() -> None:
    require(can_run_council(current_user), SECRETARIAT_ONLY)
