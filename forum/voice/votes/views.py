from __future__ import annotations

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import Actor, require
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.signin.session import session_actor
from forum.voice.campaigns.queries import get_campaign
from forum.voice.votes.batches import RowResult, cast_rows
from forum.voice.votes.forms import parse_keeper, parse_rows, parse_shown, parse_vote, parse_votes
from forum.voice.votes.kept import kept_votes_key
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.queries import list_to_vote
from forum.voice.votes.services import VoteResult, cast_votes
from forum.voice.votes.shown import read_shown
from forum.web.error_pages import wants_json
from forum.web.gate import authenticates_itself, public
from forum.web.idempotency import resent_with_other
from forum.web.pagecache import same_for_visitors
from forum.web.redirects import path_on_this_site

bp = Blueprint("votes", __name__, template_folder="templates")
SHAPES = frozenset({"card", "docked"})
"""How a page shows an idea's votes, if not in the usual way: sent along, so that htmx gets the same block back."""


@bp.get("/c/<slug>/vote/list")
@public
@same_for_visitors
def listing(slug: str) -> ResponseReturnValue:
    """Show the ideas that wait for the reader's vote."""
    campaign = get_campaign(slug)
    found = list_to_vote(campaign, current_user, request.args.get("after", ""), current_app.config["PAGE_SIZE"])
    return render_template("votes/listing.html", campaign=campaign, to_vote=found)


@bp.post("/ideas/<int:idea_id>/vote")
@authenticates_itself
def cast(idea_id: int) -> ResponseReturnValue:
    actor = _voter()
    value = parse_vote(request)
    [result] = cast_votes({idea_id: value}, actor, _shown(idea_id, actor))
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


@bp.post("/c/<slug>/votes")
@authenticates_itself
@resent_with_other("age")
def cast_each(slug: str) -> ResponseReturnValue:
    """Cast up to 50 votes, each by itself, such as those kept on a device without network.

    `parse_rows` says what is sent. JSON may name the account for which a device kept them (`account`): sent as another
    person, they are refused. The answer has one entry per row, in their order: {"idea", "status"} with "value"
    and "tally" where the status is "cast" or "older" (the person has decided otherwise since), or with "code" and
    "reason" where it is "refused".
    """
    actor = _voter()
    is_own = parse_keeper(request) in {"", kept_votes_key(actor)}
    require(is_own, _("다른 계정에서 담아 둔 투표예요. 그 계정으로 로그인하면 보낼 수 있어요."))
    results = cast_rows(get_campaign(slug), parse_rows(request), actor)
    db.session.commit()
    return jsonify(votes=[_row_as_json(result) for result in results])


def _voter() -> Actor:
    """Return who votes, before the body is read: others are refused whatever they send."""
    actor = session_actor()
    require(can_vote(actor), why_not_vote(actor))
    return actor


def _shown(idea_id: int, actor: Actor) -> dict[int, float]:
    """Return the probability that the page carried, if it did."""
    token = parse_shown(request)
    if not token or actor.participant_id is None:
        return {}
    probability = read_shown(token, actor.participant_id, idea_id)
    return {} if probability is None else {idea_id: probability}


def _respond(result: VoteResult) -> ResponseReturnValue:
    """Render the result in the requested format: JSON, htmx fragment, or redirect."""
    if wants_json():
        return jsonify(_as_json(result))
    if request.headers.get("HX-Request"):
        shape = request.form.get("shape", "")
        return render_template("votes/buttons.html", result=result, shape=shape if shape in SHAPES else "")
    place = path_on_this_site(request.form.get("next")).partition("#")[0]
    if place:  # back to the same place of the list
        return redirect(f"{place}#idea-{result.idea_id}", 303)
    return redirect(url_for("thread.idea", idea_id=result.idea_id), 303)


def _as_json(result: VoteResult) -> dict[str, object]:
    tally = {"agree": result.agree, "disagree": result.disagree, "pass": result.pass_}
    return {"value": result.own_vote, "tally": tally}


def _row_as_json(row: RowResult) -> dict[str, object]:
    said: dict[str, object] = {"idea": row.idea_id, "status": row.status.value}
    if row.result is not None:
        said |= _as_json(row.result)
    if row.refusal is not None:
        said |= {"code": row.refusal.value, "reason": row.reason}
    return said
