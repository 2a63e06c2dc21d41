from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import Seat
from forum.deliberation.council.queries import seat_as_substitute, seat_of, seats_in_office
from forum.deliberation.council.quorum import PresentSeat, Quorum, quorum_of
from forum.deliberation.meetings.models import (
    AgendaFile,
    AgendaItem,
    Attendance,
    AttendanceWay,
    CouncilMeeting,
    CouncilMinutes,
    MeetingState,
    Motion,
    MotionBallot,
    MotionOption,
    MotionOutcome,
    MotionRule,
    MotionState,
)
from forum.deliberation.meetings.permissions import counts_as_present
from forum.deliberation.rounds.models import CouncilTask, TaskState
from forum.deliberation.rounds.queries import tasks_of


def get_meeting(meeting_id: int) -> CouncilMeeting:
    """:raise NotFound:"""
    found = db.session.get(CouncilMeeting, meeting_id)
    if found is None:
        raise NotFound(_("그런 회의가 없어요."))
    return found


def whole_meeting(meeting_id: int) -> CouncilMeeting:
    """Return a meeting with everything that its page shows. A few statements, however long its agenda is.

    :raise NotFound:
    """
    motions = selectinload(CouncilMeeting.agenda).selectinload(AgendaItem.motions)
    query = (
        sa.select(CouncilMeeting)
        .where(CouncilMeeting.id == meeting_id)
        .options(
            joinedload(CouncilMeeting.term),
            joinedload(CouncilMeeting.round),
            selectinload(CouncilMeeting.agenda).joinedload(AgendaItem.task),
            selectinload(CouncilMeeting.agenda).selectinload(AgendaItem.files),
            motions.selectinload(Motion.options).joinedload(MotionOption.task),
            motions.selectinload(Motion.ballots).joinedload(MotionBallot.seat),
        )
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("그런 회의가 없어요."))
    return found


def get_item(item_id: int) -> AgendaItem:
    """:raise NotFound:"""
    found = db.session.get(AgendaItem, item_id)
    if found is None:
        raise NotFound(_("그런 안건이 없어요."))
    return found


def get_file(file_id: int) -> AgendaFile:
    """:raise NotFound:"""
    found = db.session.get(AgendaFile, file_id)
    if found is None:
        raise NotFound(_("그런 파일이 없어요."))
    return found


def get_motion(motion_id: int) -> Motion:
    """:raise NotFound:"""
    found = db.session.get(Motion, motion_id)
    if found is None:
        raise NotFound(_("그런 표결이 없어요."))
    return found


def get_minutes(meeting_id: int) -> CouncilMinutes:
    """:raise NotFound: the meeting is not closed"""
    found = db.session.get(CouncilMinutes, meeting_id)
    if found is None:
        raise NotFound(_("이 회의의 회의록이 아직 없어요."))
    return found


def minutes_of(meeting_id: int) -> CouncilMinutes | None:
    return db.session.get(CouncilMinutes, meeting_id)


def meetings_of_term(term_id: int) -> Sequence[CouncilMeeting]:
    """Return the meetings of a term, the newest first."""
    query = sa.select(CouncilMeeting).where(CouncilMeeting.term_id == term_id)
    return db.session.scalars(query.order_by(CouncilMeeting.starts_at.desc(), CouncilMeeting.id.desc())).all()


def meetings_of_round(round_id: int) -> Sequence[CouncilMeeting]:
    """Return the meetings that weigh a round's tasks, in the order of time."""
    query = sa.select(CouncilMeeting).where(CouncilMeeting.round_id == round_id)
    return db.session.scalars(query.order_by(CouncilMeeting.starts_at, CouncilMeeting.id)).all()


def motions_on(task_id: int) -> Sequence[Motion]:
    """Return the closed motions on a task, or that offered it, in the order in which they were closed."""
    offered = sa.select(MotionOption.motion_id).where(MotionOption.task_id == task_id)
    query = (
        sa.select(Motion)
        .join(Motion.item)
        .where(Motion.state == MotionState.CLOSED, sa.or_(AgendaItem.task_id == task_id, Motion.id.in_(offered)))
        .options(joinedload(Motion.item).joinedload(AgendaItem.meeting), selectinload(Motion.options))
        .order_by(Motion.closed_at, Motion.id)
    )
    return db.session.scalars(query).all()


def stays_of(meeting_id: int) -> Sequence[Attendance]:
    """Return every stay at a meeting, in the order of arrival."""
    query = sa.select(Attendance).where(Attendance.meeting_id == meeting_id).options(joinedload(Attendance.seat))
    return db.session.scalars(query.order_by(Attendance.arrived_at, Attendance.id)).all()


def present_at(meeting_id: int) -> Sequence[Attendance]:
    """Return the stays of those who are at the meeting now."""
    return [one for one in stays_of(meeting_id) if one.left_at is None]


def quorum_at(meeting: CouncilMeeting, present: Iterable[Attendance], n_seats: int) -> Quorum:
    """Return whether those present are a quorum."""
    seats = [PresentSeat(one.seat.kind, one.way is AttendanceWay.ONLINE) for one in present]
    return quorum_of(meeting.term, seats, n_seats)


def quorum_now(meeting: CouncilMeeting) -> Quorum:
    return quorum_at(meeting, present_at(meeting.id), len(seats_in_office(meeting.term_id)))


def own_seats(actor: Actor, term_id: int) -> list[tuple[Seat, bool]]:
    """Return the seats for which the actor may attend: their own, and the one they stand in for (True)."""
    own, stood_in = seat_of(actor, term_id), seat_as_substitute(actor, term_id)
    return [(seat, by) for seat, by in ((own, False), (stood_in, True)) if seat is not None]


def own_stay(meeting: CouncilMeeting, actor: Actor) -> Attendance | None:
    """Return the stay of the actor at the meeting, as a member or as a substitute; None while they are not there."""
    for seat, by_substitute in own_seats(actor, meeting.term_id):
        stay = stay_of(meeting.id, seat.id)
        if stay is not None and stay.by_substitute is by_substitute:
            return stay
    return None


def stay_of(meeting_id: int, seat_id: int) -> Attendance | None:
    """Return how a seat is present now; None while it is not."""
    query = sa.select(Attendance).where(
        Attendance.meeting_id == meeting_id, Attendance.seat_id == seat_id, Attendance.left_at.is_(None)
    )
    return db.session.scalar(query)


def counted_present(meeting: CouncilMeeting) -> list[Attendance]:
    """Return the stays that count for the quorum, whose members vote."""
    return [one for one in present_at(meeting.id) if counts_as_present(meeting.term, one)]


def open_motions(meeting_id: int | None = None, seat_id: int | None = None) -> Sequence[Motion]:
    """Return the motions that are open, by id: of one meeting, or those where a seat has a ballot."""
    query = sa.select(Motion).join(Motion.item).where(Motion.state == MotionState.OPEN).order_by(Motion.id)
    if meeting_id is not None:
        query = query.where(AgendaItem.meeting_id == meeting_id)
    if seat_id is not None:
        query = query.where(Motion.ballots.any(MotionBallot.seat_id == seat_id))
    return db.session.scalars(query).all()


def open_motions_on(task_id: int) -> Sequence[Motion]:
    """Return the open motions on a task, or that offer it, by id."""
    offered = sa.select(MotionOption.motion_id).where(MotionOption.task_id == task_id)
    is_on = sa.or_(AgendaItem.task_id == task_id, Motion.id.in_(offered))
    query = sa.select(Motion).join(Motion.item).where(Motion.state == MotionState.OPEN, is_on)
    return db.session.scalars(query.order_by(Motion.id)).all()


def open_meetings_with(seat_id: int) -> Sequence[CouncilMeeting]:
    """Return the open meetings at which a seat is present, by id."""
    query = (
        sa.select(CouncilMeeting)
        .join(Attendance, Attendance.meeting_id == CouncilMeeting.id)
        .where(CouncilMeeting.state == MeetingState.OPEN, Attendance.seat_id == seat_id, Attendance.left_at.is_(None))
        .order_by(CouncilMeeting.id)
    )
    return db.session.scalars(query).all()


def is_gone(task: CouncilTask) -> bool:
    """Return whether a task was withdrawn or merged, so that no vote on it counts."""
    return task.state in {TaskState.WITHDRAWN, TaskState.MERGED}


def chosen_by(motion: Motion) -> set[int]:
    """Return the tasks that a closed approval motion chose, with those that its tied predecessors had chosen before.

    A motion between the tied tasks of the one before it alone, for the places left, completes that one.
    """
    chosen = {one.task_id for one in motion.options if one.place is not None}
    before = completed_by(motion)
    return chosen | (chosen_by(before) if before else set())


def completed_by(motion: Motion) -> Motion | None:
    """Return the tied motion that this one votes on again; None if it is one of its own."""
    if motion.rule is not MotionRule.APPROVAL:
        return None
    query = (
        sa.select(Motion)
        .where(
            Motion.item_id == motion.item_id,
            Motion.rule == MotionRule.APPROVAL,
            Motion.outcome == MotionOutcome.TIED,
            Motion.number < motion.number,
        )
        .order_by(Motion.number.desc())
        .limit(1)
    )
    before = db.session.scalar(query)
    if before is None:
        return None
    is_rest = {one.task_id for one in motion.options} <= tied_options(before) and motion.places == places_left(before)
    return before if is_rest else None


def tied_options(motion: Motion) -> set[int]:
    """Return the tasks that share the last place of a motion that ended TIED."""
    rest = [one for one in motion.options if one.place is None and one.approvals is not None]
    most = max((one.approvals or 0 for one in rest), default=0)
    return {one.task_id for one in rest if one.approvals == most}


def places_left(motion: Motion) -> int:
    """Return the places that a tied motion has not given away."""
    return motion.places - sum(one.place is not None for one in motion.options)


def tasks_to_weigh(meeting: CouncilMeeting) -> Sequence[CouncilTask]:
    """Return the tasks that can stand on a meeting's agenda; none for a meeting without a round."""
    return tasks_of(meeting.round_id, TaskState.IN_ROUND) if meeting.round_id is not None else []


def deciding_motion(round_id: int) -> Motion | None:
    """Return the newest approval motion of a round's meetings that passed; None before."""
    query = (
        sa.select(Motion)
        .join(Motion.item)
        .join(AgendaItem.meeting)
        .where(
            CouncilMeeting.round_id == round_id,
            Motion.rule == MotionRule.APPROVAL,
            Motion.outcome == MotionOutcome.PASSED,
        )
        .order_by(Motion.closed_at.desc(), Motion.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def accounts_to_notify(term_id: int) -> list[int]:
    """Return the accounts of the members in office and their substitutes, each once."""
    seats = seats_in_office(term_id)
    return sorted({one for seat in seats for one in (seat.account_id, seat.substitute_id) if one is not None})
