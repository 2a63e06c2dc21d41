"""Check people in, take it back, and take out who should not be in the room.

A person who has voted or written here as a guest stays checked in: votes of people who were not there would remain. So
the votes of a room never come from more people than were checked in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, accountable_id, require
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import helper_ids, lock_gathering
from forum.deliberation.rooms.locking import require_running
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom
from forum.deliberation.rooms.permissions import can_run_room
from forum.people.passes.services import admit, end_passes, lock_pass, take_back_admission
from forum.system.audit.services import record
from forum.voice.votes.models import VoteEvent

HasActed = Callable[[GatheringEntry], bool]
_acts: dict[str, HasActed] = {}
RUNNERS_ONLY = _l("이 모임의 진행자와 도우미만 할 수 있어요.")


def register_acts(name: str, has_acted: HasActed) -> None:
    """Register what else somebody did in a room that keeps them checked in. A name again replaces it."""
    _acts[name] = has_acted


def check_in(gathering: Gathering, actor: Actor, entry_ids: Sequence[int]) -> int:
    """Check in these people, who stood on the page; who joined meanwhile is not among them. The caller commits.

    Somebody who is checked in already, or is gone, is passed over.

    :return: how many were checked in now
    :raise Forbidden: neither the organiser nor a helper
    :raise NotFound: an entry of another room
    :raise WrongState: the room is not open
    """
    _lock(gathering, actor)
    wanted = _entries(gathering, entry_ids)
    done = [_check_in(entry, actor) for entry in wanted if entry.admitted_at is None]
    if done:
        record(actor, "rooms.check_in", gathering, after={"numbers": done})
    return len(done)


def take_back_check_in(gathering: Gathering, actor: Actor, entry_id: int) -> None:
    """Undo a check-in, such as of somebody who stands on the page twice. The caller commits.

    :raise Forbidden: neither the organiser nor a helper
    :raise NotFound: no such entry in this room
    :raise WrongState: the room is not open, or the person has voted or written here
    """
    _lock(gathering, actor)
    entry = get_entry(gathering, entry_id)
    if entry.admitted_at is None:
        return
    _refuse_after_acts(entry)
    if entry.guest_pass is not None:
        take_back_admission(lock_pass(entry.guest_pass))
    entry.admitted_at = entry.admitted_by_id = None
    record(actor, "rooms.take_back_check_in", gathering, after={"number": entry.number})
    db.session.flush()


def remove_person(gathering: Gathering, actor: Actor, entry_id: int) -> None:
    """Remove somebody who was not checked in; their pass ends. It makes room for people who are there.

    The caller commits.

    :raise Forbidden: neither the organiser nor a helper
    :raise NotFound: no such entry in this room
    :raise WrongState: the room is not open, or the person was checked in
    """
    _lock(gathering, actor)
    entry = get_entry(gathering, entry_id)
    if entry.admitted_at is not None:
        raise WrongState(_("%(n)s번은 출석을 확인한 사람이라 뺄 수 없어요.", n=entry.number))
    _refuse_after_acts(entry)
    number, pass_id, now = entry.number, entry.pass_id, clock.now()
    db.session.delete(entry)
    db.session.flush()
    if pass_id is not None:
        end_passes([pass_id], now, now)
    record(actor, "rooms.remove_person", gathering, after={"number": number})


def get_entry(gathering: Gathering, entry_id: int) -> GatheringEntry:
    """Return a person of this room.

    :raise NotFound: no such entry in this room, or a paper slip's
    """
    found = db.session.get(GatheringEntry, entry_id, populate_existing=True)
    if found is None or found.gathering_id != gathering.id or found.way is EntryWay.PAPER:
        raise NotFound(_("이 모임방에 그런 참여자가 없어요."))
    return found


def require_runner(gathering: Gathering, actor: Actor) -> None:
    """:raise Forbidden: neither the organiser nor a helper"""
    require(can_run_room(actor, gathering, helper_ids(gathering.id)), str(RUNNERS_ONLY))


def _lock(gathering: Gathering, actor: Actor) -> None:
    require_runner(gathering, actor)
    lock_gathering(gathering)
    require_runner(gathering, actor)
    require_running(gathering)


def _entries(gathering: Gathering, entry_ids: Sequence[int]) -> list[GatheringEntry]:
    query = sa.select(GatheringEntry).where(GatheringEntry.id.in_(sorted(set(entry_ids))))
    found = list(db.session.scalars(query.order_by(GatheringEntry.number).execution_options(populate_existing=True)))
    if any(entry.gathering_id != gathering.id or entry.way is EntryWay.PAPER for entry in found):
        raise NotFound(_("이 모임방에 그런 참여자가 없어요."))
    return found


def _check_in(entry: GatheringEntry, actor: Actor) -> int:
    admitted_at = clock.now()
    if entry.guest_pass is not None and lock_pass(entry.guest_pass).joined_at is None:
        admit(entry.guest_pass)
        admitted_at = entry.guest_pass.admitted_at or admitted_at
    entry.admitted_at, entry.admitted_by_id = admitted_at, accountable_id(actor)
    db.session.flush()
    return entry.number


def _refuse_after_acts(entry: GatheringEntry) -> None:
    wrote = sa.exists().where(IdeaRoom.entry_id == entry.id)
    voted = sa.exists().where(VoteEvent.participant_id == entry.participant_id)
    has_acted = sa.or_(wrote, voted) if entry.pass_id is not None else wrote
    if db.session.scalar(sa.select(has_acted)) or any(check(entry) for check in _acts.values()):
        raise WrongState(_("%(n)s번은 이 모임방에서 벌써 참여했어요. 그래서 되돌릴 수 없어요.", n=entry.number))
