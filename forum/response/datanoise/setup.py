from __future__ import annotations

from flask import Flask

from forum.response.datafiles.hooks import register_objection_to_figures
from forum.response.datafiles.panels import FilePlace
from forum.response.datanoise.budget import why_no_exact_figures
from forum.response.datanoise.pages import of_file
from forum.web.panels import Panel, register_panel


def register(_app: Flask) -> None:
    """Lead from the page of a sensitive file to its noisy figures; with a budget there are no others."""
    register_panel(Panel(FilePlace.PAGE, 30, "datanoise/_of_file.html", of_file))
    register_objection_to_figures("datanoise", why_no_exact_figures)
