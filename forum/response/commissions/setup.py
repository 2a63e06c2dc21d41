from __future__ import annotations

from flask import Flask

from forum.core.access import Role
from forum.deliberation.rounds.hooks import register_after_finish
from forum.deliberation.rounds.panels import PanelPlace
from forum.response.commissions.pages import (
    letters_waiting,
    office_commissions,
    reports_waiting,
    round_panel,
    task_panel,
    theme_tasks,
)
from forum.response.commissions.services import ask_for_letters
from forum.web.page_data import provide_page_data
from forum.web.panels import Panel, register_panel
from forum.web.waiting import register_waiting


def register(_app: Flask) -> None:
    """Ask for letters when a round finishes, and show chosen tasks where people and officers look for them."""
    register_after_finish(ask_for_letters)
    register_panel(Panel(PanelPlace.TASK, 10, "commissions/_task_panel.html", task_panel))
    register_panel(Panel(PanelPlace.ROUND, 5, "commissions/_round_panel.html", round_panel))
    register_panel(Panel(PanelPlace.DESK, 5, "commissions/_round_panel.html", round_panel))
    provide_page_data("referrals/_desk_more.html", "office_commissions", office_commissions)
    provide_page_data("themes/show.html", "council_tasks", theme_tasks)
    register_waiting("referrals.desk", 30, frozenset({Role.MINISTRY_OFFICER}), reports_waiting)
    register_waiting("desk.home", 30, frozenset({Role.ANALYST}), letters_waiting)
