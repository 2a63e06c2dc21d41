"""Slips with a code for one person alone, which only some people may print. Other slices register them.

They stand in the kit that is asked for with codes, after everything that is handed round, and in no other file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering


@dataclass(frozen=True)
class SecretSlip:
    """A slip to cut out and fold.

    whose : what the code is for, such as the title of a room
    role : who keeps the slip
    code : as it is printed
    link : address of the page on which the code is typed, without the code
    """

    whose: str
    role: str
    code: str
    link: str


@dataclass(frozen=True)
class SecretSlips:
    """A kind of such slips.

    may_print : whether somebody may see the codes of a gathering
    slips : the slips of a gathering, in order; computed, so that they can be printed again
    """

    may_print: Callable[[Actor, Gathering], bool]
    slips: Callable[[Gathering], Sequence[SecretSlip]]


_kinds: dict[str, SecretSlips] = {}


def register_secret_slips(name: str, kind: SecretSlips) -> None:
    """Register a kind of slips under a name. Registering a name again replaces it."""
    _kinds[name] = kind


def may_print_secrets(actor: Actor, gathering: Gathering) -> bool:
    return any(kind.may_print(actor, gathering) for kind in _kinds.values())


def secret_slips_of(actor: Actor, gathering: Gathering) -> list[SecretSlip]:
    """Return the slips of a gathering that the actor may print."""
    kinds = (kind for _name, kind in sorted(_kinds.items()) if kind.may_print(actor, gathering))
    return [slip for kind in kinds for slip in kind.slips(gathering)]
