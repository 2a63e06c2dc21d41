from __future__ import annotations

from flask import Flask

from forum.core.i18n import _
from forum.deliberation.gatherings.panels import PanelPlace
from forum.deliberation.rooms.bringing import register_counted
from forum.deliberation.rooms.finishing import register_at_finish
from forum.deliberation.rooms.running import register_on_paper
from forum.deliberation.sheets.counting import refuse_fewer_people
from forum.deliberation.sheets.panels import desk_panel, page_panel
from forum.deliberation.sheets.queries import is_counted_on_paper, is_on_counted_sheets, n_on_sheets
from forum.voice.ideas.binding import Binding, register_binding
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    register_panel(Panel(PanelPlace.DESK, 40, "sheets/_desk.html", desk_panel))
    register_panel(Panel(PanelPlace.PAGE, 40, "sheets/_page.html", page_panel))
    register_counted("sheets", is_on_counted_sheets)
    register_on_paper("sheets", n_on_sheets)
    register_at_finish("sheets", refuse_fewer_people)
    register_binding(binding_by_sheets)


def binding_by_sheets(idea_id: int) -> Binding:
    """An idea that stood on counted vote sheets keeps its words: people voted on them."""
    if not is_counted_on_paper(idea_id):
        return Binding()
    return Binding(why_not_edit=str(_("모임에서 종이로 투표한 제안이라 고칠 수 없어요. 보탤 말은 댓글로 남겨 주세요.")))
