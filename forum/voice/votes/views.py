from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum.core.access import Actor, require
from forum.core.extensions import db
from forum.people.signin.session import session_actor
from forum.voice.votes.forms import parse_vote, parse_votes
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.services import VoteResult, cast_votes
from forum.web.error_pages import wants_json
from forum.web.gate import authenticates_itself

bp = Blueprint("votes", __name__, template_folder="templates")


@bp.post("/ideas/<int:idea_id>/vote")
@authenticates_itself
def cast(idea_id: int) -> ResponseReturnValue:
    actor = _voter()
    [result] = cast_votes({idea_id: parse_vote(request)}, actor)
    db.session.commit()
    return _respond(result)


@bp.post("/votes")
@authenticates_itself
def cast_many() -> ResponseReturnValue:
    """Cast many votes, all of them or none. `parse_votes` says what is sent; the answer is JSON."""
    actor = _voter()
    results = cast_votes(parse_votes(request), actor)
    db.session.commit()
    return jsonify(votes=[{"idea": result.idea_id} | _as_json(result) for result in results])


def _voter() -> Actor:
    """Return who votes, before the body is read: others are refused whatever they send."""
    actor = session_actor()
    require(can_vote(actor), why_not_vote(actor))
    return actor


def _respond(result: VoteResult) -> ResponseReturnValue:
    """Render the result in the requested format: JSON, htmx fragment, or redirect."""
    if wants_json():
        return jsonify(_as_json(result))
    if request.headers.get("HX-Request"):
        return render_template("votes/buttons.html", result=result)
    return redirect(url_for("thread.idea", idea_id=result.idea_id), 303)


def _as_json(result: VoteResult) -> dict[str, object]:
    tally = {"agree": result.agree, "disagree": result.disagree, "pass": result.pass_}
    return {"value": result.own_vote, "tally": tally}
