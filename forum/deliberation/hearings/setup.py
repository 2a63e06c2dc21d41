from __future__ import annotations

from flask import Flask

from forum.deliberation.hearings.pages import member_panel, round_panel, task_panel, theme_opinions
from forum.deliberation.hearings.planning import cancel_with_task
from forum.deliberation.hearings.texts import InvitationKind, OpinionKind, QuestionKind
from forum.deliberation.rounds.hooks import register_after_leaving
from forum.deliberation.rounds.panels import PanelPlace
from forum.system.texts.registry import register_text_kind
from forum.web.page_data import provide_page_data
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    """Show hearings and opinions on the pages of rounds, tasks and themes."""
    for kind in (InvitationKind(), QuestionKind(), OpinionKind()):
        register_text_kind(kind)
    register_after_leaving(cancel_with_task)
    register_panel(Panel(PanelPlace.ROUND, 30, "hearings/_round_panel.html", round_panel))
    register_panel(Panel(PanelPlace.TASK, 30, "hearings/_task_panel.html", task_panel))
    register_panel(Panel(PanelPlace.MEMBER, 30, "hearings/_round_panel.html", member_panel))
    provide_page_data("themes/show.html", "signed_opinions", theme_opinions)
