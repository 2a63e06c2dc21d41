"""What a phone sends from a room, and what the facilitator decides of it when it came too late."""

from __future__ import annotations

from pathlib import Path

from flask import (
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.actor import present_actor, runner_of
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.joint.action_json import parse_actions
from forum.deliberation.joint.actions import ActionResult, take_actions
from forum.deliberation.joint.forms import LateForm
from forum.deliberation.joint.late import decide_late, late_actions
from forum.deliberation.joint.views import bp
from forum.deliberation.rooms.checkin import require_runner
from forum.deliberation.rooms.locking import why_not_open
from forum.deliberation.rooms.room import own_entry
from forum.web.forms import ForumForm
from forum.web.gate import also_for_devices, public
from forum.web.idempotency import idempotency_exempt
from forum.web.slots import needs_no_database, sent_again_by_itself


@bp.post("/gatherings/<int:gathering_id>/room/actions")
@public
@idempotency_exempt  # each action has a key of its own, and batches are put together anew
@sent_again_by_itself  # by static/js/kept.js
def act(gathering_id: int) -> ResponseReturnValue:
    """Do up to 50 things, each by itself and once, such as those kept on a phone without network.

    `parse_actions` says what is sent. The answer has one entry per action, in their order: {"key", "status"} with
    "reason" where it was refused or waits for the facilitator, and "was" where it had arrived before.
    """
    gathering, actor = get_gathering(gathering_id), present_actor()
    own_entry(gathering, actor)  # before the body is read: others are refused whatever they send
    entry, actions = parse_actions(request)
    results = take_actions(gathering, actor, entry, actions, request.remote_addr)
    db.session.commit()
    return jsonify(actions=[_as_json(one) for one in results])


@bp.get("/room-sw.js")
@public
@needs_no_database
def worker() -> ResponseReturnValue:
    """Give the script that opens a room's page without network: one of a folder would only be for that folder."""
    response = send_from_directory(Path(current_app.root_path) / "static", "js/room-sw.js", mimetype="text/javascript")
    response.headers |= {"Service-Worker-Allowed": "/gatherings/", "Cache-Control": "no-cache"}
    return response


@bp.get("/gatherings/<int:gathering_id>/late")
@also_for_devices
def late(gathering_id: int) -> ResponseReturnValue:
    return _late_page(_run(gathering_id), ForumForm(formdata=None))


@bp.post("/gatherings/<int:gathering_id>/late")
@also_for_devices
def decide(gathering_id: int) -> ResponseReturnValue:
    """Accept or refuse one action as the page showed it."""
    gathering, form = _run(gathering_id), LateForm()
    with form.collect_errors():
        if form.validate_on_submit():
            done = decide_late(gathering, runner_of(gathering), form.entry_id, form.key.data or "", form.accepts)
            db.session.commit()
            flash(_("받았어요.") if done else _("받지 않았어요. 보낸 사람의 화면에도 보여요."))
            return redirect(url_for("joint.late", gathering_id=gathering_id), 303)
    return _late_page(gathering, form)


def _run(gathering_id: int) -> Gathering:
    gathering = get_gathering(gathering_id)
    require_runner(gathering, runner_of(gathering))
    return gathering


def _late_page(gathering: Gathering, form: ForumForm) -> ResponseReturnValue:
    page = render_template(
        "joint/late.html",
        form=form,
        gathering=gathering,
        campaign=gathering.campaign,
        actions=late_actions(gathering.id),
        closed=why_not_open(gathering),
    )
    return make_response(page, form.status, form.headers | {"Cache-Control": "private, no-store"})


def _as_json(result: ActionResult) -> dict[str, str]:
    said = {"key": result.key, "status": result.status.value}
    if result.reason:
        said["reason"] = result.reason
    if result.was is not None:
        said["was"] = result.was.value
    return said
