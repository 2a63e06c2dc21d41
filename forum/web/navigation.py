"""The site's menus. Each slice registers its own entries in its `setup.py`; the header and the phone's tabs show them.

An entry that belongs to a forum leads to the page's own forum, or else to the one that people take part in now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from flask import current_app, g, request, url_for

from forum.core.access import Actor, Role


class Place(Enum):
    """Where an entry stands: in the main menu, among the pages of one's work, or at the bottom of a phone."""

    MAIN = "main"
    DESK = "desk"
    TABS = "tabs"


@dataclass(frozen=True)
class MenuEntry:
    """One link of a menu.

    :param label: lazily translated
    :param order: entries with less come first
    :param pages: endpoints on which the entry is the current one; `"ideas.*"` stands for all of a blueprint
    :param of_campaign: its URL has the slug of a forum; without any forum the entry is left out
    :param roles: who sees it; empty for everybody
    :param values: further values of its URL
    :param icon: of `components/icon.html`, for the tabs
    """

    place: Place
    order: int
    label: object
    endpoint: str
    pages: frozenset[str] = frozenset()
    of_campaign: bool = False
    roles: frozenset[Role] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)
    icon: str = ""


@dataclass(frozen=True)
class MenuLink:
    """An entry as one page shows it. `is_page`: it leads to this very page, not only to its section."""

    label: object
    url: str
    is_current: bool
    is_page: bool
    icon: str


@dataclass(frozen=True)
class Menu:
    main: Sequence[MenuLink]
    desk: Sequence[MenuLink]
    tabs: Sequence[MenuLink]


ENTRIES: list[MenuEntry] = []
START_PAGES: dict[Role, str] = {}
_LAST_SLUG = "last_usual_slug"
_slug_finders: list[Callable[[], str | None]] = []


def register_menu_entry(entry: MenuEntry) -> None:
    """Add an entry. Registering an equal one again changes nothing, since tests make many applications."""
    if entry not in ENTRIES:
        ENTRIES.append(entry)
        ENTRIES.sort(key=lambda one: one.order)


def register_start_page(role: Role, endpoint: str) -> None:
    """Register where people of a role begin after they signed in; others begin at the home page."""
    START_PAGES[role] = endpoint


def start_page(actor: Actor) -> str | None:
    """Return the address at which somebody begins their work; None for the home page."""
    endpoint = START_PAGES.get(actor.role)
    return url_for(endpoint) if endpoint else None


def register_campaign_finder(find: Callable[[], str | None]) -> None:
    """Register what returns the slug of the forum to which pages without a forum of their own lead."""
    _slug_finders[:] = [find]


def menu_for(actor: Actor, slug: str | None = None) -> Menu:
    """Return the menus of the current page.

    :param slug: of the page's forum
    """
    shown = slug or _usual_slug()
    current_app.extensions[_LAST_SLUG] = shown
    return _menu(actor.role, shown, url_for)


def menu_of_error_pages() -> Menu:
    """Return what visitors see of the menus, without database, session or trusted host.

    Entries of a forum lead to the one to which this process last led; until then they are left out.
    """
    return _menu(Role.ANONYMOUS, current_app.extensions.get(_LAST_SLUG), plain_url)


def plain_url(endpoint: str, **values: object) -> str:
    """Return the path of an endpoint, as `url_for` does, also where the request's host is not to be trusted."""
    return current_app.url_map.bind("", script_name=request.script_root or None).build(endpoint, values)


def _menu(role: Role, slug: str | None, url_of: Callable[..., str]) -> Menu:
    links: dict[Place, list[MenuLink]] = {place: [] for place in Place}
    for entry in ENTRIES:
        if (entry.roles and role not in entry.roles) or (entry.of_campaign and slug is None):
            continue
        values: dict[str, Any] = dict(entry.values)
        if entry.of_campaign:
            values["slug"] = slug
        url = url_of(entry.endpoint, **values)
        links[entry.place].append(MenuLink(entry.label, url, _is_current(entry), request.path == url, entry.icon))
    return Menu(links[Place.MAIN], links[Place.DESK], links[Place.TABS])


def _usual_slug() -> str | None:
    if "usual_slug" not in g:
        g.usual_slug = _slug_finders[0]() if _slug_finders else None
    found: str | None = g.usual_slug
    return found


def _is_current(entry: MenuEntry) -> bool:
    endpoint = request.endpoint or ""
    return endpoint == entry.endpoint or endpoint in entry.pages or f"{endpoint.partition('.')[0]}.*" in entry.pages
