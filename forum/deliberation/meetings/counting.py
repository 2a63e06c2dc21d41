"""Count the ballots of a motion that is being closed."""

from __future__ import annotations

from dataclasses import dataclass, field

from forum.deliberation.council.quorum import Quorum
from forum.deliberation.meetings.models import CouncilMeeting, Motion, MotionOutcome, MotionRule
from forum.deliberation.meetings.outcomes import decide_approval, decide_yes_or_no
from forum.deliberation.meetings.queries import counted_present, is_gone
from forum.deliberation.meetings.ties import is_tied


@dataclass(frozen=True)
class Count:
    """outcome : what was decided; chosen : of an approval motion, in order; approvals : of the tasks still in the round
    n_voters : of a yes-or-no motion, those present who could vote on it
    """

    outcome: MotionOutcome
    chosen: tuple[int, ...] = ()
    approvals: dict[int, int] = field(default_factory=dict)
    n_voters: int | None = None


def count_motion(motion: Motion, meeting: CouncilMeeting, quorum: Quorum) -> Count:
    """Return the count of a motion whose meeting is locked; without a quorum it decides nothing."""
    if motion.rule is MotionRule.APPROVAL:
        return _count_approvals(motion, meeting, quorum)
    n_voters = sum(not is_tied(motion.item.task, one) for one in counted_present(meeting))
    if not quorum.is_reached:
        return Count(MotionOutcome.NO_QUORUM, n_voters=min(n_voters, quorum.present))
    choices = [one.choice for one in motion.ballots]
    outcome = decide_yes_or_no(motion.rule, motion.tie_rule, choices, n_voters)
    return Count(outcome, n_voters=n_voters)


def _count_approvals(motion: Motion, meeting: CouncilMeeting, quorum: Quorum) -> Count:
    numbers = {one.task_id: one.task.number for one in motion.options if not is_gone(one.task)}
    approvals = {task_id: sum(task_id in one.approved for one in motion.ballots) for task_id in numbers}
    if not quorum.is_reached:
        return Count(MotionOutcome.NO_QUORUM, approvals=approvals)
    assert meeting.round is not None, "only meetings of a round choose tasks"
    seed, n_ballots = meeting.round.seed, len(motion.ballots)
    decided = decide_approval(approvals, numbers, n_ballots, motion.places, motion.tie_rule, seed)
    return Count(decided.outcome, decided.chosen, approvals)
