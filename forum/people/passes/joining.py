"""What of a guest's becomes an account's when the pass is joined to it. Higher slices register their part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Handover = Callable[[int, int], None]
"""Give what one participant (a guest) has to another (an account's). The caller holds both rows locked, and commits."""


@dataclass(frozen=True)
class _Part:
    order: int
    name: str
    hand_over: Handover


_parts: dict[str, _Part] = {}


def register_handover(name: str, hand_over: Handover, order: int = 50) -> None:
    """Register what is handed over under a name; less `order` comes first. Registering a name again replaces it."""
    _parts[name] = _Part(order, name, hand_over)


def hand_over_all(from_participant: int, to_participant: int) -> None:
    for part in sorted(_parts.values(), key=lambda one: (one.order, one.name)):
        part.hand_over(from_participant, to_participant)
