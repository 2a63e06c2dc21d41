from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from forum.core.access import Actor, require
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.actor import present_actor
from forum.deliberation.gatherings.queries import helper_ids
from forum.deliberation.minutes.answering import ROOM_ONLY, answer_minutes
from forum.deliberation.minutes.forms import AGREES, OBJECTS, AnswerForm, AskForm, MinutesForm
from forum.deliberation.minutes.models import GatheringMinutes, MinutesState
from forum.deliberation.minutes.permissions import (
    can_answer,
    can_edit_minutes,
    can_read_unpublished,
    can_see_minutes,
    can_withdraw_quote,
)
from forum.deliberation.minutes.queries import (
    answer_of,
    entry_in_room,
    get_minutes,
    get_quote,
    ideas_to_quote,
    n_asked,
)
from forum.deliberation.minutes.quotes import MAX_QUOTES, WRITER_ONLY, author_of, withdraw_quote
from forum.deliberation.minutes.reading import minutes_page
from forum.deliberation.minutes.services import ORGANISER_ONLY, ask_room, edit_minutes
from forum.deliberation.rooms.models import GatheringEntry
from forum.web.forms import ForumForm
from forum.web.gate import public
from forum.web.pagecache import same_for_visitors

bp = Blueprint("minutes", __name__, template_folder="templates")
EDITABLE = frozenset({MinutesState.DRAFT, MinutesState.REFUSED})


@bp.get("/gatherings/<int:gathering_id>/minutes")
@public
@same_for_visitors
def show(gathering_id: int) -> ResponseReturnValue:
    """Show the minutes to everybody once they are published; before that to the room, and to who runs it."""
    return _page(_to_read(gathering_id, present_actor()))


@bp.post("/gatherings/<int:gathering_id>/minutes")
@public
def answer(gathering_id: int) -> ResponseReturnValue:
    """Take the answer of somebody of the room, by account or by guest pass."""
    read = _to_read(gathering_id, present_actor())
    require(read.may_answer, ROOM_ONLY)
    form = AnswerForm()
    with form.collect_errors():
        if form.validate_on_submit():
            answer_minutes(read.minutes, read.actor, form.choice(), form.objection.data or "", request.remote_addr)
            db.session.commit()
            flash(_("답을 받았어요. 정해질 때까지 바꿀 수 있어요."))
            return redirect(url_for("minutes.show", gathering_id=gathering_id), 303)
    return _page(read, form)


@bp.get("/gatherings/<int:gathering_id>/minutes/edit")
def edit(gathering_id: int) -> ResponseReturnValue:
    minutes = _to_edit(gathering_id).minutes
    return _edit_page(minutes, MinutesForm(formdata=None, data=MinutesForm.prefilled(minutes)))


@bp.post("/gatherings/<int:gathering_id>/minutes/edit")
def save(gathering_id: int) -> ResponseReturnValue:
    minutes, form = _to_edit(gathering_id).minutes, MinutesForm()
    with form.collect_errors():
        if form.validate_on_submit():
            edit_minutes(minutes, current_user, form.typed(), form.seen.data or 0, request.remote_addr)
            db.session.commit()
            flash(_("회의록을 저장했어요."))
            return redirect(url_for("minutes.show", gathering_id=gathering_id), 303)
    return _edit_page(minutes, form)


@bp.post("/gatherings/<int:gathering_id>/minutes/ask")
def ask(gathering_id: int) -> ResponseReturnValue:
    read, form = _to_edit(gathering_id), AskForm()
    with form.collect_errors():
        if form.validate_on_submit():
            ask_room(read.minutes, current_user, form.seen.data or 0)
            db.session.commit()
            flash(_("모임에 온 사람들에게 회의록이 맞는지 물었어요."))
            return redirect(url_for("minutes.show", gathering_id=gathering_id), 303)
    return _page(read, ask_form=form)


@bp.post("/gatherings/<int:gathering_id>/minutes/quotes/<int:quote_id>/withdraw")
@public
def withdraw(gathering_id: int, quote_id: int) -> ResponseReturnValue:
    """Withdraw a quote of one's own idea, by account or by pass, at any time while the pass is read."""
    read = _to_read(gathering_id, present_actor())
    quote, form = get_quote(read.minutes, quote_id), ForumForm()
    require(can_withdraw_quote(read.actor, author_of(quote)), WRITER_ONLY)
    with form.collect_errors():
        if form.validate_on_submit():
            withdraw_quote(read.minutes, quote, read.actor)
            db.session.commit()
            flash(_("인용을 거두었어요. 회의록에서 이 문장이 사라졌어요."))
            return redirect(url_for("minutes.show", gathering_id=gathering_id), 303)
    return _page(read, ask_form=form)


@dataclass(frozen=True)
class Reading:
    """Minutes that somebody may see, and what they are to them: a person of the room, who runs the gathering."""

    minutes: GatheringMinutes
    actor: Actor
    entry: GatheringEntry | None
    runs_it: bool

    @property
    def may_answer(self) -> bool:
        return can_answer(self.actor, self.minutes.gathering, self.entry)


def _to_read(gathering_id: int, actor: Actor) -> Reading:
    """:raise NotFound: no minutes, or none that the actor may see: nobody else hears that there are any"""
    minutes, entry = get_minutes(gathering_id), entry_in_room(actor, gathering_id)
    helpers = helper_ids(gathering_id) if actor.id is not None else frozenset()
    if not can_see_minutes(actor, minutes.gathering, minutes, entry, helpers):
        raise NotFound(_("그런 회의록이 없어요."))
    return Reading(minutes, actor, entry, can_read_unpublished(actor, minutes.gathering, helpers))


def _to_edit(gathering_id: int) -> Reading:
    """:raise NotFound: no minutes, or none that the person may see; :raise Forbidden: not responsible for them"""
    read = _to_read(gathering_id, current_user)
    require(can_edit_minutes(current_user, read.minutes.gathering), ORGANISER_ONLY)
    return read


def _page(read: Reading, form: AnswerForm | None = None, ask_form: ForumForm | None = None) -> ResponseReturnValue:
    """Return the page for this reader; `form` and `ask_form` are those that were refused."""
    minutes, actor, gathering = read.minutes, read.actor, read.minutes.gathering
    may_edit = can_edit_minutes(actor, gathering)
    is_asked = minutes.state is MinutesState.ASKED
    may_answer = is_asked and read.may_answer
    shows_words = minutes.is_published or is_asked or read.runs_it or minutes.is_hidden
    page = render_template(
        "minutes/show.html",
        minutes=minutes,
        gathering=gathering,
        campaign=gathering.campaign,
        page=minutes_page(minutes) if shows_words else None,
        runs_it=read.runs_it,
        may_edit=may_edit and minutes.state in EDITABLE,
        may_ask=may_edit and minutes.state is MinutesState.DRAFT,
        may_answer=may_answer,
        may_withdraw=lambda quote: can_withdraw_quote(actor, quote.author_id),
        form=form or (_answer_form(read) if may_answer else None),
        ask_form=ask_form,
        n_asked=n_asked(gathering) if is_asked and read.runs_it else None,
        fewest=MIN_PEOPLE_PER_CELL,
    )
    refused: list[Any] = [one for one in (form, ask_form) if one is not None]
    response = make_response(page, max((one.status for one in refused), default=200))
    if not minutes.is_published:
        response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer_form(read: Reading) -> AnswerForm:
    """Return the form with what the person answered before."""
    assert read.entry is not None
    before = answer_of(read.minutes, read.entry, read.actor.participant_id)
    if before is None:
        return AnswerForm(formdata=None)
    data = {"agrees": AGREES if before.agrees else OBJECTS, "objection": before.objection}
    return AnswerForm(formdata=None, data=data)


def _edit_page(minutes: GatheringMinutes, form: MinutesForm) -> ResponseReturnValue:
    form.add_blank_rows()
    return form.page(
        "minutes/edit.html",
        minutes=minutes,
        gathering=minutes.gathering,
        campaign=minutes.gathering.campaign,
        page=minutes_page(minutes),
        ideas=ideas_to_quote(minutes.gathering_id).values(),
        most_quotes=MAX_QUOTES,
        is_editable=minutes.state in EDITABLE,
    )
