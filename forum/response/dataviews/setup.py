from __future__ import annotations

from flask import Flask

from forum.core.access import Actor
from forum.response.datafiles.access import may_have
from forum.response.datafiles.models import DataFile
from forum.response.datafiles.queries import file_in_use
from forum.response.datasets.models import DatasetVersion
from forum.response.datasets.panels import DatasetPlace
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    """Lead from a version to the preview of its file."""
    register_panel(Panel(DatasetPlace.VERSION, 40, "dataviews/_link.html", _previewed))


def _previewed(version: DatasetVersion, actor: Actor) -> DataFile | None:
    file = file_in_use(version.id)
    return file if file and may_have(file, actor) else None
