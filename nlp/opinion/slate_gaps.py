"""How far a slate depends on the votes that nobody cast: fill the gaps by chance, many times, and look again.

A gap becomes an approval with the probability of the share of approval among those of the same opinion group who saw
the idea. Small groups and rarely seen ideas are drawn toward the idea's own share, and that toward the share of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nlp.opinion.slate_rules import choose_fast

Array = np.ndarray[Any, Any]
PRIOR = 1.0  # how many people the wider share counts for
NO_GROUP = -1  # label of people in no group


@dataclass(frozen=True)
class Draws:
    """What became of a slate when the gaps were filled by chance.

    :param drawn: how often they were filled
    :param fair: in how many of them no group was owed another idea (EJR+), so the slate held
    :param same: in how many of them the rule chose just these ideas
    :param kept: for each idea of the slate, in how many of them the rule chose it
    """

    drawn: int
    fair: int
    same: int
    kept: tuple[int, ...]


def draw_gaps(
    votes: Array, slate: Sequence[int], size: int, places: Array, groups: Array | None, drawn: int, seed: int | str
) -> Draws:
    """Fill the gaps `drawn` times and count how often the slate holds.

    :param votes: (n_people, n_ideas) 1, 0, -1 or NaN
    :param groups: (n_people,) a label for each person, -1 for none; None: all are one
    """
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed}".encode()).digest()[:8]))
    filled = np.asfortranarray(np.nan_to_num(votes) > 0, dtype=float)
    columns = filled.reshape(-1, order="F")  # a view
    gaps = np.flatnonzero(np.isnan(votes).reshape(-1, order="F"))
    shares = approval_shares(votes, groups).reshape(-1, order="F")[gaps].astype(np.float32)
    chosen, fair, same, kept = set(slate), 0, 0, np.zeros(len(slate), dtype=int)
    for _ in range(drawn):
        columns[gaps] = random.random(len(gaps), dtype=np.float32) < shares
        found = set(choose_fast(filled, size, places))
        fair += missing_support(filled, np.ones(len(filled)), slate, size).min(initial=1) > 0
        same += found == chosen
        kept += np.isin(slate, list(found))
    return Draws(drawn, int(fair), int(same), tuple(kept.tolist()))


def approval_shares(votes: Array, groups: Array | None) -> Array:
    """Return how likely each person approves each idea, by those of the same group who saw it, (n_people, n_ideas)."""
    seen, approves = ~np.isnan(votes), votes > 0
    overall = approves.sum() / max(int(seen.sum()), 1)
    own = (approves.sum(axis=0) + PRIOR * overall) / (seen.sum(axis=0) + PRIOR)
    shares = np.tile(own, (len(votes), 1))
    for label in np.unique(groups) if groups is not None else ():
        members = np.flatnonzero(groups == label)
        if label != NO_GROUP:
            approved, saw = approves[members].sum(axis=0), seen[members].sum(axis=0)
            shares[members] = (approved + PRIOR * own) / (saw + PRIOR)
    return shares


def missing_support(approves: Array, people: Array, slate: Sequence[int], size: int) -> Array:
    """Return how many people are missing for each claim to another idea, (size, n_ideas); inf for the slate's own.

    People who approve an idea are owed it if they are `level` / `size` of all, and each of them approves fewer than
    `level` ideas of the slate. EJR+ says that nobody is: all figures are above 0 (Brill and Peters 2023).
    """
    n_people = int(people.sum())
    served = approves[:, list(slate)].sum(axis=1).astype(int)
    exactly = np.stack([people * (served == level) for level in range(size)]) @ approves
    needed = -(-np.arange(1, size + 1) * n_people // size)
    missing = (needed[:, None] - np.cumsum(exactly, axis=0)).astype(float)
    missing[:, list(slate)] = np.inf
    return missing
