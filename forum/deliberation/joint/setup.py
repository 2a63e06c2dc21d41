from __future__ import annotations

from flask import Flask

from forum.deliberation.gatherings.actor import register_stand_in
from forum.deliberation.gatherings.lists import register_list_deletion
from forum.deliberation.gatherings.panels import PanelPlace
from forum.deliberation.joint import host_views, phone_views, planning_views, wall_views
from forum.deliberation.joint.grants import has_grant, stand_in_of_request
from forum.deliberation.joint.kit_slips import code_slips, may_print_codes
from forum.deliberation.joint.late import (
    delete_actions_of,
    forget_actions_of_person,
    hand_over_actions,
    has_actions,
)
from forum.deliberation.joint.panel_data import joint_panel, late_panel, phone_of_room
from forum.deliberation.joint.side_words import side_page
from forum.deliberation.joint.state import StateCache
from forum.deliberation.joint.step import step_of_room
from forum.deliberation.joint.wall import WallReader
from forum.deliberation.kits.secret_slips import SecretSlips, register_secret_slips
from forum.deliberation.rooms.checkin import register_acts
from forum.people.passes.joining import register_handover
from forum.people.passes.withdrawing import register_withdrawal
from forum.web.gate import register_device_check
from forum.web.page_data import provide_page_data
from forum.web.panels import Panel, register_panel

VIEWS = (host_views, phone_views, planning_views, wall_views)
"""Modules whose routes stand on the blueprint of `views`."""


def register(app: Flask) -> None:
    app.extensions["joint_states"] = StateCache()
    app.extensions["joint_walls"] = StateCache(WallReader().answer)
    register_device_check("joint", has_grant)
    register_stand_in("joint", stand_in_of_request)
    register_panel(Panel(PanelPlace.PAGE, 20, "joint/_page_panel.html", joint_panel))
    register_panel(Panel(PanelPlace.DESK, 5, "joint/_desk_panel.html", joint_panel))
    provide_page_data("rooms/room.html", "together", step_of_room)
    provide_page_data("rooms/room.html", "phone", phone_of_room)
    provide_page_data("opinions/show.html", "sides", side_page)
    register_panel(Panel(PanelPlace.DESK, 6, "joint/_late_panel.html", late_panel))
    register_secret_slips("joint", SecretSlips(may_print_codes, code_slips))
    register_acts("joint", has_actions)
    register_handover("actions", hand_over_actions, order=35)  # before the entries become one
    register_withdrawal("actions", forget_actions_of_person, order=4)
    register_list_deletion("actions", delete_actions_of)
