"""Votes on ideas that a page showed first, with a notice. Later slices hear of them, in their `setup.py`.

The queue's own form calls whose ideas they are by itself; this is for votes that waited on a device for the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from forum.core.access import Actor
from forum.voice.campaigns.models import Campaign

NoteTold = Callable[[Campaign, Actor, Sequence[int]], None]
_LISTENERS: dict[str, NoteTold] = {}


def register_told(name: str, note: NoteTold) -> None:
    """Register that `note(campaign, actor, idea_ids)` hears that the actor, having read the notice, votes on these.

    :param name: of the listener; a second application in the same process replaces it
    """
    _LISTENERS[name] = note


def note_told(campaign: Campaign, actor: Actor, idea_ids: Sequence[int]) -> None:
    """Tell all listeners. The caller commits."""
    for note in _LISTENERS.values():
        note(campaign, actor, idea_ids)
