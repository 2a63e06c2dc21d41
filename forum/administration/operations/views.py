from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from forum.administration.operations.services import readiness
from forum.web.gate import public
from forum.web.slots import needs_no_database

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
@public
@needs_no_database
def healthz() -> ResponseReturnValue:
    """Answer while the process is alive, without a query."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Answer 503 if the database is unreachable or not migrated; say what else is missing."""
    is_ready, facts = readiness()
    return jsonify(facts), 200 if is_ready else 503
