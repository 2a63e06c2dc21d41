"""What waits for somebody's work. Slices say in their `setup.py` what they count; desks and menus show it.

What was counted is kept for the request, so the menu and the desk cost one look together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import request, url_for

from forum.core.access import Actor, Role


@dataclass(frozen=True)
class Waiting:
    """Something that waits: what, how many, and the list that shows them.

    :param is_own: the reader can do it now; otherwise it waits for somebody else and is left out of the menu's number
    """

    label: object
    count: int
    url: str
    is_own: bool = True


Finder = Callable[[Actor], Sequence[Waiting]]


@dataclass(frozen=True)
class _Source:
    order: int
    endpoint: str
    roles: frozenset[Role]
    find: Finder


_SOURCES: list[_Source] = []
_CACHE = "forum.waiting"


def register_waiting(endpoint: str, order: int, roles: frozenset[Role], find: Finder) -> None:
    """Register what a desk waits for. Registering the same again changes nothing, since tests make many applications.

    :param endpoint: of the menu's entry whose number it is part of
    :param order: sources with less come first on the desk
    """
    source = _Source(order, endpoint, roles, find)
    if source not in _SOURCES:
        _SOURCES.append(source)
        _SOURCES.sort(key=lambda one: one.order)


def waiting_at(endpoint: str, actor: Actor) -> list[Waiting]:
    """Return what waits at one desk for this person."""
    cache = request.environ.setdefault(_CACHE, {})
    if endpoint not in cache:
        sources = [one for one in _SOURCES if one.endpoint == endpoint and actor.role in one.roles]
        cache[endpoint] = [waiting for source in sources for waiting in source.find(actor)]
    return cache[endpoint]


def waiting_counts(actor: Actor) -> dict[str, int]:
    """Return the numbers that the menu shows beside its entries, by the entry's address."""
    endpoints = dict.fromkeys(one.endpoint for one in _SOURCES if actor.role in one.roles)
    return {
        url_for(endpoint): sum(one.count for one in waiting_at(endpoint, actor) if one.is_own) for endpoint in endpoints
    }
