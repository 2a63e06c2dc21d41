"""What else happens when a gathering ends, in the same transaction. Higher slices register it: the minutes' draft."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering

AtFinish = Callable[[Gathering, Actor], None]
_steps: dict[str, AtFinish] = {}


def register_at_finish(name: str, step: AtFinish) -> None:
    """Register what is done under a name, with the gathering locked. Registering a name again replaces it."""
    _steps[name] = step


def at_finish(gathering: Gathering, actor: Actor) -> None:
    for name in sorted(_steps):
        _steps[name](gathering, actor)
