"""How well groups foretell votes they have not seen, and whether they come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from nlp.opinion.cells import Cells, Floats, Labels, membership
from nlp.opinion.shares import everybodys_shares, group_shares

HIDDEN_SHARE = 0.1
SEEDS = (0, 1, 2)
Grouping = Callable[[Cells], Labels]


@dataclass(frozen=True)
class Holdout:
    """Means over the seeds; None where there was nothing to measure.

    :param logloss: natural log per hidden vote; agreeing, disagreeing or passing
    :param stance_logloss: the same among votes that agree or disagree
    :param ari_self: adjusted Rand index of the groups of all votes with those of the votes not hidden
    """

    logloss: float | None
    stance_logloss: float | None
    ari_self: float | None


def holdout(cells: Cells, group: Grouping, labels: Labels) -> Holdout:
    """Hide a tenth of the votes, group people by the rest, and foretell what was hidden.

    :param group: returns a group number for each person, negative for none
    :param labels: the groups of all votes
    """
    losses, stances, likeness = [], [], []
    for seed in SEEDS:
        stay, hidden = cells.split(np.random.default_rng(seed).random(cells.n_votes) < HIDDEN_SHARE)
        found = group(stay)
        losses.append(loss_of(stay, hidden, found, (0, 1, 2)))
        stances.append(loss_of(stay, hidden, found, (0, 1)))
        both = (labels >= 0) & (found >= 0)
        likeness.append(float(adjusted_rand_score(labels[both], found[both])) if both.any() else None)
    return Holdout(_mean(losses), _mean(stances), _mean(likeness))


def loss_of(stay: Cells, hidden: Cells, labels: Labels, kinds: tuple[int, ...]) -> float | None:
    """Return the mean loss of hidden votes of some kinds, each told by the shares of its person's group."""
    groups = np.unique(labels[labels >= 0])
    prior = everybodys_shares(stay.totals()[:, kinds])
    shares = prior[None]
    if len(groups):
        counts = stay.counts(membership(labels, groups))[..., kinds]
        shares = np.concatenate([group_shares(counts, prior), shares])
    row = np.where(labels >= 0, np.searchsorted(groups, labels), len(groups))
    told: list[Floats] = []
    for place, kind in enumerate(kinds):
        votes = hidden.kinds[kind]
        person = np.repeat(np.arange(votes.shape[0]), np.diff(votes.indptr))
        told.append(shares[row[person], votes.indices, place])
    every = np.concatenate(told)
    return float(-np.log(every).mean()) if len(every) else None


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
