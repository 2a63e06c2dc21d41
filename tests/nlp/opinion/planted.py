"""Invented votes whose groups and shares are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Planted:
    """Votes, (n_people, n_ideas) with NaN for gaps; each person's group; each group's share of agreement."""

    votes: Floats
    groups: Floats
    shares: Floats


def planted(
    n_people: int = 300,
    n_ideas: int = 40,
    sizes: tuple[float, ...] = (0.5, 0.3, 0.2),
    seen: float = 0.6,
    passes: float = 0.1,
    spread: float = 1.6,
    seed: int = 0,
) -> Planted:
    """Return votes of groups that lean apart by `spread`, on the scale of log odds."""
    rng = np.random.default_rng(seed)
    groups = rng.choice(len(sizes), n_people, p=sizes)
    leaning = rng.normal(0.4, 0.8, n_ideas) + rng.normal(0, spread, (len(sizes), n_ideas))
    shares = (1 - passes) / (1 + np.exp(-leaning))
    draw = rng.random((n_people, n_ideas))
    votes = np.where(draw < shares[groups], 1.0, np.where(draw < 1 - passes, -1.0, 0.0))
    votes[rng.random(votes.shape) > seen] = np.nan
    return Planted(votes, groups, shares)
