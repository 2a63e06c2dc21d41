"""Ideas that the voting queue shows before its own choice. Later slices say which, in their `setup.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forum.core.access import Actor
from forum.voice.campaigns.models import Campaign


@dataclass(frozen=True)
class FirstIdeas:
    """Ideas that come first, chosen by a person: a vote on one of them has no probability of being shown.

    :param idea_ids: open ideas on which the actor has no vote
    :param name: of what they belong to, as people read it
    :param notice: what people must know before they vote on one of them
    :param endpoint: of the page that says more, with its `values`
    :param note_told: called with campaign and actor when they vote on one, having read the notice
    """

    idea_ids: Sequence[int]
    name: str
    notice: str
    endpoint: str
    values: Mapping[str, Any]
    note_told: Callable[[Campaign, Actor], None]


FindFirst = Callable[[Campaign, Actor], FirstIdeas | None]
_SOURCES: dict[str, FindFirst] = {}


def register_first_ideas(name: str, find: FindFirst) -> None:
    """Register that `find(campaign, actor)` gives ideas to be shown first, or None.

    :param name: of the source; a second application in the same process replaces it
    """
    _SOURCES[name] = find


def first_ideas(campaign: Campaign, actor: Actor) -> FirstIdeas | None:
    """Return the ideas that come before the queue's own choice: those of the first source that has any."""
    found = (find(campaign, actor) for find in _SOURCES.values())
    return next((one for one in found if one is not None and one.idea_ids), None)
