from __future__ import annotations

from flask import Flask

from forum.deliberation.gatherings.lists import register_list_deletion
from forum.deliberation.gatherings.panels import PanelPlace
from forum.deliberation.gatherings.pausing import register_pause
from forum.deliberation.minutes.answering import fold_answers, forget_who_answered, take_back_texts
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.minutes.panels import desk_panel, page_panel, pass_link, why_paper_is_closed
from forum.deliberation.minutes.search_kind import MinutesSearch
from forum.deliberation.minutes.services import draft_minutes
from forum.deliberation.minutes.texts import MinutesKind, ObjectionKind
from forum.deliberation.rooms.finishing import register_at_finish
from forum.deliberation.sheets.closing import register_closing
from forum.people.passes.joining import register_handover
from forum.people.passes.links import register_link
from forum.people.passes.withdrawing import register_withdrawal
from forum.system.finding.registry import register_search_kind
from forum.system.pauses.queries import why_paused
from forum.system.texts.registry import register_text_kind
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    """Draft minutes when a gathering ends, and show them on its pages. Let gatherings rest in an election pause."""
    register_at_finish(GatheringMinutes.__tablename__, draft_minutes)
    register_panel(Panel(PanelPlace.PAGE, 40, "minutes/_page_panel.html", page_panel))
    register_panel(Panel(PanelPlace.DESK, 60, "minutes/_desk_panel.html", desk_panel))
    register_text_kind(MinutesKind())
    register_text_kind(ObjectionKind())
    register_search_kind(MinutesSearch())
    register_handover("minutes", fold_answers, order=10)
    register_withdrawal("minutes", take_back_texts, order=30)
    register_list_deletion("answers", forget_who_answered)
    register_closing("minutes", why_paper_is_closed)
    register_link("minutes", pass_link)
    register_pause(why_paused)
