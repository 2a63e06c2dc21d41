"""What higher slices show on the page of a guest pass: links, and sections of their own. Registered in `setup.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel.speaklater import LazyString

from forum.people.passes.actor import Guest


@dataclass(frozen=True)
class PassLink:
    """Where a guest can go. The one that matters now is shown as a button (`is_main`)."""

    label: LazyString | str
    path: str
    is_main: bool = False


LinkSource = Callable[[Guest], PassLink | None]


@dataclass(frozen=True)
class PassSection:
    """One section of the page.

    order : sections with less come first
    template : gets the data as `section`
    data : what it shows; None leaves the section out
    """

    order: int
    template: str
    data: Callable[[Guest], Any]


_links: dict[str, tuple[int, LinkSource]] = {}
_sections: dict[str, PassSection] = {}


def register_link(name: str, source: LinkSource, order: int = 50) -> None:
    """Register a link under a name; less `order` comes first. Registering a name again replaces it."""
    _links[name] = (order, source)


def register_section(section: PassSection) -> None:
    """Register a section. Registering its template again replaces it."""
    _sections[section.template] = section


def links_of(guest: Guest) -> list[PassLink]:
    """Return the links that this guest has now, in order."""
    ordered = sorted(_links.items(), key=lambda one: (one[1][0], one[0]))
    return [link for link in (source(guest) for _name, (_order, source) in ordered) if link is not None]


def sections_of(guest: Guest) -> list[tuple[str, Any]]:
    """Return template and data of the sections that have something to show, in order."""
    ordered = sorted(_sections.values(), key=lambda one: (one.order, one.template))
    found = ((section.template, section.data(guest)) for section in ordered)
    return [(template, data) for template, data in found if data is not None]
