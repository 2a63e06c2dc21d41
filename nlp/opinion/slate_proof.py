"""The proof of a slate, as plain JSON. `verify_slate.py` reads it; its fields are explained in docs/slate.md."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nlp.opinion.slate_rules import Choice, Part

if TYPE_CHECKING:
    from nlp.opinion.slate import Slate

FORMAT = "slate proof 1"


def proof(slate: Slate) -> dict[str, Any]:
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
