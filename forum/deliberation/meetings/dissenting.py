"""Dissent (소수 의견): why a member did not want what was decided, on the record under their name."""

from __future__ import annotations

from forum.core.access import Actor
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.meetings.locking import hold_meeting, lock_motion
from forum.deliberation.meetings.models import Choice, Motion, MotionBallot, MotionOutcome, MotionRule
from forum.deliberation.meetings.queries import minutes_of, own_seats
from forum.deliberation.meetings.typed import MAX_DISSENT_CHARS, checked_text
from forum.deliberation.meetings.voting import record_motion

NOT_VOTED = _l("이 표결에 투표한 위원만 소수 의견을 남길 수 있어요.")


def record_dissent(motion: Motion, actor: Actor, text: str) -> None:
    """Record why a member did not want what was decided, or take that back by an empty text. The caller commits.

    Possible until the minutes are published; by the member, or whoever stands in for them.

    :raise Forbidden: the actor's seat cast no ballot
    :raise WrongState: nothing was decided, as they wanted it, or the minutes are published
    :raise InvalidInput: as `checked_text`
    """
    meeting = motion.item.meeting
    hold_meeting(meeting)
    lock_motion(motion)
    mine = own_ballot(motion, actor)
    minutes = minutes_of(meeting.id)
    if minutes is not None and minutes.published_at is not None:
        raise WrongState(_("회의록을 공개한 뒤에는 소수 의견을 바꿀 수 없어요."))
    if not may_dissent(motion, mine):
        raise WrongState(_("결정과 다르게 투표한 위원만 소수 의견을 남길 수 있어요."))
    words = checked_text(text, "text", _("소수 의견"), MAX_DISSENT_CHARS, min_chars=0)
    if words == mine.dissent:
        return
    mine.dissent = words
    mine.revision += 1
    db.session.flush()
    record_motion(actor, "meetings.record_dissent", motion, {"seat_id": mine.seat_id})


def own_ballot(motion: Motion, actor: Actor) -> MotionBallot:
    """Return the ballot that the actor cast, or else the one of the seat that they hold or stand in for.

    :raise Forbidden: there is none
    """
    by_seat = {seat.id: by for seat, by in own_seats(actor, motion.item.meeting.term_id)}
    found = [one for one in motion.ballots if one.seat_id in by_seat]
    found.sort(key=lambda one: by_seat[one.seat_id] is not one.by_substitute)
    if not found:
        raise Forbidden(str(NOT_VOTED))
    return found[0]


def may_dissent(motion: Motion, ballot: MotionBallot) -> bool:
    """Return whether a ballot was cast otherwise than what its motion decided."""
    if motion.rule is MotionRule.APPROVAL:
        return motion.outcome in {MotionOutcome.PASSED, MotionOutcome.FAILED}
    agreed = {MotionOutcome.PASSED: Choice.YES, MotionOutcome.FAILED: Choice.NO}
    return motion.outcome in agreed and ballot.choice is not agreed[motion.outcome]
