from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum.core.extensions import db
from forum.people.signin.session import session_actor
from forum.voice.votes.forms import asked_vote, asked_votes
from forum.voice.votes.services import Standing, cast_votes
from forum.web.error_pages import wants_json
from forum.web.gate import authenticates_itself

bp = Blueprint("votes", __name__, template_folder="templates")


@bp.post("/ideas/<int:idea_id>/vote")
@authenticates_itself
def cast(idea_id: int) -> ResponseReturnValue:
    actor = session_actor()
    [standing] = cast_votes({idea_id: asked_vote(request)}, actor)
    db.session.commit()
    return _answer(standing)


@bp.post("/votes")
@authenticates_itself
def cast_many() -> ResponseReturnValue:
    """Many votes, all of them or none; see `asked_votes` for what is sent. Answers with JSON."""
    actor = session_actor()
    standings = cast_votes(asked_votes(request), actor)
    db.session.commit()
    return jsonify(votes=[{"idea": standing.idea_id} | _as_json(standing) for standing in standings])


def _answer(standing: Standing) -> ResponseReturnValue:
    """The new state in the language that was spoken: JSON, a fragment for htmx, or back to the idea."""
    if wants_json():
        return jsonify(_as_json(standing))
    if request.headers.get("HX-Request"):
        return render_template("votes/buttons.html", standing=standing)
    return redirect(url_for("thread.idea", idea_id=standing.idea_id), 303)


def _as_json(standing: Standing) -> dict[str, object]:
    tally = {"agree": standing.agree, "disagree": standing.disagree, "pass": standing.pass_}
    return {"value": standing.mine, "tally": tally}
