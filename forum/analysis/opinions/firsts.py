"""Ideas that the voting queue shows before its own choice. Later slices say which, in their `setup.py`."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.access import Actor
from forum.voice.campaigns.models import Campaign

FindFirst = Callable[[Campaign, Actor], list[int]]
_SOURCES: dict[str, FindFirst] = {}


def register_first_ideas(name: str, find: FindFirst) -> None:
    """Register that `find(campaign, actor)` gives ids of open ideas to be shown first, in its order.

    :param name: of the source; a second application in the same process replaces it
    """
    _SOURCES[name] = find


def first_ideas(campaign: Campaign, actor: Actor) -> list[int]:
    """Return the ids of the ideas that come before the queue's own choice, the first one first, each once.

    They were chosen by a person, not drawn: a vote on one of them has no probability of being shown.
    """
    found = [idea_id for find in _SOURCES.values() for idea_id in find(campaign, actor)]
    return list(dict.fromkeys(found))
