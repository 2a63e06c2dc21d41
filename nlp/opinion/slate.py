"""Choose a few ideas that stand for everybody, with a proof that an outsider can check.

A plain list of the most approved ideas gives all places to the largest camp. Here each person has the same share of the
places to spend on ideas they approve, so a tenth of the people has a tenth of the say. See docs/slate.md.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np

from nlp.opinion.slate_gaps import Draws, draw_gaps, missing_support
from nlp.opinion.slate_proof import proof
from nlp.opinion.slate_rules import Ballots, Choice, choose, order_by_approvals, seed_order

Array = np.ndarray[Any, Any]
MIN_SEEN = Fraction(7, 10)  # share of votes cast below which no fair slate can be told: measured, docs/slate.md
N_DRAWS = 1_000
WORST_SERVED = 10  # the worst-served 1 / 10 of the people


class Standing(StrEnum):
    """What can be said of a slate, by how much of the ideas people saw."""

    COMPLETE = "complete"
    """Everybody voted on every idea: the slate is fair, without an if."""
    GAPS = "gaps"
    """Fair by the votes cast; `Slate.draws` says in how many fillings of the gaps it stays so."""
    UNTOLD = "untold"
    """Less than `MIN_SEEN` of the votes were cast: no fair slate can be told. The ideas are what the rule gives."""


@dataclass(frozen=True)
class Claim:
    """The strongest claim of an idea that was left out.

    :param level: a group of `level` / `size` of all people is owed the idea if each of them approves fewer than `level`
        ideas of the slate
    :param missing: how many more people so poorly served would have to approve the idea; 0 or less would break EJR+
    """

    idea: int
    level: int
    missing: int


@dataclass(frozen=True)
class Slate:
    """The ideas chosen, in the order chosen, and what speaks for them.

    :param size: the places there were; ideas that nobody approves fill none
    :param seed: what orders ideas with equal prices and approvals, published beforehand
    :param keys: the name of each idea in the proof and in the order of the seed
    :param ballots: equal ballots, counted, in the order of the proof
    :param letters: of each of them; for each idea 1 approved, 0 not approved, ? not seen
    :param choices: the ideas by column, with who paid what
    :param strongest: the strongest claim of an idea left out; None where nobody approves any of those
    :param worst_served: mean number of the slate's ideas that the worst-served tenth of the people approve
    :param worst_by_approvals: the same for the `size` most approved ideas
    :param seen: share of votes cast, of those who cast any
    :param draws: None where there is no gap, or too many of them
    """

    size: int
    seed: int | str
    keys: tuple[int | str, ...]
    ballots: Ballots
    letters: tuple[str, ...]
    choices: tuple[Choice, ...]
    strongest: Claim | None
    worst_served: Fraction
    worst_by_approvals: Fraction
    seen: Fraction
    standing: Standing
    draws: Draws | None

    @property
    def ideas(self) -> tuple[int, ...]:
        """The columns of the ideas, in the order chosen."""
        return tuple(choice.idea for choice in self.choices)

    @property
    def is_fair(self) -> bool:
        """Does no group have a claim to another idea, by the votes cast (EJR+)?"""
        return self.strongest is None or self.strongest.missing > 0

    def proof(self) -> dict[str, Any]:
        """Return what `verify_slate.py` checks: plain JSON, fractions as "a/b"."""
        return proof(self)


def slate(
    votes: Array,
    size: int,
    *,
    seed: int | str = 0,
    keys: Sequence[int | str] | None = None,
    groups: Array | None = None,
    draws: int = N_DRAWS,
) -> Slate:
    """Choose up to `size` ideas so that each group of people gets its share of them.

    A gap counts as no approval: nobody pays by a vote they did not cast. People who saw no idea do not count.

    :param votes: (n_people, n_ideas) 1 approves, 0 passes, -1 rejects, NaN not seen
    :param seed: published before the votes were counted; it settles ties
    :param keys: the name of each idea; None: its column, from 0
    :param groups: (n_people,) opinion group of each person, -1 for none; gaps are then filled by shares in the group
    :param draws: how often gaps are filled by chance
    :raise ValueError: no table of such votes; no place to fill; keys or groups that do not fit
    :raise TypeError: a size that is no whole number
    """
    table, size = _checked(votes), operator.index(size)
    names = tuple(range(table.shape[1])) if keys is None else tuple(keys)
    labels = None if groups is None else np.asarray(groups)
    _check(table, size, names, labels, draws)
    cast = (~np.isnan(table)).any(axis=1)
    table, labels = table[cast], None if labels is None else labels[cast]
    letters, ballots = _counted(table)
    places = seed_order(seed, names)
    choices = choose(ballots, size, places)
    ideas = [choice.idea for choice in choices]
    seen = Fraction(int((~np.isnan(table)).sum()), max(table.size, 1))
    standing = _standing(seen)
    has_draws = standing is Standing.GAPS and draws > 0
    return Slate(
        size=size,
        seed=seed,
        keys=names,
        ballots=ballots,
        letters=letters,
        choices=choices,
        strongest=_strongest_claim(ballots, ideas, size, places),
        worst_served=_worst_served(ballots, ideas),
        worst_by_approvals=_worst_served(ballots, order_by_approvals(ballots.approvals, places)[:size]),
        seen=seen,
        standing=standing,
        draws=draw_gaps(table, ideas, size, places, labels, draws, seed) if has_draws else None,
    )


def _checked(votes: Array) -> Array:
    """:raise ValueError: no table, or a value that is no vote"""
    table = np.asarray(votes, dtype=float)
    if table.ndim != 2:
        raise ValueError(f"votes must be a table of people and ideas, not an array of shape {table.shape}")
    wrong = np.argwhere(~(np.isnan(table) | np.isin(table, (-1.0, 0.0, 1.0))))
    if len(wrong):
        person, idea = wrong[0].tolist()
        raise ValueError(f"a vote is 1, 0, -1 or NaN, but person {person} has {table[person, idea]} for idea {idea}")
    return table


def _check(table: Array, size: int, names: tuple[int | str, ...], groups: Array | None, draws: int) -> None:
    """:raise ValueError: no place to fill; keys or groups that do not fit"""
    n_people, n_ideas = table.shape
    if size < 1:
        raise ValueError(f"a slate needs at least one place, not {size}")
    if draws < 0:
        raise ValueError(f"gaps cannot be filled {draws} times")
    if len(names) != n_ideas:
        raise ValueError(f"{n_ideas} ideas have {len(names)} keys")
    if len({str(name) for name in names}) < n_ideas:
        raise ValueError("two ideas have the same key")
    if groups is not None and groups.shape != (n_people,):
        raise ValueError(f"{n_people} people need {n_people} group labels, not an array of shape {groups.shape}")


def _counted(table: Array) -> tuple[tuple[str, ...], Ballots]:
    """Count equal ballots, in an order that says nothing of who cast them."""
    codes = np.where(np.isnan(table), ord("?"), np.where(table > 0, ord("1"), ord("0"))).astype(np.uint8)
    if not codes.size:
        return (), Ballots(np.zeros((0, table.shape[1]), dtype=bool), np.zeros(0, dtype=int))
    rows = np.ascontiguousarray(codes).view(f"S{table.shape[1]}").ravel()
    letters, people = np.unique(rows, return_counts=True)
    approves = letters.view(np.uint8).reshape(len(letters), -1) == ord("1")
    return tuple(letters.astype(str).tolist()), Ballots(approves, people)


def _standing(seen: Fraction) -> Standing:
    if seen == 1:
        return Standing.COMPLETE
    return Standing.GAPS if seen >= MIN_SEEN else Standing.UNTOLD


def _strongest_claim(ballots: Ballots, ideas: Sequence[int], size: int, places: Array) -> Claim | None:
    """Return the claim that lacks the fewest people; ties by approvals, then by the seed, then the lowest level."""
    approvals = ballots.approvals
    order = [idea for idea in order_by_approvals(approvals, places) if approvals[idea] and idea not in ideas]
    if not order:
        return None
    missing = missing_support(ballots.approves.astype(float), ballots.people, ideas, size)[:, order]
    at, level = divmod(int(missing.T.argmin()), size)
    return Claim(int(order[at]), level + 1, int(missing[level, at]))


def _worst_served(ballots: Ballots, ideas: Sequence[int] | Array) -> Fraction:
    """Return the mean number of these ideas that the worst-served tenth approve, 0 where there is nobody."""
    served = np.repeat(ballots.approves[:, list(ideas)].sum(axis=1), ballots.people)
    n_worst = -(-len(served) // WORST_SERVED)
    return Fraction(int(np.sort(served)[:n_worst].sum()), max(n_worst, 1))
