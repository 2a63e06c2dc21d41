"""What else happens when a joint session ends, in the same transaction. Higher slices register it: the day report."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.access import Actor
from forum.deliberation.joint.models import JointSession

AtSessionEnd = Callable[[JointSession, Actor], None]
_steps: dict[str, AtSessionEnd] = {}


def register_at_session_end(name: str, step: AtSessionEnd) -> None:
    """Register what is done under a name, with session and rooms locked. Registering a name again replaces it."""
    _steps[name] = step


def at_session_end(session: JointSession, actor: Actor) -> None:
    for name in sorted(_steps):
        _steps[name](session, actor)
