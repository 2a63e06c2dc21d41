"""A slate as it was chosen, and its proof as plain JSON. docs/slate.md explains each field of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from nlp.opinion.slate_gaps import Draws
from nlp.opinion.slate_rules import Ballots, Choice, Part

FORMAT = "slate proof 1"


class SlateStanding(StrEnum):
    """What can be said of a slate, by how much of the ideas people saw."""

    COMPLETE = "complete"
    """Everybody voted on every idea: the slate is fair, without an if."""
    GAPS = "gaps"
    """Fair by the votes cast; `Slate.draws` says in how many fillings of the gaps it stays so."""
    UNTOLD = "untold"
    """Less than seven tenths of the votes were cast: no fair slate can be told. The ideas are what the rule gives."""


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
    standing: SlateStanding
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
        return _proof(self)


def _proof(slate: Slate) -> dict[str, Any]:
    """Return the proof: what was put in, then what came out. Fractions are "a/b", whole numbers "a"."""
    ballots = list(zip(slate.letters, slate.ballots.people.tolist(), strict=True))
    return {
        "format": FORMAT,
        "seed": slate.seed,
        "size": slate.size,
        "ideas": list(slate.keys),
        "people": slate.ballots.n_people,
        "ballots_sha256": ballots_digest(ballots),
        "ballots": [list(ballot) for ballot in ballots],
        "items": [_item(slate, choice) for choice in slate.choices],
        "ejr_plus": slate.is_fair,
        "strongest_left_out": _strongest(slate),
        "worst_served_tenth": str(slate.worst_served),
        "seen": str(slate.seen),
        "standing": slate.standing.value,
        "draws": _draws(slate),
    }


def ballots_digest(ballots: Sequence[tuple[str, int]]) -> str:
    """Return the SHA-256 of the lines "letters people", which can be published before the slate is."""
    return hashlib.sha256("".join(f"{letters} {people}\n" for letters, people in ballots).encode()).hexdigest()


def _item(slate: Slate, choice: Choice) -> dict[str, Any]:
    """Describe an idea by its payments: people, what each of them had, and what each pays; 1 in all.

    In the second part people pay on credit: what they then have is minus their load.
    """
    is_bought = choice.part is Part.EQUAL_SHARES
    pays = [(people, had, min(had, choice.price) if is_bought else had + choice.price) for people, had in choice.held]
    return {
        "idea": slate.keys[choice.idea],
        "part": choice.part.value,
        "approvals": sum(people for people, _had in choice.held),
        "price" if is_bought else "load": str(choice.price),
        "payments": [[people, str(had), str(paid)] for people, had, paid in pays],
    }


def _strongest(slate: Slate) -> dict[str, Any] | None:
    claim = slate.strongest
    if claim is None:
        return None
    return {"idea": slate.keys[claim.idea], "level": claim.level, "missing": claim.missing}


def _draws(slate: Slate) -> dict[str, Any] | None:
    draws = slate.draws
    if draws is None:
        return None
    return {"drawn": draws.drawn, "fair": draws.fair, "same": draws.same, "kept": list(draws.kept)}
