"""What else happens when a gathering is cancelled, or a draft of one is deleted. Higher slices register it.

A room that is open is closed by that: its guests' passes end, and what was written stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering

AtCancel = Callable[[Gathering, Actor], None]
CountPeople = Callable[[Gathering], int]
AtDelete = Callable[[Gathering], None]


@dataclass(frozen=True)
class _Step:
    act: AtCancel
    count: CountPeople | None


_steps: dict[str, _Step] = {}
_deletions: dict[str, AtDelete] = {}


def register_at_cancel(name: str, act: AtCancel, count: CountPeople | None = None) -> None:
    """Register what is done under a name, with the gathering locked. Registering a name again replaces it.

    :param count: returns how many people are there already, so that the cancellation has to be confirmed
    """
    _steps[name] = _Step(act, count)


def at_cancel(gathering: Gathering, actor: Actor) -> None:
    for name in sorted(_steps):
        _steps[name].act(gathering, actor)


def n_people_there(gathering: Gathering) -> int:
    """Return how many people are checked in."""
    return sum(step.count(gathering) for step in _steps.values() if step.count is not None)


def register_at_delete(name: str, act: AtDelete) -> None:
    """Register what deletes the rows that refer to a draft. Registering a name again replaces it."""
    _deletions[name] = act


def at_delete(gathering: Gathering) -> None:
    for name in sorted(_deletions):
        _deletions[name](gathering)
