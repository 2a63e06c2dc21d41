"""Positions of people from the votes they cast: probabilistic principal components on observed cells only.

Tipping & Bishop 1999, with gaps left out instead of filled (Ilin & Raiko 2010). A pass is a 0 that weighs little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp.opinion.cells import Cells

PASS_WEIGHT = 0.2
MIN_NOISE = 1e-3  # smallest variance of a vote around what the positions say
Floats = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Positions:
    """A vote of person i on idea j is about `offsets[j] + people[i] @ ideas[j]`; the first axis tells most.

    :param people: (n_people, rank), scaled so that distances are distances between the votes foretold
    :param ideas: (n_ideas, rank), orthonormal columns
    :param offsets: (n_ideas,)
    :param noise: variance of a vote around what is foretold
    :param scale: (rank,) how far people spread on each axis
    """

    people: Floats
    ideas: Floats
    offsets: Floats
    noise: float
    scale: Floats

    def place(self, cells: Cells) -> Floats:
        """Return the positions of other people on the same axes, (n_people, rank)."""
        means, _spreads = _people(cells, self._state())
        return np.asarray(means * self.scale, dtype=np.float32)

    def _state(self) -> _State:
        loadings = np.column_stack([self.ideas * self.scale, self.offsets])
        return _State(loadings.astype(np.float32), self.noise)


@dataclass
class _State:
    loadings: Floats  # (n_ideas, rank + 1): loadings, then the offset
    noise: float


def fit_positions(cells: Cells, rank: int, rng: np.random.Generator, n_iter: int = 20) -> Positions:
    """Fit the positions by expectation–maximisation.

    :param rank: number of axes; fewer where there are fewer people or ideas
    """
    n_people, n_ideas = cells.shape
    rank = max(1, min(rank, n_people, n_ideas))
    start = rng.normal(0, 0.3, (n_ideas, rank + 1))
    start[:, rank] = _mean_votes(cells)
    state = _State(start.astype(np.float32), 0.5)
    weights = np.ones(n_people, dtype=np.float32)
    for _round in range(n_iter):
        means, spreads = _people(cells, state)
        state = _ideas(cells, means, spreads, weights)
    means, _spreads = _people(cells, state)
    return _rotated(means, state)


def refit_positions(cells: Cells, start: Positions, weights: Floats, n_iter: int = 1) -> Positions:
    """Fit again from `start` with a weight for each person, (n_people,)."""
    state = start._state()
    for _round in range(n_iter):
        means, spreads = _people(cells, state)
        state = _ideas(cells, means, spreads, weights)
    means, _spreads = _people(cells, state)
    return _rotated(means, state)


def _mean_votes(cells: Cells) -> Floats:
    totals = cells.totals()
    return np.asarray((totals[:, 0] - totals[:, 1]) / (totals[:, 0] + totals[:, 1] + PASS_WEIGHT * totals[:, 2] + 1))


def _people(cells: Cells, state: _State) -> tuple[Floats, Floats]:
    """Return the mean, (n, rank), and the covariance, (n, rank, rank), of each person's position."""
    rank = state.loadings.shape[1] - 1
    loadings, offsets = state.loadings[:, :rank], state.loadings[:, rank:]
    upper = np.triu_indices(rank)
    products = loadings[:, upper[0]] * loadings[:, upper[1]]
    n_products = products.shape[1]
    both = np.concatenate([products, loadings * offsets, loadings], axis=1)
    agree, disagree = cells.agree @ both, cells.disagree @ both
    passed = cells.passed @ both[:, : n_products + rank]
    weighted = agree[:, : n_products + rank] + disagree[:, : n_products + rank] + np.float32(PASS_WEIGHT) * passed
    precision = _symmetric(weighted[:, :n_products] / np.float32(state.noise), rank)
    precision += np.eye(rank, dtype=np.float32)
    pull = agree[:, n_products + rank :] - disagree[:, n_products + rank :] - weighted[:, n_products:]
    spreads = np.linalg.inv(precision)
    return np.einsum("nij,nj->ni", spreads, pull / np.float32(state.noise)), spreads


def _ideas(cells: Cells, means: Floats, spreads: Floats, weights: Floats) -> _State:
    """Return loadings, offsets and noise that fit the people's positions best."""
    n, rank = means.shape
    upper = np.triu_indices(rank + 1)
    extended = np.concatenate([means, np.ones((n, 1), dtype=np.float32)], axis=1)
    products = extended[:, upper[0]] * extended[:, upper[1]]
    for column, (row, other) in enumerate(zip(*upper, strict=True)):
        if other < rank:
            products[:, column] += spreads[:, row, other]
    n_products = products.shape[1]
    both = np.concatenate([products, extended], axis=1) * weights[:, None]
    agree, disagree, passed = cells.agree.T @ both, cells.disagree.T @ both, cells.passed.T @ both
    weighted = (agree + disagree + np.float32(PASS_WEIGHT) * passed)[:, :n_products]
    gram = _symmetric(weighted, rank + 1).astype(np.float64)
    pull = (agree - disagree)[:, n_products:].astype(np.float64)
    ridge = np.full(rank + 1, 0.5)
    solved = np.linalg.solve(gram + np.diag(ridge), pull[:, :, None])[:, :, 0]
    squares = float((agree + disagree)[:, n_products - 1].sum())  # the last product is 1: a sum of weights
    total = float(weighted[:, n_products - 1].sum())
    error = squares - 2 * float((solved * pull).sum()) + float(np.einsum("mi,mij,mj->", solved, gram, solved))
    noise = max(error / max(total, 1e-9), MIN_NOISE)
    return _State(solved.astype(np.float32), noise)


def _symmetric(upper: Floats, size: int) -> Floats:
    """Return (n, size, size) from the upper triangles, (n, size * (size + 1) / 2)."""
    full = np.empty((len(upper), size, size), dtype=upper.dtype)
    rows, columns = np.triu_indices(size)
    full[:, rows, columns] = upper
    full[:, columns, rows] = upper
    return full


def _rotated(means: Floats, state: _State) -> Positions:
    """Turn the axes so that the first tells most, with a sign that does not depend on the start."""
    rank = means.shape[1]
    loadings, offsets = state.loadings[:, :rank].astype(np.float64), state.loadings[:, rank].astype(np.float64)
    centre = means.mean(axis=0, dtype=np.float64)
    basis, root = np.linalg.qr(loadings)
    foretold = (means - centre) @ root.T
    _values, turn = np.linalg.eigh(foretold.T @ foretold)
    turn = turn[:, ::-1]
    axes = basis @ turn
    sign = np.where(axes.sum(axis=0) < 0, -1.0, 1.0)
    people = foretold @ turn * sign
    # The model gives everybody a spread of 1; means of people with few votes spread less, so they do not tell it.
    scale = np.sqrt(np.maximum(np.diag(turn.T @ root @ root.T @ turn), 1e-12))
    return Positions(people.astype(np.float32), axes * sign, offsets + loadings @ centre, state.noise, scale)
