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


FirstLock = Callable[[int], None]
"""Lock what comes before the pass of this id in the order of locks, such as its gathering."""
_parts: dict[str, _Part] = {}
_first_locks: dict[str, FirstLock] = {}


def register_handover(name: str, hand_over: Handover, order: int = 50) -> None:
    """Register what is handed over under a name; less `order` comes first. Registering a name again replaces it."""
    _parts[name] = _Part(order, name, hand_over)


def hand_over_all(from_participant: int, to_participant: int) -> None:
    for part in sorted(_parts.values(), key=lambda one: (one.order, one.name)):
        part.hand_over(from_participant, to_participant)


def register_first_lock(name: str, lock: FirstLock) -> None:
    """Register a lock that is taken before the pass is locked. Registering a name again replaces it."""
    _first_locks[name] = lock


def take_first_locks(pass_id: int) -> None:
    for _name, lock in sorted(_first_locks.items()):
        lock(pass_id)
