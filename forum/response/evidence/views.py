"""No page of its own: the blueprint brings the templates that other pages include."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("evidence", __name__, template_folder="templates")
