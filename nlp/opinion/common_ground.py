"""Common ground: how far an idea is agreed on by those who agree least, with an interval.

People are cut into thirds along the axis that divides them most. An idea's common ground is the share of agreement in
the third where it is smallest: its mean over many redraws of people, axis and thirds. A redraw gives each person a
random weight (Bayesian bootstrap, Rubin 1981) and each share the votes its prior is worth, so that the interval is that
of a posterior. The prior of a third's share is what the axis alone foretells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp.opinion.cells import Cells, Floats, Labels, cells_of, membership
from nlp.opinion.factorisation import bridging_intercepts
from nlp.opinion.lowrank import Positions, fit_positions, refit_positions
from nlp.opinion.mixture import learn
from nlp.opinion.polis import group_informed_consensus
from nlp.opinion.shares import everybodys_shares, strength
from nlp.opinion.weights import effective_votes, weighted_cells

N_DRAWS = 200
QUANTILES = (0.05, 0.95)
RANK = 2  # axes fitted; the first is the main one
N_THIRDS = 3
MIN_SHARE = 0.002  # no prior share is nearer to 0 or 1
NO_OPINION = 0.5  # the prior of redrawn shares, worth one vote (Jeffreys 1946): 57 of 57 agreeing is no proof of all
GROUP_PRIOR = 1.0  # votes that everybody's share is worth in a group's: more of them made the intervals too narrow
ORDER_WEIGHTS = {"common_ground": 2.0, "share": 2.0, "factor": 0.5}  # of z-scores; the mix that repeats best
Draws = np.ndarray[Any, Any]


@dataclass(frozen=True)
class CommonGround:
    """Scores of each idea; NaN for an idea without a vote by a person who enters.

    :param score: (n_ideas,) per cent, mean of the worst third's share of agreement
    :param low: (n_ideas,) per cent, `high` too: the middle 90 % of the redraws
    :param order_score: (n_ideas,) the higher the earlier; no percentage
    :param share: (n_ideas,) 0..1, share of agreement among all votes, passes included
    :param group_share: (n_groups, n_ideas) 0..1, with `group_low` and `group_high`; groups in ascending order of number
    :param group_counts: (n_groups, n_ideas, 3) votes that agree, disagree and pass, reweighted if so asked
    :param gic: (n_ideas,) the published group-informed consensus
    :param effective_votes: (n_ideas,) votes, or as many equal ones as the weights leave
    :param worth: votes that everybody's share is worth in each group's
    """

    score: Floats
    low: Floats
    high: Floats
    order_score: Floats
    share: Floats
    group_share: Floats
    group_low: Floats
    group_high: Floats
    group_counts: Floats
    gic: Floats
    effective_votes: Floats
    worth: float


def common_ground(
    votes: Any, labels: Labels, *, shown: Any = None, n_draws: int = N_DRAWS, random_state: int = 0
) -> CommonGround:
    """Score each idea by the votes of people who enter the groups.

    :param votes: as `OpinionGroups.fit` takes it, or `Cells`
    :param labels: (n_people,) the group of each person, negative for none
    :param shown: the probability with which each idea was shown to each person, spread to (n_people, n_ideas); None:
        all alike
    :param n_draws: redraws; the interval needs about 100 or more
    :raise ValueError: not one label per person, a probability outside 0..1
    """
    cells = cells_of(votes)
    if np.shape(labels) != (cells.shape[0],):
        raise ValueError(f"{cells.shape[0]} people have {np.shape(labels)} labels")
    weighted, plain_gic = weighted_cells(cells, shown), _gic(cells, labels)
    enters = cells.entering()
    cells, weighted, labels = cells.rows(enters), weighted.rows(enters), np.asarray(labels)[enters]
    effective = effective_votes(weighted)
    totals = weighted.totals()
    agree, other = totals[:, 0], totals[:, 1] + totals[:, 2]
    share = everybodys_shares(np.column_stack([agree, other]))[:, 0] if len(labels) else np.full(cells.shape[1], np.nan)
    groups = np.unique(labels[labels >= 0])
    counts = weighted.counts(membership(labels, groups))
    rng = np.random.default_rng(random_state)
    worth = GROUP_PRIOR
    n_people, n_ideas = cells.shape
    if not n_people or not cells.n_votes:
        nothing, none = np.full(n_ideas, np.nan), np.full((len(groups), n_ideas), np.nan)
        return CommonGround(
            nothing, nothing, nothing, nothing, nothing, none, none, none, counts, plain_gic, effective, worth
        )
    worst, of_groups = _draws(cells, weighted, labels, groups, share, n_draws, rng)
    score, (low, high) = worst.mean(axis=0), np.quantile(worst, QUANTILES, axis=0)
    group_low, group_high = np.quantile(of_groups, QUANTILES, axis=0)
    group_share = (counts[..., 0] + worth * share) / (counts.sum(axis=-1) + worth)
    unseen = totals.sum(axis=-1) == 0
    order = _order(score, share, bridging_intercepts(cells, rng), ~unseen)
    blank = np.where(unseen, np.nan, 1.0)
    return CommonGround(
        100 * score * blank,
        100 * low * blank,
        100 * high * blank,
        order * blank,
        share * blank,
        group_share * blank,
        np.minimum(group_low, group_share) * blank,
        np.maximum(group_high, group_share) * blank,
        counts,
        plain_gic,
        effective,
        worth,
    )


def thirds(axis: Floats, weights: Floats) -> Labels:
    """Return the third of each person along the axis, 0, 1 or 2, each of a third of the weight."""
    order = np.argsort(axis, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    found = np.empty(len(axis), dtype=np.int64)
    found[order] = np.minimum((N_THIRDS * middle / weights.sum()).astype(np.int64), N_THIRDS - 1)
    return found


def _draws(
    cells: Cells,
    weighted: Cells,
    labels: Labels,
    groups: Labels,
    share: Floats,
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[Draws, Draws]:
    """Return the worst third's share, (n_draws, n_ideas), and the groups' shares, (n_draws, n_groups, n_ideas)."""
    n_people, n_ideas = cells.shape
    start = fit_positions(cells, RANK, rng)
    worth = _worth_of_thirds(weighted, start, share)
    worst = np.empty((n_draws, n_ideas), dtype=np.float32)
    of_groups = np.empty((n_draws, len(groups), n_ideas), dtype=np.float32)
    member = membership(labels, groups)
    for draw in range(n_draws):
        weights = rng.standard_exponential(n_people, dtype=np.float32)
        position = refit_positions(cells, start, weights)
        where = thirds(position.people[:, 0], weights)
        counts = _binary(weighted.counts(membership(where, range(N_THIRDS)) * weights[:, None]))
        # What the axis foretells starts from everybody's share, which is redrawn too.
        everybody = _posterior(counts.sum(axis=0)[None], np.full((1, n_ideas), NO_OPINION), 1.0, rng)[0]
        worst[draw] = _posterior(counts, _foretold(position, where, everybody), worth, rng).min(axis=0)
        if len(groups):
            again = _regrouped(cells, labels, member, weights, groups, rng)
            counts = _binary(weighted.counts(again * weights[:, None]))
            of_groups[draw] = _posterior(counts, np.full(counts.shape[:2], NO_OPINION), 1.0, rng)
    return worst, of_groups


def _regrouped(
    cells: Cells, labels: Labels, member: Floats, weights: Floats, groups: Labels, rng: np.random.Generator
) -> Floats:
    """Return the groups that reweighted people would make, (n_people, n_groups) 0/1; who was in none stays in none.

    Each person is drawn into a group as probably as their votes speak for it. Always the nearest group would say that
    nobody can be in a wrong one: intervals of found groups held 87 of 100 shares instead of 90.
    """
    if len(groups) < 2:
        return member
    log_weights = learn(cells, member, weights).log_weights(cells)
    drawn = (log_weights + rng.gumbel(size=log_weights.shape)).argmax(axis=1)  # in proportion to exp(log_weights)
    again = membership(drawn, range(len(groups)))
    again[labels < 0] = 0
    return again


def _posterior(counts: Floats, prior: Floats, worth: float, rng: np.random.Generator) -> Floats:
    """Return shares with the votes that the prior is worth, these drawn too, (n_parts, n_ideas).

    With people's weights drawn from an exponential, this is a draw from the beta posterior.
    """
    agreeing, others = rng.gamma(worth * prior), rng.gamma(worth * (1 - prior))
    return np.asarray((counts[..., 0] + agreeing) / (counts.sum(axis=-1) + agreeing + others))


def _foretold(position: Positions, where: Labels, share: Floats) -> Floats:
    """Return the share of agreement that the main axis foretells in each third, (3, n_ideas)."""
    size = np.maximum(np.bincount(where, minlength=N_THIRDS), 1)
    centre = np.bincount(where, weights=position.people[:, 0], minlength=N_THIRDS) / size
    shift = np.outer(centre - centre.mean(), position.ideas[:, 0]) / 2  # a vote runs from -1 to 1, a share from 0 to 1
    return np.clip(share + shift, MIN_SHARE, 1 - MIN_SHARE)


def _worth_of_thirds(weighted: Cells, position: Positions, share: Floats) -> float:
    """Return how many votes the foretold share of a third is worth, as the votes themselves advise."""
    where = thirds(position.people[:, 0], np.ones(len(position.people)))
    counts = _binary(weighted.counts(membership(where, range(N_THIRDS))))
    prior = _foretold(position, where, share)
    return strength(counts, np.stack([prior, 1 - prior], axis=-1))


def _binary(counts: Floats) -> Floats:
    """Return votes that agree and all others, (…, 2)."""
    return np.stack([counts[..., 0], counts[..., 1] + counts[..., 2]], axis=-1)


def _gic(cells: Cells, labels: Labels) -> Floats:
    labels = np.asarray(labels)
    return group_informed_consensus(cells.counts(membership(labels, np.unique(labels[labels >= 0]))))


def _order(score: Floats, share: Floats, factor: Floats, seen: Floats) -> Floats:
    parts = {"common_ground": score, "share": share, "factor": factor}
    return np.asarray(sum(weight * _z(parts[name], seen) for name, weight in ORDER_WEIGHTS.items()))


def _z(values: Floats, seen: Floats) -> Floats:
    spread = values[seen].std()
    return np.asarray((values - values[seen].mean()) / spread if spread > 0 else np.zeros(len(values)))
