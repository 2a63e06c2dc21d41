from __future__ import annotations

from flask import Blueprint, Flask

from forum.response.datafiles.hooks import register_follow_ups
from forum.response.datafiles.panels import FilePlace
from forum.response.datajoins.pages import of_dataset, of_file, of_request
from forum.response.datajoins.services import forget_risks, measure_published
from forum.response.datarequests.panels import RequestPlace
from forum.response.datasets.panels import DatasetPlace
from forum.web.panels import Panel, register_panel


def register(app: Flask) -> None:
    """Measure each file that is published, and warn on its page and on the desk of its dataset."""
    app.register_blueprint(Blueprint("datajoins", __name__, template_folder="templates"))  # no pages of its own
    register_follow_ups("datajoins", measure_published, forget_risks)
    register_panel(Panel(FilePlace.PAGE, 20, "datajoins/_of_file.html", of_file))
    register_panel(Panel(RequestPlace.DECIDING, 20, "datajoins/_desk_panel.html", of_request))
    register_panel(Panel(DatasetPlace.DESK, 30, "datajoins/_desk_panel.html", of_dataset))
