from __future__ import annotations

from flask import Flask
from flask_login import current_user

from forum.core.access import Role
from forum.deliberation.rounds.panels import PanelPlace
from forum.response.dataneeds.panels import NeedPlace
from forum.response.datarequests.panels import RequestPlace
from forum.response.datasets.panels import DatasetPlace
from forum.response.datauses.pages import (
    of_dataset,
    of_letter,
    of_need,
    of_request,
    of_task,
    of_theme,
    uses_waiting,
    waiting_on_desk,
)
from forum.response.datauses.search_kind import UseSearch
from forum.response.datauses.texts import UseKind
from forum.system.finding.registry import register_search_kind
from forum.system.texts.registry import register_text_kind
from forum.web.page_data import provide_page_data
from forum.web.panels import Panel, register_panel
from forum.web.waiting import register_waiting


def register(_app: Flask) -> None:
    """Show what was found out with data on the pages of what it is about, and on the desk of those who check it."""
    register_text_kind(UseKind())
    register_search_kind(UseSearch())
    provide_page_data("themes/show.html", "data_uses", lambda theme: of_theme(theme, current_user))
    provide_page_data("referrals/show.html", "data_uses", lambda letter: of_letter(letter, current_user))
    register_panel(Panel(DatasetPlace.PAGE, 15, "datauses/_panel.html", of_dataset))
    register_panel(Panel(DatasetPlace.LIST, 10, "datauses/_list_link.html", lambda _none, _reader: True))
    register_panel(Panel(DatasetPlace.WORK, 10, "datauses/_waiting.html", waiting_on_desk))
    register_panel(Panel(NeedPlace.PAGE, 10, "datauses/_panel.html", of_need))
    register_panel(Panel(RequestPlace.PAGE, 10, "datauses/_of_request.html", of_request))
    register_panel(Panel(PanelPlace.TASK, 41, "datauses/_panel.html", of_task))
    register_waiting("desk.home", 41, frozenset({Role.ANALYST}), uses_waiting)
