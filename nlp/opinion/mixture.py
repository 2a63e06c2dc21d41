"""Groups of people whose votes are alike, as a mixture over the votes they cast.

Each group has a share of agreement among those who agree or disagree, and a share of passes, per idea, both shrunk
toward everybody's. Whether somebody passes weighs less than what they say, or people would be sorted
by how often they pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from nlp.opinion.cells import Cells

PASS_SAYS = 0.25  # weight of passing or not, beside agreeing or disagreeing
PRIOR_VOTES = 16.0  # votes that everybody's share is worth in each group's
MAX_ITER = 30
TOLERANCE = 1e-3  # largest change of a membership at which the rounds end
N_STARTS = 10  # k-means starts
HABIT_SAYS = 0.75  # weight of the habit of passing beside the positions, in the first guess
HABIT_PRIOR = 6.0  # votes that having no habit is worth
Floats = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Mixture:
    """What each group says about each idea, (n_groups, n_ideas), and how large the groups are, (n_groups,)."""

    agreement: Floats
    passing: Floats
    sizes: Floats

    def log_tables(self) -> tuple[Floats, Floats, Floats]:
        """Return what an agreeing, a disagreeing and a passing vote say for each group, (n_ideas, n_groups) each."""
        stays = PASS_SAYS * np.log(1 - self.passing)
        agree, disagree = np.log(self.agreement) + stays, np.log(1 - self.agreement) + stays
        return tuple(table.T.astype(np.float32) for table in (agree, disagree, PASS_SAYS * np.log(self.passing)))  # type: ignore[return-value]

    def log_weights(self, cells: Cells) -> Floats:
        """Return how well each group foretells each person's votes, (n_people, n_groups), up to a constant."""
        tables = self.log_tables()
        total = sum(kind @ table for kind, table in zip(cells.kinds, tables, strict=True))
        return np.asarray(total + np.log(self.sizes / self.sizes.sum()).astype(np.float32))


def learn(cells: Cells, memberships: Floats, weights: Floats | None = None) -> Mixture:
    """Return the groups' shares from memberships, (n_people, n_groups), and weights of people, (n_people,)."""
    weighted = memberships if weights is None else memberships * weights[:, None]
    return mixture_of_counts(cells.counts(weighted), weighted.sum(axis=0))


def mixture_of_counts(counts: Floats, sizes: Floats) -> Mixture:
    """Return the groups' shares from what is kept of them: no person is needed.

    :param counts: (n_groups, n_ideas, 3) votes that agree, disagree and pass
    :param sizes: (n_groups,) people of each group
    """
    said, all_of = counts.sum(axis=0), counts.sum(axis=-1)
    everybody = (said[:, 0] + 1) / (said[:, 0] + said[:, 1] + 2)
    passes = (said[:, 2] + 0.5) / (said.sum(axis=-1) + 1)
    agreement = (counts[..., 0] + PRIOR_VOTES * everybody) / (counts[..., 0] + counts[..., 1] + PRIOR_VOTES)
    passing = (counts[..., 2] + PRIOR_VOTES * passes) / (all_of + PRIOR_VOTES)
    return Mixture(agreement, passing, np.asarray(sizes) + 1)


def softmax(log_weights: Floats) -> Floats:
    """Return memberships from log weights, rows that add up to 1."""
    raised = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def fit_mixture(
    cells: Cells, start: Floats, weights: Floats | None = None, max_iter: int = MAX_ITER
) -> tuple[Floats, Mixture]:
    """Improve memberships round by round (expectation–maximisation).

    :param start: (n_people, n_groups)
    :return: memberships, (n_people, n_groups), and what the groups say
    """
    memberships, mixture = start, learn(cells, start, weights)
    for _round in range(max_iter):
        improved = softmax(mixture.log_weights(cells))
        change = float(np.abs(improved - memberships).max(initial=0.0))
        memberships, mixture = improved, learn(cells, improved, weights)
        if change < TOLERANCE:
            break
    return memberships, mixture


def habits(cells: Cells) -> Floats:
    """Return how much oftener people pass than others on the same ideas, (n_people,), shrunk toward 0."""
    totals = cells.totals()
    share = ((totals[:, 2] + 0.5) / (totals.sum(axis=-1) + 1)).astype(np.float32)
    expected = sum(kind @ share for kind in cells.kinds)
    return np.asarray((cells.passed.sum(axis=1) - expected) / (cells.votes_per_person() + HABIT_PRIOR))


def with_habits(positions: Floats, cells: Cells) -> Floats:
    """Return positions with one more axis, the habit of passing, on the scale of the votes foretold."""
    scale = np.sqrt(HABIT_SAYS * cells.shape[1])
    return np.column_stack([positions, scale * habits(cells)]).astype(np.float32)


def start_from_positions(positions: Floats, n_groups: int, seed: int) -> Floats:
    """Return a first guess by k-means over positions, (n_people, n_groups) 0/1."""
    from sklearn.cluster import KMeans  # not needed to place one more person, which web processes do

    with threadpool_limits(limits=1):  # waiting threads cost more than so small a task, and a sum's order would vary
        labels = KMeans(n_groups, n_init=N_STARTS, random_state=seed).fit_predict(positions)
    return np.eye(n_groups, dtype=np.float32)[labels]
