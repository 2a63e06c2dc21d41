"""What the page of a meeting shows to whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import Seat
from forum.deliberation.council.permissions import can_run_council
from forum.deliberation.council.queries import chair_signing, seats_in_office
from forum.deliberation.council.quorum import Quorum
from forum.deliberation.meetings.dissenting import may_dissent
from forum.deliberation.meetings.models import (
    Attendance,
    Choice,
    CouncilMeeting,
    CouncilMinutes,
    CouncilMinutesState,
    MeetingState,
    Motion,
    MotionBallot,
    MotionRule,
    MotionState,
)
from forum.deliberation.meetings.permissions import can_see_inside, can_vote
from forum.deliberation.meetings.queries import (
    completed_by,
    minutes_of,
    own_seats,
    quorum_at,
    stays_of,
    tied_options,
    whole_meeting,
)
from forum.deliberation.meetings.ties import is_tied, tied_tasks
from forum.deliberation.rounds.models import ConflictStatement


@dataclass(frozen=True)
class OwnVote:
    """How the reader can vote on an open motion.

    tied : tasks that their ballot may not contain; `is_tied` if the motion itself is about such a task
    """

    may_vote: bool
    is_tied: bool
    tied: frozenset[int]
    ballot: MotionBallot | None


@dataclass(frozen=True)
class MotionPage:
    """One motion as its meeting's page shows it.

    late : seats that declared a conflict after it was closed; their ballots stay
    """

    motion: Motion
    names: Mapping[str, Sequence[str]]
    approved_by: Mapping[int, Sequence[str]]
    tied: frozenset[int]
    completes: Motion | None
    late: Sequence[str]
    own: OwnVote | None
    dissenting: MotionBallot | None


@dataclass(frozen=True)
class MeetingPage:
    meeting: CouncilMeeting
    present: Sequence[Attendance]
    came: Sequence[Attendance]
    absent: Sequence[Seat]
    quorum: Quorum | None
    motions: Mapping[int, MotionPage]
    minutes: CouncilMinutes | None
    own_seats: Sequence[tuple[Seat, bool]]
    stay: Attendance | None
    may_run: bool
    is_inside: bool
    may_sign: bool
    seats: Sequence[Seat] = field(default_factory=list)


def meeting_page(meeting_id: int, actor: Actor) -> MeetingPage:
    """Return a meeting's page. A constant number of statements, and some more for each open motion of who votes.

    :raise NotFound:
    """
    meeting = whole_meeting(meeting_id)
    stays, seats = stays_of(meeting.id), seats_in_office(meeting.term_id)
    present = [one for one in stays if one.left_at is None]
    own = own_seats(actor, meeting.term_id)
    stay = next((one for one in present if (one.seat, one.by_substitute) in own), None)
    chair = chair_signing(actor, meeting.term_id)
    minutes = minutes_of(meeting.id) if meeting.state is MeetingState.CLOSED else None
    came = {one.seat_id for one in stays}
    return MeetingPage(
        meeting=meeting,
        present=present,
        came=stays,
        absent=[seat for seat in seats if seat.id not in came],
        quorum=quorum_at(meeting, present, len(seats)) if meeting.state is MeetingState.OPEN else None,
        motions=_motions(meeting, own, stay, minutes),
        minutes=minutes,
        own_seats=own,
        stay=stay,
        may_run=can_run_council(actor),
        is_inside=can_see_inside(actor, own[0][0] if own else None),
        may_sign=chair is not None and minutes is not None and minutes.state is CouncilMinutesState.DRAFT,
        seats=seats if can_run_council(actor) and meeting.state is MeetingState.OPEN else [],
    )


def _motions(
    meeting: CouncilMeeting,
    own: Sequence[tuple[Seat, bool]],
    stay: Attendance | None,
    minutes: CouncilMinutes | None,
) -> dict[int, MotionPage]:
    late = _late_conflicts(meeting)
    is_final = minutes is not None and minutes.state is CouncilMinutesState.PUBLISHED
    found = {}
    for item in meeting.agenda:
        for motion in item.motions:
            is_closed = motion.state is MotionState.CLOSED
            mine = next((one for one in motion.ballots if any(one.seat_id == seat.id for seat, _by in own)), None)
            found[motion.id] = MotionPage(
                motion=motion,
                names=_names(motion) if is_closed else {},
                approved_by=_approved_by(motion) if is_closed else {},
                tied=frozenset(tied_options(motion)) if _is_tied(motion) else frozenset(),
                completes=completed_by(motion) if motion.rule is MotionRule.APPROVAL and motion.number > 1 else None,
                late=_late_names(motion, late) if is_closed else (),
                own=_own_vote(motion, stay, mine) if motion.state is MotionState.OPEN and own else None,
                dissenting=mine if mine is not None and not is_final and may_dissent(motion, mine) else None,
            )
    return found


def _own_vote(motion: Motion, stay: Attendance | None, ballot: MotionBallot | None) -> OwnVote:
    tied = stay is not None and is_tied(motion.item.task, stay)
    tasks = tied_tasks([one.task for one in motion.options], stay) if stay is not None else set()
    return OwnVote(can_vote(motion.item.meeting.term, stay, tied), tied, frozenset(tasks), ballot)


def _names(motion: Motion) -> dict[str, list[str]]:
    """Return who chose what, by the label of the choice; those of an approval motion by what they approved."""
    if motion.rule is MotionRule.APPROVAL:
        return {}
    said = {one.label: [_name(ballot) for ballot in motion.ballots if ballot.choice is one] for one in Choice}
    return {label: names for label, names in said.items() if names}


def _approved_by(motion: Motion) -> dict[int, list[str]]:
    return {
        one.task_id: [_name(ballot) for ballot in motion.ballots if one.task_id in ballot.approved]
        for one in motion.options
    }


def _name(ballot: MotionBallot) -> str:
    return _("%(name)s(대리인)", name=ballot.seat.name) if ballot.by_substitute else ballot.seat.name


def _is_tied(motion: Motion) -> bool:
    return motion.outcome is not None and motion.outcome.name == "TIED" and motion.rule is MotionRule.APPROVAL


def _late_conflicts(meeting: CouncilMeeting) -> list[ConflictStatement]:
    """Return the statements of members on tasks of the meeting's round; none for other meetings."""
    if meeting.round_id is None:
        return []
    tasks = {item.task_id for item in meeting.agenda if item.task_id is not None}
    tasks |= {one.task_id for item in meeting.agenda for motion in item.motions for one in motion.options}
    query = sa.select(ConflictStatement).where(
        ConflictStatement.task_id.in_(tasks), ConflictStatement.seat_id.is_not(None)
    )
    return list(db.session.scalars(query.order_by(ConflictStatement.id)))


def _late_names(motion: Motion, statements: Sequence[ConflictStatement]) -> list[str]:
    about = {motion.item.task_id} | {one.task_id for one in motion.options}
    late = {
        one.seat_id
        for one in statements
        if one.task_id in about and motion.closed_at is not None and one.declared_at > motion.closed_at
    }
    return [ballot.seat.name for ballot in motion.ballots if ballot.seat_id in late]
