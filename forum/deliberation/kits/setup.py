from __future__ import annotations

from flask import Flask

from forum.deliberation.gatherings.panels import PanelPlace
from forum.deliberation.kits.panels import desk_panel
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    register_panel(Panel(PanelPlace.DESK, 20, "kits/_desk.html", desk_panel))
