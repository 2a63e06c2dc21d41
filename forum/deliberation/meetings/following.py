"""What meetings do when a task leaves its round, a member declares a conflict, or the council records its result."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from forum.core.access import Actor
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.meetings.facts import MOTIONS
from forum.deliberation.meetings.locking import lock_meeting, lock_motion
from forum.deliberation.meetings.models import Choice, Motion, MotionRule, MotionState
from forum.deliberation.meetings.queries import chosen_by, deciding_motion, open_motions_on
from forum.deliberation.rounds.models import ConflictStatement, CouncilTask, RoundStage, TaskState
from forum.deliberation.rounds.queries import tasks_of
from forum.system.audit.services import record


def follow_leaving(task: CouncilTask, actor: Actor) -> None:
    """Stop an open vote on a task that was withdrawn or merged; of an approval motion only that task is taken out.

    A yes-or-no motion on it goes back to not being opened, without ballots: nothing is decided on it.
    """
    for motion in _locked_motions(task):
        if motion.rule is MotionRule.APPROVAL:
            _take_task_out(motion, task.id)
        else:
            for ballot in motion.ballots:
                db.session.delete(ballot)
            db.session.flush()
            motion.state, motion.opened_at = MotionState.PLANNED, None
        _record(actor, "meetings.stop_vote", motion, {"task_id": task.id})


def follow_conflict(statement: ConflictStatement, actor: Actor) -> None:
    """Take the member's open ballot on the task out. A closed motion stays, and its page says so."""
    if statement.seat_id is None:
        return
    for motion in _locked_motions(statement.task):
        if motion.rule is MotionRule.APPROVAL:
            n_changed = _take_task_out(motion, statement.task_id, statement.seat_id)
        else:
            own = [one for one in motion.ballots if one.seat_id == statement.seat_id]
            for ballot in own:
                db.session.delete(ballot)
            n_changed = len(own)
        if n_changed:
            after = {"task_id": statement.task_id, "seat_id": statement.seat_id}
            _record(actor, "meetings.take_out_ballot", motion, after)


def require_motion(stage: RoundStage, chosen: Collection[int], _actor: Actor) -> None:
    """Refuse a result of the assembly that is not what its newest approval motion that passed chose.

    A task that was withdrawn or merged after the vote is left out of the comparison.

    :raise WrongState: no such motion, or it chose other tasks
    """
    motion = deciding_motion(stage.round_id)
    if motion is None:
        raise WrongState(_("총회에서 과제를 고르는 표결이 가결된 뒤에 결과를 적을 수 있어요."))
    there = {one.id for one in tasks_of(stage.round_id, TaskState.IN_ROUND)}
    voted = chosen_by(motion) & there
    if set(chosen) != voted:
        numbers = ", ".join(str(one.number) for one in tasks_of(stage.round_id) if one.id in voted)
        raise WrongState(_("총회 표결에서 고른 과제와 달라요. 표결에서 고른 과제의 번호: %(numbers)s", numbers=numbers))


def _locked_motions(task: CouncilTask) -> list[Motion]:
    """Return the open motions on a task, locked after their meetings. Some may have closed meanwhile: they stay."""
    found = open_motions_on(task.id)
    for meeting in sorted({one.item.meeting for one in found}, key=lambda one: one.id):
        lock_meeting(meeting)
    for motion in found:
        lock_motion(motion)
    return [one for one in found if one.state is MotionState.OPEN]


def _take_task_out(motion: Motion, task_id: int, seat_id: int | None = None) -> int:
    """Take a task out of the ballots of an approval motion, or of one ballot; return of how many."""
    n_changed = 0
    for ballot in motion.ballots:
        if task_id in ballot.approved and seat_id in {None, ballot.seat_id}:
            ballot.approved = [one for one in ballot.approved if one != task_id]
            ballot.choice = Choice.YES if ballot.approved else Choice.ABSTAIN
            ballot.revision += 1
            n_changed += 1
    return n_changed


def _record(actor: Actor, action: str, motion: Motion, after: Mapping[str, object]) -> None:
    motion.revision += 1
    db.session.flush()
    db.session.expire(motion, ["ballots"])
    record(actor, action, motion, after=after, facts=MOTIONS.of([motion.id]))
