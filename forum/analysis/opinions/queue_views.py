"""The pages of the voting queue: one idea at a time, the vote just cast to take back, and a place to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.analysis.opinions.queue import (
    Done,
    LastVote,
    Question,
    answer_question,
    done_by,
    draw_for,
    last_vote,
    next_question,
    question_about,
    undo_vote,
)
from forum.analysis.opinions.queue_forms import parse_answer, parse_idea_id, read_idea_id
from forum.core.access import Actor, require
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.people.signin.session import session_actor
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import get_campaign, why_closed
from forum.voice.everyday.queries import details_in
from forum.voice.photos.queries import first_photos
from forum.voice.votes.permissions import can_vote, why_not_vote
from forum.voice.votes.queries import VotesExcluded, list_to_vote
from forum.voice.votes.shown import read_shown, sign_shown
from forum.web.error_pages import wants_json
from forum.web.gate import authenticates_itself, public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("queue", __name__)
PAUSE_EVERY = 10  # votes


@dataclass(frozen=True)
class Shown:
    """What the queue shows.

    :param question: None where nothing is left, votes are not taken, or it is time for a pause
    :param token: of `voice.votes.shown`, sent along with the vote
    :param last: the vote that can be taken back
    :param note: what became of the last form, if it was refused
    :param closed: why no votes are taken; empty if they are
    """

    done: Done
    question: Question | None = None
    token: str = ""
    last: LastVote | None = None
    note: str = ""
    closed: str = ""
    is_pause: bool = False


@bp.get("/c/<slug>/vote")
@public
@same_for_visitors
def ask(slug: str) -> ResponseReturnValue:
    """Show the next idea to somebody who may vote; to others the list, which says why they may not."""
    campaign = get_campaign(slug)
    if why_not_vote(current_user) or why_closed(campaign, PhaseKind.VOTING):
        found = list_to_vote(campaign, current_user, "", current_app.config["PAGE_SIZE"])
        return render_template("votes/listing.html", campaign=campaign, to_vote=found)
    last_id, again_id = (read_idea_id(request.args.get(name, "")) for name in ("last", "idea"))
    last = last_vote(campaign, current_user, last_id) if last_id else None
    if again_id:
        return _answered(campaign, _again(campaign, current_user, again_id, request.args.get("shown", "")))
    return _answered(campaign, _next(campaign, current_user, last))


@bp.post("/c/<slug>/vote")
@authenticates_itself
def answer(slug: str) -> ResponseReturnValue:
    """Cast a vote and go on to the next idea, or to a pause. The form names its idea: sent twice it counts once."""
    actor = _voter()
    campaign = get_campaign(slug)
    sent = parse_answer(request.form)
    probability = read_shown(sent.shown, _participant(actor), sent.idea_id) if sent.shown else None
    try:
        last = answer_question(campaign, actor, sent.idea_id, sent.value, probability, sent.is_first)
        db.session.commit()
    except (NotFound, WrongState) as refusal:
        return _refused(slug, actor, refusal)
    is_pause = done_by(campaign, actor).today % PAUSE_EVERY == 0
    if not _wants_fragment():
        to = url_for("queue.pause" if is_pause else "queue.ask", slug=slug, last=last.idea_id)
        return redirect(f"{to}#question", 303)
    return _answered(campaign, _pause(campaign, actor, last) if is_pause else _next(campaign, actor, last))


@bp.post("/c/<slug>/vote/undo")
@authenticates_itself
def undo(slug: str) -> ResponseReturnValue:
    """Clear the vote just cast and ask about its idea again."""
    actor = _voter()
    campaign = get_campaign(slug)
    idea_id = parse_idea_id(request.form)
    try:
        probability = undo_vote(campaign, actor, idea_id)
        db.session.commit()
    except (NotFound, WrongState) as refusal:
        return _refused(slug, actor, refusal)
    token = sign_shown(_participant(actor), idea_id, probability) if probability else ""
    if not _wants_fragment():
        return redirect(url_for("queue.ask", slug=slug, idea=idea_id, shown=token or None) + "#question", 303)
    return _answered(campaign, _again(campaign, actor, idea_id, token))


@bp.get("/c/<slug>/vote/pause")
def pause(slug: str) -> ResponseReturnValue:
    """Say what the person has done today, and offer to go on, to see where it leads, or to stop."""
    require(can_vote(current_user), why_not_vote(current_user))
    campaign = get_campaign(slug)
    last_id = read_idea_id(request.args.get("last", ""))
    last = last_vote(campaign, current_user, last_id) if last_id else None
    return _answered(campaign, _pause(campaign, current_user, last))


def _voter() -> Actor:
    """Return who votes, before the body is read: others are refused whatever they send."""
    actor = session_actor()
    require(can_vote(actor), why_not_vote(actor))
    return actor


def _participant(actor: Actor) -> int:
    assert actor.participant_id is not None  # who may vote is a participant
    return actor.participant_id


def _next(campaign: Campaign, actor: Actor, last: LastVote | None = None, note: str = "") -> Shown:
    """Draw the next idea."""
    done = done_by(campaign, actor)
    closed = _why_no_votes(campaign, done)
    question = None if closed else next_question(campaign, actor, draw_for(campaign, actor, done.in_all))
    token = ""
    if question and question.probability:
        token = sign_shown(_participant(actor), question.idea.id, question.probability)
    return Shown(done, question, token, last, note, closed)


def _again(campaign: Campaign, actor: Actor, idea_id: int, token: str) -> Shown:
    """Ask about this idea or, if that cannot be, about the next one."""
    question = question_about(campaign, actor, idea_id)
    if question is None:
        return _next(campaign, actor)
    is_valid = read_shown(token, _participant(actor), idea_id) is not None
    done = done_by(campaign, actor)
    if closed := _why_no_votes(campaign, done):
        return Shown(done, closed=closed)
    return Shown(done, question, token if is_valid else "")


def _pause(campaign: Campaign, actor: Actor, last: LastVote | None) -> Shown:
    done = done_by(campaign, actor)
    return Shown(done, last=last, closed=_why_no_votes(campaign, done), is_pause=True)


def _why_no_votes(campaign: Campaign, done: Done) -> str:
    return why_closed(campaign, PhaseKind.VOTING) or (str(VotesExcluded()) if done.is_excluded else "")


def _refused(slug: str, actor: Actor, refusal: NotFound | WrongState) -> ResponseReturnValue:
    """Say why the form was refused, and go on to the next idea."""
    db.session.rollback()
    if wants_json():
        raise refusal
    campaign = get_campaign(slug)
    return _answered(campaign, _next(campaign, actor, note=refusal.message), refusal.status)


def _wants_fragment() -> bool:
    return "HX-Request" in request.headers


def _answered(campaign: Campaign, shown: Shown, status: int = 200) -> Response:
    """Answer with the page or, to htmx, with the part that changes. Nobody keeps it: it is one person's alone."""
    asked = [shown.question.idea.id] if shown.question else []
    context: dict[str, Any] = {"campaign": campaign, "shown": shown, "pause_every": PAUSE_EVERY}
    context |= {"everyday": details_in(campaign, asked), "photos": first_photos(campaign, asked)}
    template = "opinions/_queue.html" if _wants_fragment() else "opinions/queue.html"
    response = make_response(render_template(template, **context), status)
    response.headers["Cache-Control"] = "private, no-store"
    return response
