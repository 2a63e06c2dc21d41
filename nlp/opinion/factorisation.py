"""What is left of an idea's approval when the side people stand on is explained away (as in Community Notes).

A vote is about mean + person + idea + side of the person × side of the idea; the idea's own term is its score
(Wojcik et al. 2022, with their penalties; here a pass is half of what is written there as "somewhat helpful": 0).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nlp.opinion.cells import Cells, Floats

PENALTY_OWN, PENALTY_SIDE = 0.15, 0.03  # per vote
N_ITER = 15


def bridging_intercepts(cells: Cells, rng: np.random.Generator) -> Floats:
    """Return each idea's own term, (n_ideas,)."""
    n_people, n_ideas = cells.shape
    seen, value = cells.agree + cells.disagree + cells.passed, cells.agree - cells.disagree
    mean = float(value.sum()) / max(cells.n_votes, 1)
    people = np.zeros((n_people, 2), dtype=np.float32)
    ideas = np.column_stack([np.zeros(n_ideas), rng.normal(0, 0.3, n_ideas)]).astype(np.float32)
    for _round in range(N_ITER):
        people = _side(seen, value, mean, ideas)
        ideas = _side(seen.T, value.T, mean, people)
    return ideas[:, 0].astype(np.float64)


def _side(seen: Any, value: Any, mean: float, other: Floats) -> Floats:
    """Return own term and side of people, given those of the ideas, or the other way round: (n, 2)."""
    own, side = other[:, 0], other[:, 1]
    sums = seen @ np.column_stack([np.ones_like(own), own, side, side * side, own * side]).astype(np.float32)
    n, own_sum, side_sum, squares, cross = sums.T.astype(np.float64)
    votes = value @ np.column_stack([np.ones_like(own), side]).astype(np.float32)
    rest = votes[:, 0] - mean * n - own_sum
    along = votes[:, 1] - mean * side_sum - cross
    a, d = n * (1 + PENALTY_OWN), squares + n * PENALTY_SIDE
    determinant = np.maximum(a * d - side_sum**2, 1e-9)
    found = np.column_stack([d * rest - side_sum * along, a * along - side_sum * rest]) / determinant[:, None]
    return found.astype(np.float32)
