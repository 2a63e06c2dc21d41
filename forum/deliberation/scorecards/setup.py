from __future__ import annotations

from flask import Flask

from forum.deliberation.rounds.hooks import (
    register_after_close,
    register_after_conflict,
    register_after_leaving,
    register_before_open,
    register_ranks,
)
from forum.deliberation.rounds.panels import PanelPlace
from forum.deliberation.scorecards.criteria import require_criteria
from forum.deliberation.scorecards.panels import desk_panel, member_panel, round_panel, task_panel
from forum.deliberation.scorecards.queries import ranks_by_scores
from forum.deliberation.scorecards.services import (
    start_result,
    take_out_scores,
    take_out_scores_of_merged,
)
from forum.deliberation.scorecards.texts import ScorecardKind
from forum.system.texts.registry import register_text_kind
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    """Hang scores on the stages of rounds, and show them on the pages of rounds and tasks."""
    register_text_kind(ScorecardKind())
    register_before_open(require_criteria)
    register_after_close(start_result)
    register_after_conflict(take_out_scores)
    register_after_leaving(take_out_scores_of_merged)
    register_ranks(ranks_by_scores)
    register_panel(Panel(PanelPlace.ROUND, 20, "scorecards/_round_panel.html", round_panel))
    register_panel(Panel(PanelPlace.TASK, 20, "scorecards/_task_panel.html", task_panel))
    register_panel(Panel(PanelPlace.MEMBER, 20, "scorecards/_member_panel.html", member_panel))
    register_panel(Panel(PanelPlace.DESK, 20, "scorecards/_desk_panel.html", desk_panel))
