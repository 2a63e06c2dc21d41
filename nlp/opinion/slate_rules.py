"""The Method of Equal Shares, then seq-Phragmén over what is left: which ideas are chosen, and who pays how much.

Each person gets size / people. An idea costs 1, paid by those who approve it, alike as far as their money goes; the
cheapest one for its supporters is bought first (Peters and Skowron 2020). When no idea can be paid any more, the other
places go by Phragmén's method (1894): each person starts with a load of minus the money left, and the next idea is the
one whose supporters end with the lowest load.

People with equal money stand in one purse, so a price is a sum over purses. Floats find the few ideas that may be next;
exact fractions decide among those.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SLACK = 1e-9  # relative error that floats may have; what is nearer than that is decided by fractions


class Part(StrEnum):
    """The part of the rule that chose an idea."""

    EQUAL_SHARES = "equal shares"
    COMPLETION = "completion"


@dataclass(frozen=True, eq=False)
class Ballots:
    """Equal ballots, counted.

    :param approves: (n_ballots, n_ideas) bool
    :param people: (n_ballots,) int > 0, how many people cast each
    """

    approves: Array
    people: Array

    @property
    def n_people(self) -> int:
        return int(self.people.sum())

    @property
    def approvals(self) -> Array:
        """(n_ideas,) int, how many people approve each idea."""
        return self.people @ self.approves.astype(np.int64)


@dataclass(frozen=True)
class Choice:
    """An idea that was chosen, and what it cost those who approve it.

    :param price: a fraction; equal shares: the most that anybody pays; completion: each supporter's load afterwards
    :param held: (people, money of each) of those who approve it, the poorest first; a load is negative money
    """

    idea: int
    part: Part
    price: Any
    held: tuple[tuple[int, Fraction], ...]


def seed_order(seed: int | str, keys: Sequence[int | str]) -> Array:
    """Return each idea's place among ideas with equal prices and approvals: by SHA-256 of "seed:key", lowest first."""
    digests = [hashlib.sha256(f"{seed}:{key}".encode()).hexdigest() for key in keys]
    return np.argsort(np.argsort(np.array(digests, dtype=str), kind="stable"), kind="stable")


def order_by_approvals(approvals: Array, places: Array) -> Array:
    """Return the ideas, the most approved first; ties by their places in the order of the seed."""
    return np.lexsort((places, -approvals))


def choose(ballots: Ballots, size: int, places: Array) -> tuple[Choice, ...]:
    """Choose up to `size` ideas, in exact fractions. An idea that nobody approves is never chosen.

    :param places: (n_ideas,) each idea's place in the order of the seed
    """
    if not ballots.n_people:
        return ()
    budget = np.array([Fraction(size, ballots.n_people)], dtype=object)
    weights = ballots.approves * ballots.people[:, None].astype(float)
    return tuple(_Election(weights, budget, ballots.n_people, places).run(size))


def choose_fast(approves: Array, size: int, places: Array) -> tuple[int, ...]:
    """Choose like `choose`, with floats alone; ideas whose prices differ by less than `SLACK` count as tied.

    :param approves: (n_people, n_ideas) floats, 0 or 1, in column order
    """
    election = _Election(approves, np.array([size / len(approves)]), len(approves), places)
    return tuple(choice.idea for choice in election.run(size))


class _Election:
    """The state between two choices.

    :param weights: (n_ballots, n_ideas) floats: the people of a ballot if it approves the idea, else 0
    :param budget: (1,) what each person starts with, a float or a fraction
    """

    def __init__(self, weights: Array, budget: Array, n_people: int, places: Array) -> None:
        self.weights, self.n_people = np.asfortranarray(weights), n_people
        self.is_exact = budget.dtype == object
        self.approvals = weights.sum(axis=0)
        self.ranks = np.argsort(order_by_approvals(self.approvals, places))
        self.is_open = self.approvals > 0
        # Money only gets less, so a price never falls: the last one known is a lower bound of the next.
        self.bounds = np.where(self.is_open, 1 / np.maximum(self.approvals, 1), np.inf)
        self.purse_of = np.zeros(len(weights), dtype=np.intp)
        self._set_purses(budget)

    def run(self, size: int) -> list[Choice]:
        chosen: list[Choice] = []
        for part in Part:
            while len(chosen) < size and (choice := self._next(part)) is not None:
                chosen.append(choice)
                self._charge(choice)
        return chosen

    def _next(self, part: Part) -> Choice | None:
        """Return the idea with the lowest price, None where no idea can be paid."""
        while len(near := self._cheapest(part)):
            prices = {idea: self._exact_price(part, idea) if self.is_exact else 0 for idea in near.tolist()}
            self.bounds[[idea for idea, price in prices.items() if price is None]] = np.inf
            found = [(price, self.ranks[idea], idea) for idea, price in prices.items() if price is not None]
            if found:
                price, _rank, idea = min(found)
                return Choice(idea, part, price if self.is_exact else self.bounds[idea], self._held(idea))
        return None

    def _cheapest(self, part: Part) -> Array:
        """Return the ideas that may have the lowest price, as far as floats can tell."""
        if part is Part.COMPLETION:
            loads = (1 - self.floats[self.purse_of] @ self.weights) / np.maximum(self.approvals, 1)
            self.bounds = np.where(self.is_open, loads, np.inf)
        else:
            self._renew_bounds()
        return np.flatnonzero((self.bounds <= self._nearly(self.bounds.min())) & (self.bounds < np.inf))

    def _renew_bounds(self) -> None:
        """Compute prices, the lowest bound first, until no other idea can be cheaper."""
        best = np.inf
        for idea in np.argsort(self.bounds):
            if self.bounds[idea] == np.inf or self.bounds[idea] > self._nearly(best):
                return
            price = _price(Part.EQUAL_SHARES, self.floats, self._counts(idea), SLACK)
            self.bounds[idea] = np.inf if price is None else price
            best = min(best, self.bounds[idea])

    def _nearly(self, price: float) -> float:
        return price + SLACK * (price + 1 / self.n_people)

    def _exact_price(self, part: Part, idea: int) -> Fraction | None:
        money, people = self._exact_purses(idea)
        price: Fraction | None = _price(part, money, people, 0)
        return price

    def _exact_purses(self, idea: int) -> tuple[Array, Array]:
        counts = self._counts(idea)
        used = np.flatnonzero(counts)
        return self.money[used], np.rint(counts[used]).astype(int).astype(object)

    def _held(self, idea: int) -> tuple[tuple[int, Fraction], ...]:
        if not self.is_exact:
            return ()
        money, people = self._exact_purses(idea)
        return tuple(zip(people.tolist(), money.tolist(), strict=True))

    def _counts(self, idea: int) -> Array:
        """Return how many people of each purse approve an idea."""
        return np.bincount(self.purse_of, weights=self.weights[:, idea], minlength=len(self.money))

    def _charge(self, choice: Choice) -> None:
        """Let those who approve an idea pay for it, or carry its load."""
        if choice.part is Part.EQUAL_SHARES:
            after = self.money - np.minimum(self.money, choice.price)
        else:
            after = np.full_like(self.money, -choice.price)
        shift = np.where(self.weights[:, choice.idea] > 0, len(self.money), 0)
        self.purse_of = self.purse_of + shift
        self._set_purses(np.concatenate([self.money, after]))
        self.is_open[choice.idea], self.bounds[choice.idea] = False, np.inf

    def _set_purses(self, money: Array) -> None:
        """Keep the purses that somebody has, one for each amount, the emptiest first."""
        used = np.flatnonzero(np.bincount(self.purse_of, minlength=len(money)))
        self.money, places = np.unique(money[used], return_inverse=True)
        new = np.zeros(len(money), dtype=np.intp)
        new[used] = places
        self.purse_of = new[self.purse_of]
        self.floats = self.money.astype(float)


def _price(part: Part, money: Array, people: Array, slack: float) -> Any:
    """Return the price of an idea for `people` with `money` each, the poorest first; None where they cannot pay it."""
    if part is Part.COMPLETION:
        return (1 - (money * people).sum()) / people.sum()
    in_full = np.cumsum(money * people)  # if this purse and all poorer ones pay all they have
    richer = people.sum() - np.cumsum(people)
    enough = np.flatnonzero(in_full + richer * money >= 1 - slack)
    if not len(enough):
        return None
    first = enough[0]  # its people pay the price, poorer ones all they have
    return (1 - in_full[first] + money[first] * people[first]) / (richer[first] + people[first])
