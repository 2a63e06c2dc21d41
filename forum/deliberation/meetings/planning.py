"""Plan, change, cancel and open a meeting, and put items on its agenda."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.council.models import CouncilTerm
from forum.deliberation.council.permissions import SECRETARIAT_ONLY, can_run_council
from forum.deliberation.meetings.facts import COUNCIL_MEETINGS
from forum.deliberation.meetings.locking import lock_meeting, require_state
from forum.deliberation.meetings.mails import notify_of_cancelling, notify_of_change, notify_of_meeting
from forum.deliberation.meetings.models import AgendaFile, AgendaItem, CouncilMeeting, MeetingState
from forum.deliberation.meetings.queries import is_gone
from forum.deliberation.meetings.typed import (
    MAX_ITEM_CHARS,
    MAX_REASON_CHARS,
    MAX_TITLE_CHARS,
    checked_line,
    checked_meeting,
    checked_text,
)
from forum.deliberation.rounds.models import CouncilRound, CouncilTask
from forum.system.audit.services import record
from forum.web.uploads import Upload

MAX_ITEMS = 100
MAX_FILES = 5
ONLY_PLANNED = _l("아직 열지 않은 회의만 고칠 수 있어요.")


def plan_meeting(
    term: CouncilTerm,
    actor: Actor,
    title: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    place: str,
    video_url: str,
    round: CouncilRound | None = None,
) -> CouncilMeeting:
    """Plan a meeting and invite the members and their substitutes. The caller commits.

    :param round: whose tasks it weighs, of the same term; None for other meetings
    :raise Forbidden: not the secretariat
    :raise InvalidInput: as `checked_meeting`, or a round of another term
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    values = checked_meeting(title, starts_at, ends_at, place, video_url)
    _check_round(term.id, round)
    lock_name(db.session, f"meetings of term {term.id}")
    newest = sa.select(sa.func.max(CouncilMeeting.number)).where(CouncilMeeting.term_id == term.id)
    number = (db.session.scalar(newest) or 0) + 1
    meeting = CouncilMeeting(term_id=term.id, round_id=round.id if round else None, number=number, **values)
    db.session.add(meeting)
    db.session.flush()
    notify_of_meeting(meeting)
    record_meeting(actor, "meetings.plan", meeting, {"number": number, "round_id": meeting.round_id})
    return meeting


def change_meeting(
    meeting: CouncilMeeting,
    actor: Actor,
    title: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    place: str,
    video_url: str,
    round: CouncilRound | None = None,
    *,
    seen: int,
) -> None:
    """Change a meeting that is not open yet, and say so to its members if time or place are others. The caller commits.

    Its round stays once a task of it stands on the agenda.

    :raise Forbidden: not the secretariat
    :raise WrongState: it was opened, cancelled or changed meanwhile
    :raise InvalidInput: as `plan_meeting`
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    lock_meeting(meeting, seen)
    require_state(meeting, MeetingState.PLANNED, ONLY_PLANNED)
    values = checked_meeting(title, starts_at, ends_at, place, video_url, known_start=meeting.starts_at)
    _check_round(meeting.term_id, round)
    round_id = round.id if round else None
    if round_id != meeting.round_id and any(item.task_id for item in meeting.agenda):
        raise InvalidInput({"round_id": _("안건에 과제가 있어서 다른 대표과제 선정으로 바꿀 수 없어요.")})
    is_moved = any(getattr(meeting, name) != value for name, value in values.items() if name != "title")
    for name, value in (values | {"round_id": round_id}).items():
        setattr(meeting, name, value)
    meeting.revision += 1
    db.session.flush()
    if is_moved:
        notify_of_change(meeting)
    record_meeting(actor, "meetings.change", meeting, {"round_id": round_id})


def cancel_meeting(meeting: CouncilMeeting, actor: Actor, reason: str, *, seen: int) -> None:
    """Cancel a meeting that is not open yet, with a public reason, and say so to its members. The caller commits.

    :raise Forbidden: not the secretariat
    :raise WrongState: it was opened, cancelled or changed meanwhile
    :raise InvalidInput: no reason
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    lock_meeting(meeting, seen)
    require_state(meeting, MeetingState.PLANNED, ONLY_PLANNED)
    meeting.cancel_reason = checked_line(reason, "reason", _("까닭"), MAX_REASON_CHARS)
    meeting.state = MeetingState.CANCELLED
    meeting.revision += 1
    db.session.flush()
    notify_of_cancelling(meeting)
    record_meeting(actor, "meetings.cancel", meeting, {})


def open_meeting(meeting: CouncilMeeting, actor: Actor, *, seen: int) -> None:
    """Open a meeting, so that members arrive and vote. The caller commits.

    A quorum is needed only for the votes: members arrive after it is open.

    :raise Forbidden: not the secretariat
    :raise WrongState: it has no agenda, or was opened, cancelled or changed meanwhile
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    lock_meeting(meeting, seen)
    require_state(meeting, MeetingState.PLANNED, _l("이미 연 회의이거나 취소한 회의예요."))
    if not meeting.agenda:
        raise WrongState(_("안건을 하나 이상 올린 뒤에 회의를 열 수 있어요."))
    meeting.state, meeting.opened_at = MeetingState.OPEN, clock.now()
    meeting.revision += 1
    db.session.flush()
    record_meeting(actor, "meetings.open", meeting, {})


def add_item(
    meeting: CouncilMeeting,
    actor: Actor,
    title: str,
    text: str = "",
    task: CouncilTask | None = None,
    uploads: Sequence[Upload] = (),
) -> AgendaItem:
    """Put a task, or a paper without a task, at the end of the agenda. The caller commits.

    :param title: may be empty for a task, whose own title stands there then
    :return: the item; the same task a second time gives the item that is there
    :raise Forbidden: not the secretariat
    :raise WrongState: the meeting is over or cancelled
    :raise InvalidInput: a text, a task of another round or one that left it, too many items or files
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    lock_meeting(meeting)
    if meeting.state not in {MeetingState.PLANNED, MeetingState.OPEN}:
        raise WrongState(_("끝난 회의나 취소한 회의에는 안건을 올릴 수 없어요."))
    db.session.refresh(meeting, ["agenda"])
    if task is not None:
        _check_task(meeting, task)
        there = next((one for one in meeting.agenda if one.task_id == task.id), None)
        if there is not None:
            return there
    values = {
        "title": checked_line(title or (task.title if task else ""), "title", _("안건 이름"), MAX_TITLE_CHARS),
        "text": checked_text(text, "text", _("안건 내용"), MAX_ITEM_CHARS, min_chars=0),
    }
    if len(meeting.agenda) >= MAX_ITEMS or len(uploads) > MAX_FILES:
        most = _("안건은 %(items)s개, 파일은 %(files)s개까지 올릴 수 있어요.", items=MAX_ITEMS, files=MAX_FILES)
        raise InvalidInput({"": most})
    place = max((one.position for one in meeting.agenda), default=0) + 1
    item = AgendaItem(meeting_id=meeting.id, position=place, task_id=task.id if task else None, **values)
    db.session.add(item)
    db.session.flush()
    _add_files(item, uploads, actor)
    meeting.revision += 1
    db.session.flush()
    db.session.expire(meeting, ["agenda"])
    record_meeting(actor, "meetings.add_item", meeting, {"item_id": item.id, "task_id": item.task_id})
    return item


def remove_item(item: AgendaItem, actor: Actor, *, seen: int) -> None:
    """Take an item without motions off the agenda of a meeting that is not open yet. The caller commits.

    :raise Forbidden: not the secretariat
    :raise WrongState: the meeting is open or over or was changed meanwhile, or the item has a motion
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    meeting = item.meeting
    lock_meeting(meeting, seen)
    require_state(meeting, MeetingState.PLANNED, ONLY_PLANNED)
    db.session.refresh(item, ["motions", "files"])
    if item.motions:
        raise WrongState(_("표결이 있는 안건은 뺄 수 없어요. 표결을 먼저 빼 주세요."))
    for file in item.files:
        db.session.delete(file)
    db.session.flush()
    db.session.delete(item)
    meeting.revision += 1
    db.session.flush()
    db.session.expire(meeting, ["agenda"])
    record_meeting(actor, "meetings.remove_item", meeting, {"task_id": item.task_id})


def record_meeting(actor: Actor, action: str, meeting: CouncilMeeting, after: dict[str, object]) -> None:
    """Record an act with the meeting's fingerprint."""
    facts = COUNCIL_MEETINGS.of([meeting.id])
    record(actor, action, meeting, after={"revision": meeting.revision} | after, facts=facts)


def _check_round(term_id: int, round_: CouncilRound | None) -> None:
    if round_ is not None and round_.term_id != term_id:
        raise InvalidInput({"round_id": _("이 기의 대표과제 선정 가운데에서 골라 주세요.")})


def _check_task(meeting: CouncilMeeting, task: CouncilTask) -> None:
    db.session.refresh(task)
    if task.round_id != meeting.round_id:
        raise InvalidInput({"task_id": _("이 회의에서 다루는 대표과제 선정의 과제만 올릴 수 있어요.")})
    if is_gone(task):
        raise InvalidInput({"task_id": _("거두었거나 다른 과제에 합친 과제예요.")})


def _add_files(item: AgendaItem, uploads: Sequence[Upload], actor: Actor) -> None:
    assert actor.id is not None or not uploads, "files are uploaded by an account"
    for one in uploads:
        file = AgendaFile(item_id=item.id, name=one.name, media_type=one.media_type, size_bytes=len(one.content))
        file.sha256, file.content, file.uploaded_by_id = one.sha256, one.content, actor.id or 0
        db.session.add(file)
    db.session.flush()
