"""What other slices do in the transaction that ends a seat or a membership. They register it in their `setup.py`."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.access import Actor
from forum.deliberation.council.models import Seat

SeatHook = Callable[[Seat, Actor], None]
_after_seat_end: list[SeatHook] = []
_after_substitute_end: list[SeatHook] = []


def register_after_seat_end(hook: SeatHook) -> None:
    """Let a slice follow the end of a seat, such as noting that its member left an open meeting. It does not commit."""
    if hook not in _after_seat_end:
        _after_seat_end.append(hook)


def run_after_seat_end(seat: Seat, actor: Actor) -> None:
    for hook in _after_seat_end:
        hook(seat, actor)


def register_after_substitute_end(hook: SeatHook) -> None:
    """Let a slice follow that whoever stood in for a member does so no more. The seat is in office. No hook commits."""
    if hook not in _after_substitute_end:
        _after_substitute_end.append(hook)


def run_after_substitute_end(seat: Seat, actor: Actor) -> None:
    for hook in _after_substitute_end:
        hook(seat, actor)
