"""What slices above do with a shortlist that is theirs. They register it in their `setup.py`; nothing commits."""

from __future__ import annotations

from collections.abc import Callable

from forum.analysis.shortlists.models import Shortlist, Slate
from forum.core.access import Actor

SlateHook = Callable[[Slate], None]
ShortlistHook = Callable[[Shortlist, Actor], None]

_after_slate: list[SlateHook] = []
_before_change: list[ShortlistHook] = []


def register_after_slate(hook: SlateHook) -> None:
    """Let a slice follow the slate of a shortlist, in the transaction that publishes it."""
    if hook not in _after_slate:
        _after_slate.append(hook)


def register_before_change(hook: ShortlistHook) -> None:
    """Let a slice refuse (WrongState) that an analyst changes the ideas of a shortlist."""
    if hook not in _before_change:
        _before_change.append(hook)


def run_after_slate(slate: Slate) -> None:
    for hook in _after_slate:
        hook(slate)


def run_before_change(shortlist: Shortlist, actor: Actor) -> None:
    for hook in _before_change:
        hook(shortlist, actor)
