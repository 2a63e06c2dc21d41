"""Sections that slices add to the pages of a slice below them, such as a round's scores on its page.

The slice whose page it is names its places in its `panels.py`. Another slice registers its panels in `setup.py`; its
template gets the data as `panel`, and what the page's own templates get.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from forum.core.access import Actor


@dataclass(frozen=True)
class Panel:
    """One section of a page.

    order : panels with less come first
    data : what the template shows, from what the page is about and who reads it; None leaves the panel out
    """

    place: Enum
    order: int
    template: str
    data: Callable[[Any, Actor], Any]


_panels: dict[tuple[Enum, str], Panel] = {}


def register_panel(panel: Panel) -> None:
    """Register a panel. Registering its template for the same place again replaces it."""
    _panels[panel.place, panel.template] = panel


def panels_of(place: Enum, subject: Any, actor: Actor) -> list[tuple[str, Any]]:
    """Return template and data of the panels that have something to show, in order."""
    ordered = sorted(
        (panel for panel in _panels.values() if panel.place is place), key=lambda one: (one.order, one.template)
    )
    found = ((panel.template, panel.data(subject, actor)) for panel in ordered)
    return [(template, data) for template, data in found if data is not None]
