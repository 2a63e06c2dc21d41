from __future__ import annotations

from flask import Flask

from forum.deliberation.gatherings.actor import register_stand_in
from forum.deliberation.gatherings.panels import Panel, PanelPlace, register_panel
from forum.deliberation.joint import host_views, planning_views
from forum.deliberation.joint.grants import has_grant, stand_in_of_request
from forum.deliberation.joint.panel_data import joint_panel
from forum.deliberation.joint.state import StateCache
from forum.deliberation.joint.step import step_of_room
from forum.web.gate import register_device_check
from forum.web.page_data import provide_page_data

VIEWS = (host_views, planning_views)
"""Modules whose routes stand on the blueprint of `views`."""


def register(app: Flask) -> None:
    app.extensions["joint_states"] = StateCache()
    register_device_check("joint", has_grant)
    register_stand_in("joint", stand_in_of_request)
    register_panel(Panel(PanelPlace.PAGE, 20, "joint/_page_panel.html", joint_panel))
    register_panel(Panel(PanelPlace.DESK, 5, "joint/_desk_panel.html", joint_panel))
    provide_page_data("rooms/room.html", "together", step_of_room)
