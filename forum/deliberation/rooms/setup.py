from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from forum.core.access import Actor
from forum.core.extensions import db
from forum.deliberation.gatherings.cancelling import register_at_cancel, register_at_delete
from forum.deliberation.gatherings.lists import register_list_deletion
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.panels import PanelPlace
from forum.deliberation.rooms import desk_views, tablet_views
from forum.deliberation.rooms.models import IdeaRoom
from forum.deliberation.rooms.panel_data import room_desk, room_panel
from forum.deliberation.rooms.people import delete_entry_lists, forget_entrant, hand_over_entries, hold_room_of_pass
from forum.deliberation.rooms.results import people_of
from forum.deliberation.rooms.running import end_room
from forum.people.passes.joining import register_first_lock, register_handover
from forum.people.passes.withdrawing import register_withdrawal
from forum.web.panels import Panel, register_panel

VIEWS = (desk_views, tablet_views)
"""Modules whose routes stand on the blueprint of `views`."""


def register(_app: Flask) -> None:
    register_panel(Panel(PanelPlace.PAGE, 30, "rooms/_page_panel.html", room_panel))
    register_panel(Panel(PanelPlace.DESK, 10, "rooms/_desk_panel.html", room_desk))
    register_first_lock("rooms", hold_room_of_pass)
    register_handover("rooms", hand_over_entries, order=40)
    # The room's tallies are locked before the forum's, as when somebody leaves.
    register_withdrawal("rooms", forget_entrant, order=5)
    register_list_deletion("entries", delete_entry_lists)
    register_at_cancel("rooms", _end_room, lambda gathering: people_of(gathering.id).n_admitted)
    register_at_delete("rooms", _clear_table)


def _end_room(gathering: Gathering, _actor: Actor) -> None:
    end_room(gathering)


def _clear_table(gathering: Gathering) -> None:
    brought = sa.delete(IdeaRoom).where(IdeaRoom.gathering_id == gathering.id)
    db.session.execute(brought.execution_options(synchronize_session=False))
