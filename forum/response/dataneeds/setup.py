from __future__ import annotations

from flask import Flask
from flask_login import current_user

from forum.core.access import Role
from forum.deliberation.rounds.panels import PanelPlace
from forum.response.dataneeds.pages import (
    most_wanted_now,
    needs_waiting,
    of_dataset,
    of_letter,
    of_task,
    of_theme,
)
from forum.response.dataneeds.search_kind import NeedSearch
from forum.response.dataneeds.texts import NeedKind
from forum.response.datasets.panels import DatasetPlace
from forum.system.finding.registry import register_search_kind
from forum.system.texts.registry import register_text_kind
from forum.web.page_data import provide_page_data
from forum.web.panels import Panel, register_panel
from forum.web.waiting import register_waiting


def register(_app: Flask) -> None:
    """Show needs for data on the pages of themes, letters, tasks and datasets, in search, and on the analysts' desk."""
    register_text_kind(NeedKind())
    register_search_kind(NeedSearch())
    provide_page_data("themes/show.html", "data_needs", lambda theme: of_theme(theme, current_user))
    provide_page_data("referrals/show.html", "data_needs", lambda letter: of_letter(letter, current_user))
    register_panel(Panel(DatasetPlace.PAGE, 20, "dataneeds/_of_dataset.html", of_dataset))
    for place in (DatasetPlace.LIST, DatasetPlace.WORK):
        register_panel(Panel(place, 20, "dataneeds/_most_wanted.html", most_wanted_now))
    register_panel(Panel(PanelPlace.TASK, 40, "dataneeds/_task_panel.html", of_task))
    register_waiting("desk.home", 40, frozenset({Role.ANALYST}), needs_waiting)
