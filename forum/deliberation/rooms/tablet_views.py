"""The tablet that is passed round: one person after the other, in big type."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.rooms.forms import EnterForm, RoomIdeaForm, RoomVoteForm
from forum.deliberation.rooms.joining import join_on_tablet
from forum.deliberation.rooms.locking import why_not_open
from forum.deliberation.rooms.models import GatheringTablet
from forum.deliberation.rooms.permissions import NotInRoom
from forum.deliberation.rooms.queries import entry_of
from forum.deliberation.rooms.room import room_page, vote_in_room, write_idea
from forum.deliberation.rooms.tablets import tablet_of_request
from forum.deliberation.rooms.views import bp
from forum.people.passes.actor import Guest, forget_pass, guest_of_request, remember_pass
from forum.web.form_recovery import IDEMPOTENCY_FIELD, discard_recovered
from forum.web.forms import ForumForm, query_number
from forum.web.gate import public
from forum.web.idempotency import idempotency_exempt

IDLE_SECONDS = 180
"""After so long without a press, the page asks whether the person is still there, and hides what is theirs."""


class NoTablet(NotFound):
    """This browser is no tablet of a room."""

    @property
    def message(self) -> str:
        return _("이 기기는 함께 쓰는 태블릿이 아니에요. 진행자가 모임의 ‘태블릿’ 화면에서 열 수 있어요.")


@bp.get("/tablet")
@public
def tablet() -> ResponseReturnValue:
    """Show the present person what they can do or, without one, how the next person begins."""
    found, gathering = _tablet()
    closed = _why_closed(found, gathering)
    guest = _person(gathering)
    if closed or guest is None:
        return _start_page(gathering, EnterForm(formdata=None), closed)
    page = room_page(gathering, guest)
    return _page("rooms/tablet.html", gathering, page=page, idle=IDLE_SECONDS)


@bp.post("/tablet")
@public
@idempotency_exempt  # the key of the form makes the pass: the same form twice makes one
def begin() -> ResponseReturnValue:
    found, gathering = _tablet()
    form = EnterForm()
    with form.collect_errors():
        if form.validate_on_submit():
            if form.is_younger:
                return _page("rooms/tablet_younger.html", gathering)
            key, says = request.form.get(IDEMPOTENCY_FIELD, ""), form.said_14_or_older()
            agrees = bool(form.agrees.data)
            secret = join_on_tablet(found, gathering, key, says_14_or_older=says, agrees=agrees)
            db.session.commit()
            remember_pass(secret)
            return redirect(url_for("rooms.tablet"), 303)
    return _start_page(gathering, form, _why_closed(found, gathering))


@bp.route("/tablet/idea", methods=["GET", "POST"])
@public
def write_on_tablet() -> ResponseReturnValue:
    gathering, guest = _person_in_turn()
    form = RoomIdeaForm()
    with form.collect_errors():
        if form.validate_on_submit():
            placed = write_idea(gathering, guest, form.title.data or "", form.body.data or "", request.remote_addr)
            discard_recovered(url_for("rooms.write_on_tablet"))
            db.session.commit()
            return redirect(url_for("rooms.tablet", wrote=placed.number), 303)
    page = room_page(gathering, guest)
    return _page("rooms/tablet_idea.html", gathering, form, page=page)


@bp.get("/tablet/votes")
@public
def ask_on_tablet() -> ResponseReturnValue:
    """Show the ideas of the table one by one, in order; `n` is the number of one of them."""
    gathering, guest = _person_in_turn()
    page = room_page(gathering, guest)
    shown = [idea for idea in page.ideas if idea.room.is_shown and idea.is_open]
    wanted = query_number("n")
    present = next((one for one in shown if one.room.number == wanted), None)
    present = present or next((one for one in shown if one.own is None), None)
    return _page("rooms/tablet_votes.html", gathering, page=page, shown=shown, present=present, idle=IDLE_SECONDS)


@bp.post("/tablet/votes")
@public
def vote_on_tablet() -> ResponseReturnValue:
    gathering, guest = _person_in_turn()
    idea_id, value = RoomVoteForm().vote()
    vote_in_room(gathering, guest, idea_id, value)
    db.session.commit()
    return redirect(url_for("rooms.ask_on_tablet"), 303)


@bp.get("/tablet/idle")
@public
def idle() -> ResponseReturnValue:
    """Ask whether the person is still there. Nothing of theirs is on this page."""
    _found, gathering = _tablet()
    return _page("rooms/tablet_idle.html", gathering)


@bp.post("/tablet/next")
@public
@idempotency_exempt  # it changes nothing but the cookie
def hand_on() -> ResponseReturnValue:
    """Forget the present person's pass in this browser. What they wrote and voted stays."""
    _tablet()
    if ForumForm().validate_on_submit():
        forget_pass()
    return redirect(url_for("rooms.tablet"), 303)


def _tablet() -> tuple[GatheringTablet, Gathering]:
    """:raise NoTablet: this browser is none"""
    found = tablet_of_request()
    if found is None:
        raise NoTablet
    return found, get_gathering(found.gathering_id)


def _person(gathering: Gathering) -> Guest | None:
    """Return who holds the tablet now; None between two people, and for a pass of another room."""
    guest = guest_of_request()
    return guest if guest is not None and entry_of(gathering.id, guest.participant_id) is not None else None


def _person_in_turn() -> tuple[Gathering, Guest]:
    """Return the room and who holds the tablet.

    :raise NoTablet: this browser is none
    :raise NotInRoom: nobody has begun
    :raise WrongState: a facilitator has closed the tablet
    """
    found, gathering = _tablet()
    guest = _person(gathering)
    if guest is None:
        raise NotInRoom(_("먼저 ‘시작하기’를 눌러 주세요."))
    if found.closed_at is not None:
        raise WrongState(_why_closed(found, gathering))
    return gathering, guest


def _why_closed(found: GatheringTablet, gathering: Gathering) -> str:
    return why_not_open(gathering) or (_("진행자가 이 태블릿을 닫았어요.") if found.closed_at is not None else "")


def _start_page(gathering: Gathering, form: EnterForm, closed: str) -> ResponseReturnValue:
    return _page("rooms/tablet_start.html", gathering, form, closed=closed)


def _page(template: str, gathering: Gathering, form: ForumForm | None = None, **more: object) -> ResponseReturnValue:
    """Return a page of which no copy is kept: the next person presses "back"."""
    html = render_template(template, gathering=gathering, campaign=gathering.campaign, form=form, **more)
    response = make_response(html, form.status if form else 200, form.headers if form else {})
    response.headers["Cache-Control"] = "private, no-store"
    return response
