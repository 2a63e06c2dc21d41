"""What ballots decide: plain arithmetic without a database.

A yes-or-no motion counts against those present who could vote: who abstains or casts no ballot is no yes. Equal votes
of a majority motion follow its tie rule; two thirds know no tie.

An approval motion orders its tasks by approvals. Chosen is what more than half of the ballots cast approve, up to the
places there are. Where tasks with equal approvals would need more places than are left, the tie rule decides: FAILS
leaves them out, AGAIN ends TIED with those before them noted and a further motion between the tied ones, SEED takes
them in the order of SHA-256 of "seed:number", lowest first, as `nlp.opinion.slate` orders ideas.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forum.deliberation.meetings.models import Choice, MotionOutcome, MotionRule, TieRule


@dataclass(frozen=True)
class Counted:
    """Result of an approval motion: the tasks chosen, in their order, and those that share the last place."""

    outcome: MotionOutcome
    chosen: tuple[int, ...]
    tied: tuple[int, ...] = ()


def decide_yes_or_no(rule: MotionRule, tie_rule: TieRule, choices: Sequence[Choice], n_voters: int) -> MotionOutcome:
    """Return what the ballots of a yes-or-no motion decide, a quorum being present."""
    yes, no = choices.count(Choice.YES), choices.count(Choice.NO)
    if rule is MotionRule.TWO_THIRDS:
        return MotionOutcome.PASSED if yes and 3 * yes >= 2 * n_voters else MotionOutcome.FAILED
    if 2 * yes > n_voters:
        return MotionOutcome.PASSED
    is_tie = yes == no > 0
    return MotionOutcome.TIED if is_tie and tie_rule is TieRule.AGAIN else MotionOutcome.FAILED


def decide_approval(
    approvals: Mapping[int, int], numbers: Mapping[int, int], n_ballots: int, places: int, tie_rule: TieRule, seed: str
) -> Counted:
    """Return what the ballots of an approval motion choose, a quorum being present.

    :param approvals: of each task that is still in the round
    :param numbers: of each task, its number in the round
    :param n_ballots: ballots cast, those that approve nothing too
    :param seed: of the round; it orders tasks with equal approvals
    """
    places_by_seed = seed_places(seed, numbers)
    order = sorted(
        (task for task in approvals if 2 * approvals[task] > n_ballots),
        key=lambda task: (-approvals[task], places_by_seed[task]),
    )
    if len(order) <= places or approvals[order[places - 1]] > approvals[order[places]]:
        return _of(order[:places])
    if tie_rule is TieRule.SEED:
        return _of(order[:places])
    last = approvals[order[places]]
    clear = tuple(task for task in order if approvals[task] > last)
    tied = tuple(task for task in order if approvals[task] == last)
    if tie_rule is TieRule.AGAIN:
        return Counted(MotionOutcome.TIED, clear, tied)
    return Counted(_of(clear).outcome, clear, tied)


def seed_places(seed: str, numbers: Mapping[int, int]) -> dict[int, int]:
    """Return each task's place by SHA-256 of "seed:number", lowest first, from 0."""
    order = sorted(numbers, key=lambda task: hashlib.sha256(f"{seed}:{numbers[task]}".encode()).hexdigest())
    return {task: place for place, task in enumerate(order)}


def _of(chosen: Sequence[int]) -> Counted:
    return Counted(MotionOutcome.PASSED if chosen else MotionOutcome.FAILED, tuple(chosen))
