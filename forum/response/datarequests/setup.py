from __future__ import annotations

from flask import Flask

from forum.core.access import Role
from forum.response.datafiles.access import register_grant
from forum.response.datafiles.accompanying import register_papers
from forum.response.dataneeds.panels import NeedPlace
from forum.response.datarequests.access import is_granted, papers_beside
from forum.response.datarequests.pages import of_dataset, of_holders, of_need, on_list, overdue_waiting
from forum.response.datarequests.texts import RequestKind, ReviewKind
from forum.response.datasets.panels import DatasetPlace
from forum.system.texts.registry import register_text_kind
from forum.web.panels import Panel, register_panel
from forum.web.waiting import register_waiting


def register(_app: Flask) -> None:
    """Let approvals open files, and show requests on the pages of datasets and needs and on the desks."""
    register_text_kind(RequestKind())
    register_text_kind(ReviewKind())
    register_grant("datarequests", is_granted)
    register_papers("datarequests", papers_beside)
    register_panel(Panel(DatasetPlace.PAGE, 10, "datarequests/_of_dataset.html", of_dataset))
    register_panel(Panel(DatasetPlace.LIST, 30, "datarequests/_on_list.html", on_list))
    register_panel(Panel(DatasetPlace.WORK, 10, "datarequests/_of_holders.html", of_holders))
    register_panel(Panel(NeedPlace.PAGE, 10, "datarequests/_of_need.html", of_need))
    register_waiting("desk.home", 41, frozenset({Role.ANALYST}), overdue_waiting)
