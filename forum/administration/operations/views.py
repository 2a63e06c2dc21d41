from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from forum.administration.operations.services import readiness
from forum.web.gate import public

bp = Blueprint("operations", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Is this process alive? Asks nothing of the database."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    ready, facts = readiness()
    return jsonify(status="ok" if ready else "not ready", **facts), 200 if ready else 503
