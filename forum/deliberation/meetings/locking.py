"""Hold a meeting while something changes.

Locks, in this order: the seat (shared), the round (shared), the meeting, the motion. Who ends a seat holds it before
its member leaves the meeting, so whoever acts for a seat takes it first too.
"""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.council.models import Seat
from forum.deliberation.meetings.models import (
    CouncilMeeting,
    CouncilMinutes,
    MeetingState,
    Motion,
    MotionBallot,
    MotionOption,
)
from forum.deliberation.rounds.locking import CHANGED_MEANWHILE, hold_round


def lock_meeting(meeting: CouncilMeeting, seen: int | None = None) -> None:
    """Lock a meeting until the end of the transaction, and reload it.

    Its round is held too: no task is withdrawn and no conflict declared meanwhile.

    :param seen: revision that the page showed; None where nothing depends on it
    :raise WrongState: the page showed another revision
    """
    _hold_round(meeting)
    db.session.refresh(meeting, with_for_update={"of": CouncilMeeting})
    _compare(meeting.revision, seen)


def hold_seat(seat: Seat) -> None:
    """Keep a seat from ending until the end of the transaction, and reload it."""
    db.session.refresh(seat, with_for_update={"read": True, "of": Seat})


def hold_meeting(meeting: CouncilMeeting) -> None:
    """Keep others from changing a meeting, beside others who hold it: members vote at the same time."""
    _hold_round(meeting)
    db.session.refresh(meeting, with_for_update={"read": True, "of": CouncilMeeting})


def lock_motion(motion: Motion, seen: int | None = None) -> None:
    """Lock a motion whose meeting is held, and reload it with its options and ballots.

    :raise WrongState: the page showed another revision
    """
    db.session.refresh(motion, with_for_update={"of": Motion})
    for rows in (MotionOption, MotionBallot):
        query = sa.select(rows).where(rows.motion_id == motion.id).execution_options(populate_existing=True)
        db.session.scalars(query).all()
    db.session.expire(motion, ["options", "ballots"])
    _compare(motion.revision, seen)


def lock_minutes(minutes: CouncilMinutes, seen: int) -> None:
    """:raise WrongState: the page showed another revision"""
    db.session.refresh(minutes, with_for_update={"of": CouncilMinutes})
    _compare(minutes.revision, seen)


def require_state(meeting: CouncilMeeting, state: MeetingState, message: object) -> None:
    """:raise WrongState: the meeting is in another state"""
    if meeting.state is not state:
        raise WrongState(str(message))


def _hold_round(meeting: CouncilMeeting) -> None:
    if meeting.round is not None:
        hold_round(meeting.round)


def _compare(revision: int, seen: int | None) -> None:
    if seen is not None and revision != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
