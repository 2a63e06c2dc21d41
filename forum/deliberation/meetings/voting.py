"""Motions and open ballots: put a question, vote by name, and close it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.council.permissions import SECRETARIAT_ONLY, can_run_council
from forum.deliberation.council.queries import seats_in_office
from forum.deliberation.meetings.counting import count_motion
from forum.deliberation.meetings.facts import MOTIONS
from forum.deliberation.meetings.locking import hold_meeting, hold_seat, lock_meeting, lock_motion, require_state
from forum.deliberation.meetings.models import (
    AgendaItem,
    Attendance,
    Choice,
    MeetingState,
    Motion,
    MotionBallot,
    MotionOption,
    MotionOutcome,
    MotionRule,
    MotionState,
    TieRule,
)
from forum.deliberation.meetings.permissions import HAS_TIE, NOT_PRESENT, can_vote
from forum.deliberation.meetings.queries import (
    is_gone,
    own_seats,
    own_stay,
    places_left,
    quorum_now,
    tied_options,
)
from forum.deliberation.meetings.rules import check_motion
from forum.deliberation.meetings.ties import is_tied, tied_tasks
from forum.deliberation.meetings.typed import MAX_MOTION_CHARS, checked_line
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE
from forum.deliberation.rounds.models import CouncilTask
from forum.system.audit.services import record

NOT_IN_MEETING = _l("회의를 하는 동안에만 할 수 있어요.")
NOT_OPEN = _l("지금 투표하는 안건이 아니에요.")
GONE = _l("이 안건의 과제를 거두었거나 다른 과제에 합쳐서 투표하지 않아요.")


def add_motion(
    item: AgendaItem,
    actor: Actor,
    text: str,
    rule: MotionRule,
    tie_rule: TieRule,
    places: int = 1,
    tasks: Sequence[CouncilTask] = (),
) -> Motion:
    """Put a question on an item, to be opened later. The caller commits.

    :param places, tasks: of an approval motion: how many of which tasks are chosen at most
    :raise Forbidden: not the secretariat
    :raise WrongState: the meeting is over or cancelled, or the item's task left the round
    :raise InvalidInput: as `check_motion`, or no text
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    meeting = item.meeting
    lock_meeting(meeting)
    if meeting.state not in {MeetingState.PLANNED, MeetingState.OPEN}:
        raise WrongState(_("끝난 회의나 취소한 회의에서는 표결할 수 없어요."))
    _refuse_gone(item)
    offered = check_motion(meeting, item, rule, tie_rule, places, tasks)
    words = checked_line(text, "text", _("표결에 부치는 말"), MAX_MOTION_CHARS)
    db.session.refresh(item, ["motions"])
    number = max((one.number for one in item.motions), default=0) + 1
    motion = Motion(item_id=item.id, number=number, text=words, rule=rule, tie_rule=tie_rule, places=places)
    db.session.add(motion)
    db.session.flush()
    db.session.add_all(MotionOption(motion_id=motion.id, task_id=task.id) for task in offered)
    db.session.flush()
    db.session.expire(item, ["motions"])
    db.session.expire(motion, ["options", "ballots"])
    record_motion(
        actor, "meetings.add_motion", motion, {"rule": rule.name, "tie_rule": tie_rule.name, "places": places}
    )
    return motion


def vote_again(motion: Motion, actor: Actor) -> Motion:
    """Put a motion that ended TIED once more: for an approval motion between the tied tasks, for the places left.

    The caller commits. :raise Forbidden, WrongState: as `add_motion`, or it did not end in a tie
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    if motion.outcome is not MotionOutcome.TIED:
        raise WrongState(_("가부 동수이거나 마지막 자리가 같은 표결만 다시 할 수 있어요."))
    again = tied_options(motion)
    tasks = [one.task for one in motion.options if one.task_id in again and not is_gone(one.task)]
    places = places_left(motion) if motion.rule is MotionRule.APPROVAL else 1
    return add_motion(motion.item, actor, motion.text, motion.rule, motion.tie_rule, places, tasks)


def remove_motion(motion: Motion, actor: Actor, *, seen: int) -> None:
    """Take back a motion that was never opened. The caller commits.

    :raise Forbidden: not the secretariat
    :raise WrongState: it was opened or changed meanwhile, or the meeting is over
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    meeting, item = motion.item.meeting, motion.item
    lock_meeting(meeting)
    lock_motion(motion, seen)
    if motion.state is not MotionState.PLANNED or meeting.state is MeetingState.CLOSED:
        raise WrongState(_("투표를 시작한 표결은 뺄 수 없어요."))
    for option in motion.options:
        db.session.delete(option)
    db.session.flush()
    record_motion(actor, "meetings.remove_motion", motion, {})
    db.session.expire(motion, ["options"])
    db.session.delete(motion)
    db.session.flush()
    db.session.expire(item, ["motions"])


def open_motion(motion: Motion, actor: Actor, *, seen: int) -> None:
    """Let those who are present vote. The caller commits.

    :raise Forbidden: not the secretariat
    :raise WrongState: no quorum, the meeting is not open, its task left the round, or the motion was opened
        or changed meanwhile
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    meeting = motion.item.meeting
    lock_meeting(meeting)
    lock_motion(motion, seen)
    require_state(meeting, MeetingState.OPEN, NOT_IN_MEETING)
    if motion.state is not MotionState.PLANNED:
        raise WrongState(_("이미 투표를 시작했어요."))
    _refuse_gone(motion.item)
    if motion.rule is MotionRule.APPROVAL and all(is_gone(one.task) for one in motion.options):
        raise WrongState(str(GONE))
    quorum = quorum_now(meeting)
    if not quorum.is_reached:
        raise WrongState(_("정족수가 모자라서 투표를 시작할 수 없어요. %(why)s", why=quorum.why))
    motion.state, motion.opened_at = MotionState.OPEN, clock.now()
    motion.revision += 1
    db.session.flush()
    record_motion(actor, "meetings.open_motion", motion, {})


def cast_ballot(
    motion: Motion, actor: Actor, choice: Choice | None = None, approved: Collection[int] = (), *, seen: int = 0
) -> MotionBallot:
    """Vote by name, or change one's ballot while voting lasts. The caller commits.

    :param choice: for a yes-or-no motion
    :param approved: ids of the tasks that one approves, for an approval motion; none is an abstention
    :param seen: revision of one's ballot that the page showed; 0 before there is one
    :return: the ballot; the same one sent again, as by a double click, gives the one that is there
    :raise Forbidden: not present, or a tie to the task
    :raise WrongState: it is not open, or the seat's ballot changed meanwhile
    :raise InvalidInput: no choice, or a task that cannot be approved
    """
    meeting = motion.item.meeting
    for seat, _by in own_seats(actor, meeting.term_id):
        hold_seat(seat)
    hold_meeting(meeting)
    lock_motion(motion)
    stay = voter_of(motion, actor)
    require_state(meeting, MeetingState.OPEN, NOT_IN_MEETING)
    if motion.state is not MotionState.OPEN:
        raise WrongState(str(NOT_OPEN))
    said = _checked_ballot(motion, stay, choice, approved)
    there = next((one for one in motion.ballots if one.seat_id == stay.seat_id), None)
    if there is not None and (there.choice, there.approved, there.by_substitute) == (*said, stay.by_substitute):
        return there
    if (there.revision if there else 0) != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if there is None:
        there = MotionBallot(motion_id=motion.id, seat_id=stay.seat_id, revision=0)
        db.session.add(there)
    there.choice, there.approved = said
    there.by_substitute, there.cast_at = stay.by_substitute, clock.now()
    there.revision += 1
    db.session.flush()
    db.session.expire(motion, ["ballots"])
    record_motion(actor, "meetings.cast_ballot", motion, {"seat_id": stay.seat_id})
    return there


def close_motion(motion: Motion, actor: Actor, *, seen: int) -> MotionOutcome:
    """End the vote and count it. Without a quorum at this moment nothing is decided. The caller commits.

    :raise Forbidden: not the secretariat
    :raise WrongState: it is not open, or was closed or changed meanwhile
    """
    require(can_run_council(actor), SECRETARIAT_ONLY)
    meeting = motion.item.meeting
    lock_meeting(meeting)
    lock_motion(motion, seen)
    if motion.state is not MotionState.OPEN:
        raise WrongState(str(NOT_OPEN))
    quorum, n_seats = quorum_now(meeting), len(seats_in_office(meeting.term_id))
    counted = count_motion(motion, meeting, quorum)
    for option in motion.options:
        option.approvals = counted.approvals.get(option.task_id)
        option.place = counted.chosen.index(option.task_id) + 1 if option.task_id in counted.chosen else None
    db.session.flush()
    motion.state, motion.outcome, motion.closed_at = MotionState.CLOSED, counted.outcome, clock.now()
    motion.n_seats, motion.n_present, motion.n_needed = n_seats, quorum.present, quorum.needed
    motion.n_voters = counted.n_voters
    motion.revision += 1
    db.session.flush()
    record_motion(
        actor, "meetings.close_motion", motion, {"outcome": counted.outcome.name, "n_present": quorum.present}
    )
    return counted.outcome


def voter_of(motion: Motion, actor: Actor) -> Attendance:
    """Return the stay of the actor, who may vote on a motion while it is open.

    :raise Forbidden: not present in a way that counts, or a tie to its task
    """
    meeting = motion.item.meeting
    stay = own_stay(meeting, actor)
    if stay is None:
        raise Forbidden(str(NOT_PRESENT))
    db.session.refresh(stay)
    tied = is_tied(motion.item.task, stay)
    require(can_vote(meeting.term, stay, tied), HAS_TIE if tied else NOT_PRESENT)
    return stay


def _checked_ballot(
    motion: Motion, stay: Attendance, choice: Choice | None, approved: Collection[int]
) -> tuple[Choice, list[int]]:
    if motion.rule is not MotionRule.APPROVAL:
        if choice is None or approved:
            raise InvalidInput({"choice": _("찬성, 반대, 기권 가운데 하나를 골라 주세요.")})
        return choice, []
    chosen = sorted(set(approved))
    offered = {one.task_id: one.task for one in motion.options}
    if choice is not None or not set(chosen) <= offered.keys():
        raise InvalidInput({"approved": _("이 표결에 있는 과제 가운데에서 골라 주세요.")})
    if any(is_gone(offered[task_id]) for task_id in chosen):
        raise InvalidInput({"approved": _("그사이에 거두었거나 합친 과제가 있어요. 빼고 다시 투표해 주세요.")})
    if tied_tasks([offered[task_id] for task_id in chosen], stay):
        raise InvalidInput({"approved": str(HAS_TIE)})
    return (Choice.YES if chosen else Choice.ABSTAIN), chosen


def _refuse_gone(item: AgendaItem) -> None:
    if item.task is not None:
        db.session.refresh(item.task)
        if is_gone(item.task):
            raise WrongState(str(GONE))


def record_motion(actor: Actor, action: str, motion: Motion, after: Mapping[str, object]) -> None:
    """Record an act with the motion's fingerprint."""
    about = {"item_id": motion.item_id, "revision": motion.revision}
    record(actor, action, motion, after=about | dict(after), facts=MOTIONS.of([motion.id]))
