"""Whether gatherings pause, such as before an election. A higher slice decides it and registers how to find out."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.errors import WrongState

_finders: list[Callable[[], str]] = []


def register_pause(find: Callable[[], str]) -> None:
    """Register what returns why gatherings pause now, as a sentence, or nothing. It replaces the one before."""
    _finders[:] = [find]


def why_paused() -> str:
    return _finders[0]() if _finders else ""


def require_not_paused() -> None:
    """:raise WrongState: gatherings pause; the message says why"""
    sentence = why_paused()
    if sentence:
        raise WrongState(sentence)
