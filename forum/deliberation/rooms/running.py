"""Start and finish a gathering: open its room, and close it with its counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.korean import moment
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.pausing import require_not_paused
from forum.deliberation.gatherings.permissions import can_run_day
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.gatherings.states import mark_finished, mark_started
from forum.deliberation.rooms.finishing import at_finish
from forum.deliberation.rooms.locking import require_running
from forum.deliberation.rooms.models import GatheringEntry
from forum.deliberation.rooms.queries import FORGOTTEN_AFTER
from forum.deliberation.rooms.results import RoomPeople, people_of
from forum.deliberation.rooms.tablets import close_all_tablets
from forum.deliberation.rooms.tallies import freeze_tallies, newest_event_id
from forum.people.accounts.models import Participant
from forum.people.passes.models import GuestPass
from forum.people.passes.services import end_passes
from forum.system.audit.services import record

EARLIEST = timedelta(minutes=60)
"""How long before its time a gathering may be started."""
ORGANISER_ONLY = _l("이 모임을 연 진행자만 할 수 있어요.")
OnPaper = Callable[[int], int]
"""Gathering id -> how many people were counted in its room on paper."""
_on_paper: dict[str, OnPaper] = {}


def register_on_paper(name: str, count: OnPaper) -> None:
    """Register what counts people without an entry, such as accepted vote sheets. A name again replaces it."""
    _on_paper[name] = count


@dataclass(frozen=True)
class Reconciliation:
    """What the number of people in a room is compared with before it ends.

    n_on_paper : accepted vote sheets
    fewest, most : between which the facilitator's own count must lie
    """

    people: RoomPeople
    n_on_paper: int
    fewest: int
    most: int


def start_gathering(gathering: Gathering, actor: Actor, seen_revision: int) -> None:
    """Open the room. The caller commits.

    :param seen_revision: of the page on which the actor decided
    :raise Forbidden: not the organiser
    :raise WrongState: not planned, too early, in an election pause, or changed since the page was opened
    """
    _lock(gathering, actor, seen_revision)
    require_not_paused()
    if gathering.starts_at is not None and clock.now() < gathering.starts_at - EARLIEST:
        earliest = moment(gathering.starts_at - EARLIEST)
        raise WrongState(_("모임은 시작하기 1시간 전(%(moment)s)부터 열 수 있어요.", moment=earliest))
    mark_started(gathering, actor)


def reconcile(gathering: Gathering) -> Reconciliation:
    """Return what is known of how many people are in the room."""
    people = people_of(gathering.id)
    n_on_paper = sum(count(gathering.id) for count in _on_paper.values())
    fewest = min(people.n_admitted + n_on_paper, gathering.seats)
    return Reconciliation(people, n_on_paper, fewest, gathering.seats)


def finish_gathering(gathering: Gathering, actor: Actor, n_present: int | None, seen_revision: int) -> None:
    """Close the room: freeze its votes, end its passes and tablets, and begin what follows. The caller commits.

    Lock order: the gathering, for which votes in the room wait; its passes, for which a join to an account waits; its
    people, for whom votes elsewhere wait.

    :param n_present: how many people the facilitator counted, with those on paper
    :param seen_revision: of the page on which the actor decided
    :raise Forbidden: not the organiser
    :raise WrongState: not running, or changed since the page was opened
    :raise InvalidInput: fewer people than checked in and counted on paper, or more than seats
    """
    _lock(gathering, actor, seen_revision)
    require_running(gathering)
    pass_ids = _lock_people(gathering.id)
    known = reconcile(gathering)
    _close(gathering, actor, _checked_present(n_present, known), known, pass_ids)


def close_room(gathering: Gathering, actor: Actor) -> None:
    """Close a running room that nobody counted: those checked in and those counted on paper are taken for present.

    The caller has asked for the permission, has locked the gathering, and commits.

    :raise WrongState: not running
    """
    pass_ids = _lock_people(gathering.id)
    known = reconcile(gathering)
    _close(gathering, actor, known.fewest, known, pass_ids)


def _close(gathering: Gathering, actor: Actor, n_present: int, known: Reconciliation, pass_ids: list[int]) -> None:
    mark_finished(gathering, actor, n_present, newest_event_id())
    counts = freeze_tallies(gathering)
    now = clock.now()
    end_passes(pass_ids, now, now + timedelta(days=int(current_app.config["GUEST_PASS_DAYS"])))
    close_all_tablets(gathering)
    figures = {
        "joined": known.people.n_joined,
        "checked_in": known.people.n_admitted,
        "on_paper": known.n_on_paper,
        "votes": sum(sum(numbers) for numbers in counts.values()),
    }
    record(actor, "rooms.close", gathering, after=figures)
    at_finish(gathering, actor)


def finish_forgotten(gathering: Gathering) -> bool:
    """Close a room that nobody has finished `FORGOTTEN_AFTER` its end, so that its lists get a day. The caller commits.

    It had at least the people who were checked in and counted on paper: nobody counted them otherwise.

    :return: whether it was still to be closed
    """
    lock_gathering(gathering)
    if gathering.state is not GatheringState.RUNNING or not is_forgotten(gathering):
        return False
    close_room(gathering, SYSTEM)
    return True


def is_forgotten(gathering: Gathering) -> bool:
    return gathering.ends_at is not None and gathering.ends_at + FORGOTTEN_AFTER <= clock.now()


def end_room(gathering: Gathering) -> None:
    """End the passes and tablets of a gathering that is cancelled. The caller has locked it, and commits.

    What people wrote and voted until then stays; they read it as long as after a gathering that took place.
    """
    now = clock.now()
    end_passes(_lock_people(gathering.id), now, now + timedelta(days=int(current_app.config["GUEST_PASS_DAYS"])))
    close_all_tablets(gathering)


def _lock(gathering: Gathering, actor: Actor, seen_revision: int) -> None:
    require(can_run_day(actor, gathering), str(ORGANISER_ONLY))
    lock_gathering(gathering)
    require(can_run_day(actor, gathering), str(ORGANISER_ONLY))
    if gathering.revision != seen_revision:
        raise WrongState(_("그 사이에 모임이 바뀌었어요. 지금은 ‘%(state)s’ 상태예요.", state=gathering.state.label))


def _lock_people(gathering_id: int) -> list[int]:
    """Lock the passes and then the people of a room, until the end of the transaction. Return the ids of the passes."""
    passes = sa.select(GuestPass.id).join(GatheringEntry, GatheringEntry.pass_id == GuestPass.id)
    of_room = GatheringEntry.gathering_id == gathering_id
    locked = passes.where(of_room).order_by(GuestPass.id).with_for_update(of=GuestPass)
    pass_ids = list(db.session.scalars(locked))
    people = sa.select(Participant.id).join(GatheringEntry, GatheringEntry.participant_id == Participant.id)
    db.session.execute(people.where(of_room).order_by(Participant.id).with_for_update(of=Participant)).all()
    return pass_ids


def _checked_present(n_present: int | None, known: Reconciliation) -> int:
    """:raise InvalidInput: no count, or one that what is known rules out"""
    if n_present is None or not known.fewest <= n_present <= known.most:
        raise InvalidInput(
            {
                "n_present": _(
                    "%(fewest)s명부터 %(most)s명 사이로 써 주세요. 출석을 확인한 사람이 %(n)s명이에요.",
                    fewest=known.fewest,
                    most=known.most,
                    n=known.people.n_admitted,
                )
            }
        )
    return n_present
