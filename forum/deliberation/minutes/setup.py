from __future__ import annotations

from flask import Flask

from forum.deliberation.gatherings.panels import Panel, PanelPlace, register_panel
from forum.deliberation.minutes.answering import hand_over_answers
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.minutes.panels import desk_panel, page_panel
from forum.deliberation.minutes.search_kind import MinutesSearch
from forum.deliberation.minutes.services import draft_minutes
from forum.deliberation.minutes.texts import MinutesKind, ObjectionKind
from forum.deliberation.rooms.finishing import register_at_finish
from forum.people.passes.joining import register_handover
from forum.system.finding.registry import register_search_kind
from forum.system.texts.registry import register_text_kind


def register(_app: Flask) -> None:
    """Draft minutes when a gathering ends, and show them on its pages."""
    register_at_finish(GatheringMinutes.__tablename__, draft_minutes)
    register_panel(Panel(PanelPlace.PAGE, 40, "minutes/_page_panel.html", page_panel))
    register_panel(Panel(PanelPlace.DESK, 60, "minutes/_desk_panel.html", desk_panel))
    register_text_kind(MinutesKind())
    register_text_kind(ObjectionKind())
    register_search_kind(MinutesSearch())
    register_handover("minutes", hand_over_answers, order=20)
