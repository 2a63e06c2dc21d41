from __future__ import annotations

from flask import Flask

from forum.analysis.shortlists.hooks import register_after_slate, register_before_change
from forum.deliberation.advisory.following import (
    ask_members,
    calculate,
    keep_finalists,
    publish_citizens_slate,
    require_reasons,
    take_rating_out,
    take_task_off,
)
from forum.deliberation.advisory.pages import for_desk, for_member, for_visitor, round_of_ballot
from forum.deliberation.rounds.hooks import (
    register_after_close,
    register_after_conflict,
    register_after_leaving,
    register_before_open,
    register_before_result,
)
from forum.deliberation.rounds.panels import PanelPlace
from forum.web.page_data import provide_page_data
from forum.web.panels import Panel, register_panel

ORDER = 70
"""Late among a page's panels: what the council chose stands first."""


def register(_app: Flask) -> None:
    register_before_open(ask_members)
    register_after_close(calculate)
    register_after_leaving(take_task_off)
    register_after_conflict(take_rating_out)
    register_before_result(require_reasons)
    register_after_slate(publish_citizens_slate)
    register_before_change(keep_finalists)
    register_panel(Panel(PanelPlace.ROUND, ORDER, "advisory/_round_panel.html", for_visitor))
    register_panel(Panel(PanelPlace.MEMBER, ORDER, "advisory/_member_panel.html", for_member))
    register_panel(Panel(PanelPlace.DESK, ORDER, "advisory/_desk_panel.html", for_desk))
    provide_page_data("shortlists/show.html", "council_round", round_of_ballot)
