from __future__ import annotations

from flask import Flask

from forum.response.datafiles.access import why_not_open
from forum.response.datafiles.pages import desk_panel, kept_files_of
from forum.response.datasets.distributions import register_kept_files
from forum.response.datasets.hooks import register_objection_to_opening
from forum.response.datasets.panels import DatasetPlace
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    """Show the files that the forum keeps on the pages of datasets, and in their catalogue."""
    register_kept_files("datafiles", kept_files_of)
    register_objection_to_opening("datafiles", why_not_open)
    register_panel(Panel(DatasetPlace.DESK, 20, "datafiles/_desk_panel.html", desk_panel))
