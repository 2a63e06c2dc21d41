from __future__ import annotations

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.errors import wants_json
from forum.extensions import db
from forum.ideas.models import Idea
from forum.ideas.queries import get_idea
from forum.votes.forms import asked_vote
from forum.votes.queries import vote_of, why_no_vote_now
from forum.votes.services import cast_vote, clear_vote

bp = Blueprint("votes", __name__, template_folder="templates")


@bp.post("/ideas/<int:idea_id>/vote")
def cast(idea_id: int) -> ResponseReturnValue:
    idea = get_idea(idea_id)
    value = asked_vote(request)
    if value is None:
        clear_vote(idea, current_user)
    else:
        cast_vote(idea, current_user, value)
    db.session.commit()
    return _answer(idea)


def _answer(idea: Idea) -> ResponseReturnValue:
    """The new state in the language that was spoken: JSON, a fragment for htmx, or back to the idea."""
    mine = vote_of(idea.id, current_user)
    if wants_json():
        tally = {"agree": idea.tally.agree, "disagree": idea.tally.disagree, "pass": idea.tally.pass_}
        return jsonify(value=mine, tally=tally)
    if request.headers.get("HX-Request"):
        why_not = why_no_vote_now(idea, current_user)
        return render_template("votes/buttons.html", idea=idea, tally=idea.tally, mine=mine, why_not=why_not)
    return redirect(url_for("thread.idea", idea_id=idea.id), 303)
