from __future__ import annotations

from flask import Flask

from forum.deliberation.gatherings.panels import Panel, PanelPlace, register_panel
from forum.deliberation.kits.panels import desk_panel


def register(_app: Flask) -> None:
    register_panel(Panel(PanelPlace.DESK, 20, "kits/_desk.html", desk_panel))
