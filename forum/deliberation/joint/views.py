from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from forum.core import clock
from forum.deliberation.joint.state import milliseconds
from forum.web.gate import public
from forum.web.request_hooks import not_logged
from forum.web.slots import needs_no_database

bp = Blueprint("joint", __name__, template_folder="templates")
TIME_HEADER = "X-Forum-Time"
"""Milliseconds since 1970 when the answer left, also with 304: a phone whose clock is wrong reckons with it."""


@bp.get("/joint/<int:session_id>/state.json")
@public
@needs_no_database  # but twice a second in each process; a full database must not stop the screens
@not_logged
def state(session_id: int) -> ResponseReturnValue:
    """Answer where a session stands (`state.read_state`); 304 to a screen that has it already."""
    answer = current_app.extensions["joint_states"].answer_of(session_id)
    response = Response(answer.body, content_type="application/json; charset=utf-8")
    response.headers |= {"ETag": answer.etag, "Cache-Control": "no-cache"}
    response.headers[TIME_HEADER] = str(milliseconds(clock.now()))
    return response.make_conditional(request)
