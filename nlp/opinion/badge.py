"""Which ideas are common ground, and how many coordinated people it would take to win that badge or to take it away.

The rule: the lower bound of agreement (one-sided 95 %) is at least 60 % in every group of max(30 people, 5 %), with 15
votes or more in each. So that a few people cannot make it: with max(10 people, 3 %) of its supporters taken out of any
one group the idea must still pass, and as many opponents put into any one group must not take the badge away. An idea
that has the badge keeps it down to 57 %.
Costs are lower bounds for people who join the groups as they are: they err towards fewer people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv

from nlp.opinion.cells import AGREE, Floats

MIN_AGREEMENT = 0.60  # lower bound, in each group that counts
KEPT_AGREEMENT = 0.57  # the same, of an idea that has the badge
QUANTILE = 0.05
MIN_PEOPLE, MIN_PEOPLE_SHARE = 30, 0.05  # a smaller group has no say of its own
MIN_VOTES = 15  # in each group that counts
FLOOR, FLOOR_SHARE = 10, 0.03  # a badge that fewer people could win or take away is not given
CAUTION = 0.015  # the costs allow for groups and redraws that turn out a little differently
MAX_TIMES = 20  # an idea that takes more people than this many times the present number cannot be won
Bools = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Badges:
    """What holds of each idea; costs are numbers of people, NaN where there is none.

    :param badge: (n_ideas,) bool
    :param cost_to_win: (n_ideas,) without the badge: agreeing people who would win it, 1 or more, NaN for more than
        could be; with it: supporters without whom it would not pass
    :param cost_to_lose: (n_ideas,) opponents who would take the badge away; NaN without it
    """

    badge: Bools
    cost_to_win: Floats
    cost_to_lose: Floats


@dataclass(frozen=True)
class _Rule:
    """The votes by group, (n_groups, n_ideas), and what the bound is made of.

    :param wider: how far the redraws' lower bound lies under that of the counts alone
    """

    agree: Floats
    votes: Floats
    sizes: Floats
    worth: float
    wider: Floats

    @property
    def n_people(self) -> float:
        return float(self.sizes.sum())

    @property
    def limit(self) -> float:
        return max(MIN_PEOPLE, MIN_PEOPLE_SHARE * self.n_people)

    @property
    def floor(self) -> int:
        return floor_of(int(self.n_people))

    def share(self, agreeing: Any = 0.0, others: Any = 0.0) -> Floats:
        """Return everybody's share of agreement with some people more, (n_ideas,)."""
        agree, votes = self.agree.sum(axis=0) + agreeing, np.maximum(self.votes.sum(axis=0) + agreeing + others, 0)
        return np.asarray(np.clip((agree + 0.5) / (votes + 1), 1e-6, 1 - 1e-6))

    def passes(self, group: int, at: float, share: Floats, agreeing: Any = 0.0, others: Any = 0.0) -> Bools:
        """Return where the lower bound of a group reaches `at` with some people more in it (fewer where negative)."""
        agree = np.maximum(self.agree[group] + agreeing, 0.0)
        votes = np.maximum(self.votes[group] + agreeing + others, agree)
        a, b = agree + self.worth * share, votes - agree + self.worth * (1 - share)
        bound = np.minimum(at + self.wider[group], 1 - 1e-9)
        return np.asarray((betainc(a, b, bound) <= QUANTILE) & (votes >= MIN_VOTES))


def floor_of(n_people: int) -> int:
    """Return with how few coordinated people no badge may be won or lost: max(10, 3 %)."""
    return int(max(FLOOR, np.ceil(FLOOR_SHARE * n_people)))


def badges(counts: Floats, sizes: Floats, group_low: Floats, worth: float, had: Bools | None = None) -> Badges:
    """Give the badge by the rule above.

    :param counts: (n_groups, n_ideas, 3) votes that agree, disagree and pass
    :param sizes: (n_groups,) people of each group
    :param group_low: (n_groups, n_ideas) 0..1, the redraws' lower bound of agreement
    :param worth: votes that everybody's share is worth in a group's
    :param had: (n_ideas,) which ideas have the badge; None: none
    """
    n_ideas = counts.shape[1]
    had = np.zeros(n_ideas, dtype=bool) if had is None else np.asarray(had, dtype=bool)
    rule = _rule(counts, sizes, group_low, worth)
    counting = [int(group) for group in np.flatnonzero(rule.sizes >= rule.limit)]
    if not counting:
        nobody = np.full(n_ideas, np.nan)
        return Badges(np.zeros(n_ideas, dtype=bool), nobody, nobody)
    now = rule.share()
    passes = np.all([rule.passes(group, MIN_AGREEMENT, now) for group in counting], axis=0)
    keeps = np.all([rule.passes(group, KEPT_AGREEMENT, now) for group in counting], axis=0)
    to_lose, to_undo = _cost_to_lose(rule, counting), _cost_to_undo(rule, counting)
    badge = np.where(had, keeps, passes & (to_lose >= rule.floor) & (to_undo >= rule.floor))
    to_win = _cost_to_win(rule)
    return Badges(badge, np.where(badge, to_undo, to_win), np.where(badge, to_lose, np.nan))


def _rule(counts: Floats, sizes: Floats, group_low: Floats, worth: float) -> _Rule:
    agree, votes = counts[..., AGREE], counts.sum(axis=-1)
    plain = _Rule(agree, votes, np.asarray(sizes, dtype=np.float64), worth, np.zeros_like(agree))
    share = plain.share()
    alone = betaincinv(agree + worth * share, votes - agree + worth * (1 - share), QUANTILE)
    wider = np.nan_to_num(np.maximum(alone - group_low, 0.0))
    return _Rule(agree, votes, plain.sizes, worth, wider)


def _cost_to_lose(rule: _Rule, counting: Sequence[int]) -> Floats:
    """Return with how few opponents an idea falls under what keeps a badge; 1 where it is there already.

    They join the weakest group, or make a group of their own, or lift a small group that disagrees over the limit.
    """
    n_ideas, at = rule.agree.shape[1], KEPT_AGREEMENT + CAUTION
    cost = np.full(n_ideas, np.ceil(max(MIN_PEOPLE, MIN_PEOPLE_SHARE * rule.n_people)))
    for group in counting:
        cost = np.minimum(
            cost,
            _first_failure(
                lambda d, group=group: rule.passes(group, at, rule.share(0.0, d), 0.0, d),
                cost,
            ),
        )
    now = rule.share()
    for group in [int(small) for small in np.flatnonzero(rule.sizes < rule.limit)]:
        missing = max(np.ceil(rule.limit - rule.sizes[group]), 1.0)
        cost = np.where(rule.passes(group, at, now, 0.0, missing), cost, np.minimum(cost, missing))
    return cost


def _cost_to_undo(rule: _Rule, counting: Sequence[int]) -> Floats:
    """Return how few supporters, taken out of one group, leave an idea that would not pass."""
    cost = np.full(rule.agree.shape[1], np.ceil(rule.n_people))
    for group in counting:
        cost = np.minimum(
            cost,
            _first_failure(
                lambda d, group=group: rule.passes(group, MIN_AGREEMENT, rule.share(-d), -d),
                cost,
            ),
        )
    return cost


def _cost_to_win(rule: _Rule) -> Floats:
    """Return with how few agreeing people an idea would have the badge, spread over the groups as is best for them.

    Many people also push small groups under the limit, so that these have no say any more.
    """
    n_ideas, most = rule.agree.shape[1], np.ceil(MAX_TIMES * rule.n_people)
    low, high = np.zeros(n_ideas), np.full(n_ideas, most)
    reachable = _is_won(rule, high)
    while bool((high - low > 1).any()):
        middle = np.floor((low + high) / 2)
        won = _is_won(rule, middle)
        high, low = np.where(won, middle, high), np.where(won, low, middle)
    return np.where(reachable, np.maximum(high, 1), np.nan)


def _is_won(rule: _Rule, people: Floats) -> Bools:
    """Return where that many agreeing people are enough, (n_ideas,)."""
    share = rule.share(people)
    needed = np.zeros_like(people)
    limit = np.maximum(MIN_PEOPLE, MIN_PEOPLE_SHARE * (rule.n_people + people))
    for group, size in enumerate(rule.sizes):
        in_group = _needed(rule, group, share, people)
        needed += np.where(size >= limit, in_group, 0.0)
    is_counted = rule.sizes.max() + people >= limit
    return np.asarray((needed <= people) & is_counted)


def _needed(rule: _Rule, group: int, share: Floats, most: Floats) -> Floats:
    """Return with how few agreeing people more a group passes by all parts of the rule; more than `most` for none."""
    win, keep, floor = MIN_AGREEMENT - CAUTION, KEPT_AGREEMENT - CAUTION, float(rule.floor)

    def fails(d: Floats) -> Bools:
        return ~(
            rule.passes(group, win, share, d)
            & rule.passes(group, win, share, d - floor)
            & rule.passes(group, keep, share, d, floor)
        )

    low, high = np.full_like(most, -1.0), most + 1
    while bool((high - low > 1).any()):
        middle = np.floor((low + high) / 2)
        failing = fails(middle)
        low, high = np.where(failing, middle, low), np.where(failing, high, middle)
    return np.maximum(high, 0.0)  # a group that passes with a person less lends nobody to another group


def _first_failure(passes: Any, most: Floats) -> Floats:
    """Return the fewest people, 1 … most, with which an idea passes no more; `most` where it always does."""
    low, high = np.zeros_like(most), most.copy()
    while bool((high - low > 1).any()):
        middle = np.floor((low + high) / 2)
        passing = passes(middle)
        low, high = np.where(passing, middle, low), np.where(passing, high, middle)
    return np.maximum(high, 1.0)
