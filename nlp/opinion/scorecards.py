"""Rank tasks by the scores that members give on weighted criteria, and say how sure the ranks are.

A member's score of a task is the weighted mean over the criteria, 1 to 5: a weighted-sum model, as in multi-criteria
decision analysis (Fishburn 1967). A task's score is the mean over its members. Ranks are bootstrapped: the members of
each task are drawn again with replacement and the tasks ranked anew (Hall and Miller 2009, "Using the bootstrap to
quantify the authority of an empirical ranking"); the interval of a rank holds the middle 90 % of the draws.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

import numpy as np

N_DRAWS = 1_000
INTERVAL = (5.0, 95.0)  # percentiles: a 90 % interval
FAR_POINTS = 1.5  # weighted points from the median of the task
FAR_SPREADS = 2.0  # and so many interquartile ranges from it
MIN_TO_COMPARE = 4  # with fewer cards nobody is far from the others
Key = TypeVar("Key", bound=Hashable)
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Ranked(Generic[Key]):
    """One task.

    rank : 1 is the best; tasks without a card come last
    n : cards that count
    mean, median : of the members' weighted scores, 1..5; None without a card
    spread : interquartile range of them, 0..4
    low, high : 90 % interval of the rank; None without a card
    distribution : for each criterion how many gave 1, 2, 3, 4 and 5
    far : positions of the cards whose weighted score is far from the median
    """

    key: Key
    rank: int
    n: int
    mean: float | None
    median: float | None
    spread: float | None
    low: int | None
    high: int | None
    distribution: tuple[tuple[int, int, int, int, int], ...]
    far: tuple[int, ...]


def rank_tasks(
    cards: Mapping[Key, Sequence[Sequence[int]]],
    weights: Sequence[float],
    *,
    seed: str,
    draws: int = N_DRAWS,
) -> list[Ranked[Key]]:
    """Rank tasks by the mean of their weighted scores, the best first.

    Equal means go to the higher median, then to the lower SHA-256 of `seed:key`, as in `nlp.opinion.slate`.

    :param cards: for each task the cards that count, each with one score of 1 to 5 on each criterion
    :param weights: of the criteria, positive, in the order of the scores
    :param seed: published before the scoring; it settles ties and draws the members
    :param draws: how often the members are drawn anew
    :raise ValueError: a score that is none, a card that lacks one, or weights that are not positive
    """
    shares = _shares(weights)
    tables = {key: _table(rows, len(shares)) for key, rows in cards.items()}
    scores = {key: table @ shares for key, table in tables.items()}
    order = sorted(tables, key=lambda key: _place(key, scores[key], seed))
    low, high = _intervals([scores[key] for key in order], seed, draws)
    return [
        Ranked(
            key=key,
            rank=place + 1,
            n=len(scores[key]),
            mean=_rounded(scores[key].mean()) if len(scores[key]) else None,
            median=_rounded(np.median(scores[key])) if len(scores[key]) else None,
            spread=_rounded(_spread(scores[key])) if len(scores[key]) else None,
            low=low[place] if len(scores[key]) else None,
            high=high[place] if len(scores[key]) else None,
            distribution=tuple(_counts(tables[key][:, column]) for column in range(len(shares))),
            far=_far(scores[key]),
        )
        for place, key in enumerate(order)
    ]


def _shares(weights: Sequence[float]) -> Array:
    shares = np.asarray(weights, dtype=float)
    if not len(shares) or not (shares > 0).all():
        raise ValueError(f"weights must be positive, not {list(weights)}")
    return np.asarray(shares / shares.sum())


def _table(rows: Sequence[Sequence[int]], n_criteria: int) -> Array:
    """:raise ValueError: a card with another number of scores, or a score outside 1..5"""
    table = np.asarray(rows, dtype=int).reshape(len(rows), -1) if len(rows) else np.zeros((0, n_criteria), dtype=int)
    if table.shape[1] != n_criteria:
        raise ValueError(f"a card needs {n_criteria} scores, not {table.shape[1]}")
    if len(table) and not ((table >= 1) & (table <= 5)).all():
        raise ValueError("a score is 1 to 5")
    return table


def _place(key: Hashable, scores: Array, seed: str) -> tuple[bool, float, float, str]:
    """Return what a task is ordered by; tasks without a card come last."""
    chance = sha256(f"{seed}:{key}".encode()).hexdigest()
    if not len(scores):
        return True, 0.0, 0.0, chance
    return False, -_rounded(scores.mean()), -_rounded(np.median(scores)), chance


def _intervals(scores: Sequence[Array], seed: str, draws: int) -> tuple[list[int], list[int]]:
    """Return the ends of each task's rank interval, for tasks in the order of their ranks."""
    n_scored = sum(1 for one in scores if len(one))
    if not n_scored or not draws:
        return [0] * len(scores), [0] * len(scores)
    random = np.random.default_rng(list(sha256(seed.encode()).digest()))
    drawn = np.array([one[random.integers(len(one), size=(draws, len(one)))].mean(axis=1) for one in scores[:n_scored]])
    # Equal means keep the order of the ranks, so that a tie is settled as it is in the ranking itself.
    places = np.argsort(np.argsort(-drawn.round(9), axis=0, kind="stable"), axis=0) + 1
    ends = np.percentile(places, INTERVAL, axis=1, method="nearest").astype(int)
    missing = [0] * (len(scores) - n_scored)
    return [*ends[0].tolist(), *missing], [*ends[1].tolist(), *missing]


def _spread(scores: Array) -> float:
    low, high = np.percentile(scores, [25, 75])
    return float(high - low)


def _far(scores: Array) -> tuple[int, ...]:
    """Return the cards that are FAR_POINTS or more from the median, and more than FAR_SPREADS of its spread."""
    if len(scores) < MIN_TO_COMPARE:
        return ()
    distance = np.abs(scores - np.median(scores))
    is_far = (distance >= FAR_POINTS - 1e-9) & (distance > FAR_SPREADS * _spread(scores))
    return tuple(np.flatnonzero(is_far).tolist())


def _counts(column: Array) -> tuple[int, int, int, int, int]:
    one, two, three, four, five = np.bincount(column, minlength=6)[1:6].tolist()
    return one, two, three, four, five


def _rounded(value: Any) -> float:
    """Return a score without the noise of floating sums, so that equal means are equal and a recount agrees.

    Nine digits: a mean of hundredths over fewer than 256 cards never lies between two of them, as with six it may.
    """
    return round(float(value), 9)
