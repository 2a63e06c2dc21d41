"""Choose a few ideas that stand for everybody, with a proof that an outsider can check.

A plain list of the most approved ideas gives all places to the largest camp. Here each person has the same share of the
places to spend on ideas they approve, so a tenth of the people has a tenth of the say. See docs/slate.md.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from nlp.opinion.slate_gaps import draw_gaps, missing_support
from nlp.opinion.slate_result import Claim, Slate, SlateStanding
from nlp.opinion.slate_rules import Ballots, choose, order_by_approvals, seed_order

Array = np.ndarray[Any, Any]
MIN_SEEN = Fraction(7, 10)  # share of votes cast below which no fair slate can be told: measured, docs/slate.md
N_DRAWS = 1_000
WORST_SERVED = 10  # the worst-served 1 / 10 of the people


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
    has_draws = standing is SlateStanding.GAPS and draws > 0
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


def _standing(seen: Fraction) -> SlateStanding:
    if seen == 1:
        return SlateStanding.COMPLETE
    return SlateStanding.GAPS if seen >= MIN_SEEN else SlateStanding.UNTOLD


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
