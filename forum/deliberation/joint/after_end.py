"""What higher slices show on the page of a joint session, and on its host's, once it has ended.

A slice registers its template in `setup.py`; the template gets the data as `panel`, and `session`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forum.core.access import Actor
from forum.deliberation.joint.models import JointSession

PanelData = Callable[[JointSession, Actor], Any]
_panels: dict[str, PanelData] = {}


def register_after_end(template: str, data: PanelData) -> None:
    """Register a panel; data of None leaves it out. Registering a template again replaces it."""
    _panels[template] = data


def after_end(session: JointSession, actor: Actor) -> list[tuple[str, Any]]:
    """Return template and data of the panels that have something to show."""
    found = [(template, data(session, actor)) for template, data in sorted(_panels.items())]
    return [(template, data) for template, data in found if data is not None]
