"""What is taken back when a guest takes back everything of theirs. Higher slices register their part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Withdrawal = Callable[[int], None]
"""Take back what this participant (a guest) has. The caller holds the pass locked, and commits."""


@dataclass(frozen=True)
class _Part:
    order: int
    name: str
    withdraw: Withdrawal


_parts: dict[str, _Part] = {}


def register_withdrawal(name: str, withdraw: Withdrawal, order: int = 50) -> None:
    """Register what is taken back under a name; less `order` comes first. Registering a name again replaces it."""
    _parts[name] = _Part(order, name, withdraw)


def withdraw_all(participant_id: int) -> None:
    for part in sorted(_parts.values(), key=lambda one: (one.order, one.name)):
        part.withdraw(participant_id)
