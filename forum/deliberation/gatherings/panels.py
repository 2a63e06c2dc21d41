"""What other slices show on a gathering's public page, and on the page from which its facilitators run it.

A slice registers its panels in `setup.py`; its template gets the data as `panel`, and `gathering` and `actor`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from forum.core.access import Actor
from forum.deliberation.gatherings.models import Gathering


class PanelPlace(Enum):
    PAGE = "page"
    """The gathering's public page."""
    DESK = "desk"
    """The page of those who run it: check-in, table, slips, sheets, kit, minutes."""


@dataclass(frozen=True)
class Panel:
    """One section of a page.

    order : panels with less come first
    data : what the template shows; None leaves the panel out
    """

    place: PanelPlace
    order: int
    template: str
    data: Callable[[Gathering, Actor], Any]


_panels: dict[tuple[PanelPlace, str], Panel] = {}


def register_panel(panel: Panel) -> None:
    """Register a panel. Registering its template for the same place again replaces it."""
    _panels[panel.place, panel.template] = panel


def panels_of(place: PanelPlace, gathering: Gathering, actor: Actor) -> list[tuple[str, Any]]:
    """Return template and data of the panels that have something to show, in order."""
    ordered = sorted(
        (panel for panel in _panels.values() if panel.place is place), key=lambda one: (one.order, one.template)
    )
    found = ((panel.template, panel.data(gathering, actor)) for panel in ordered)
    return [(template, data) for template, data in found if data is not None]
