"""Walls, and what rooms share: public pages without names."""

from __future__ import annotations

import json
from dataclasses import dataclass

from flask import Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forum.core import clock
from forum.core.links import link_to
from forum.deliberation.joint.models import JointSession, JointState, JointStep, StepKind
from forum.deliberation.joint.state import StateAnswer, milliseconds
from forum.deliberation.joint.views import TIME_HEADER, bp
from forum.deliberation.joint.wall import rooms_apart_of
from forum.deliberation.joint.wall_queries import get_shown_session
from forum.deliberation.rooms.pictures import address_qr
from forum.web.gate import public
from forum.web.request_hooks import not_logged
from forum.web.slots import needs_no_database

READ_HEADER = "X-Forum-Read"
"""When the answer was read: a wall never goes back to an older one, which another process may still hold."""
APART_STEPS = frozenset({StepKind.LOOK, StepKind.VOTE, StepKind.CLOSING})
"""Steps in which a wall shows what rooms share, as soon as there is something to say."""
REFRESH_SECONDS = 10
"""Of a wall without script."""
MINUTE = 60_000


@dataclass(frozen=True)
class StepNow:
    """The step at which all stand, and how many minutes of it are left; None and 0 before the first."""

    step: JointStep | None = None
    minutes_left: int = 0


@bp.get("/joint/<int:session_id>/wall")
@public
def wall(session_id: int) -> ResponseReturnValue:
    session = get_shown_session(session_id)
    said = json.loads(_wall_answer(session_id).body)
    now = _step_now(session)
    address = link_to("joint.show", session_id=session_id)
    return render_template(
        "joint/wall.html",
        session=session,
        now=now,
        parts={name: Markup(html) for name, html in said["html"].items()},  # noqa: S704  (rendered by our templates)
        view="apart" if said["has_found"] and _is_time_for_apart(session, now) else "board",
        apart_steps=APART_STEPS,
        address=address.partition("://")[2],
        qr=address_qr(address, str(session.title)),
        refresh=REFRESH_SECONDS,
    )


@bp.get("/joint/<int:session_id>/wall.json")
@public
@needs_no_database  # as `views.state`
@not_logged
def wall_json(session_id: int) -> ResponseReturnValue:
    """StateAnswer what a wall shows (`WallReader.answer`); 304 to a wall that has it already."""
    answer = _wall_answer(session_id)
    response = Response(answer.body, content_type="application/json; charset=utf-8")
    response.headers |= {"ETag": answer.etag, "Cache-Control": "no-cache"}
    response.headers[TIME_HEADER] = str(milliseconds(clock.now()))
    response.headers[READ_HEADER] = str(answer.read_at)
    return response.make_conditional(request)


@bp.get("/joint/<int:session_id>/rooms-apart")
@public
def rooms_apart(session_id: int) -> ResponseReturnValue:
    """Show what the rooms share, to read at home: once the session is over, so that nobody votes after it."""
    session = get_shown_session(session_id)
    found = rooms_apart_of(session) if session.state is JointState.FINISHED else None
    return render_template("joint/rooms_apart.html", session=session, campaign=session.campaign, found=found)


def _wall_answer(session_id: int) -> StateAnswer:
    answer: StateAnswer = current_app.extensions["joint_walls"].answer_of(session_id)
    return answer


def _is_time_for_apart(session: JointSession, now: StepNow) -> bool:
    is_over = session.state is JointState.FINISHED
    return is_over or (now.step is not None and now.step.kind in APART_STEPS)


def _step_now(session: JointSession) -> StepNow:
    said = json.loads(current_app.extensions["joint_states"].answer_of(session.id).body)
    newest = said["step"]
    if newest is None or session.state is not JointState.RUNNING:
        return StepNow()
    now = milliseconds(clock.now())
    steps = {step.position: step for step in session.steps}
    if newest["begins"] > now:
        return StepNow(steps.get(said["before"]))
    left = newest["begins"] + newest["minutes"] * MINUTE - now
    return StepNow(steps.get(newest["position"]), max(0, -(-left // MINUTE)))
