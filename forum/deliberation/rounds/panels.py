"""What other slices show on the pages of a round and of a task: scores, hearings, meetings, lists, letters.

A slice registers its panels in `setup.py`; its template gets the data as `panel`, and `round`, `task` and `actor`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from forum.core.access import Actor


class PanelPlace(Enum):
    ROUND = "round"
    """The public page of a round; the subject is a `CouncilRound`."""
    TASK = "task"
    """The public page of a task; the subject is a `CouncilTask`."""
    DESK = "desk"
    """The page from which the secretariat runs a round; the subject is a `CouncilRound`."""
    MEMBER = "member"
    """A member's own page of a round: what waits for them; the subject is a `CouncilRound`."""


@dataclass(frozen=True)
class Panel:
    """One section of a page.

    order : panels with less come first
    data : what the template shows; None leaves the panel out
    """

    place: PanelPlace
    order: int
    template: str
    data: Callable[[Any, Actor], Any]


_panels: dict[tuple[PanelPlace, str], Panel] = {}


def register_panel(panel: Panel) -> None:
    """Register a panel. Registering its template for the same place again replaces it."""
    _panels[panel.place, panel.template] = panel


def panels_of(place: PanelPlace, subject: Any, actor: Actor) -> list[tuple[str, Any]]:
    """Return template and data of the panels that have something to show, in order."""
    ordered = sorted(
        (panel for panel in _panels.values() if panel.place is place), key=lambda one: (one.order, one.template)
    )
    found = ((panel.template, panel.data(subject, actor)) for panel in ordered)
    return [(template, data) for template, data in found if data is not None]
