"""Register for a gathering, wait for a seat, and get one. The gathering is locked, so that a seat is given once."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.gatherings.mails import notify_seated
from forum.deliberation.gatherings.models import Gathering, GatheringState, Registration, RegistrationState
from forum.deliberation.gatherings.pausing import require_not_paused
from forum.deliberation.gatherings.permissions import can_register, why_not_register
from forum.deliberation.gatherings.queries import (
    ON_LIST,
    lock_gathering,
    registered,
    seats_of,
    why_registration_closed,
)
from forum.people.accounts.models import Account
from forum.people.accounts.permissions import may_take_part


def register_person(gathering: Gathering, actor: Actor) -> Registration:
    """Give the actor a seat, or a place among those who wait. Doing it again changes nothing. The caller commits.

    :return: the registration, flushed
    :raise Forbidden: staff, an unconfirmed address, or a child without a guardian's consent
    :raise NotFound: not announced, or hidden
    :raise WrongState: registration is closed, gatherings pause, or the actor runs it
    """
    require(can_register(actor), why_not_register(actor))
    lock_gathering(gathering)
    require(can_register(actor), why_not_register(actor))
    if not gathering.is_public:
        raise NotFound(_("그런 모임이 없어요."))
    if gathering.organiser_id == actor.id:
        raise WrongState(_("내가 연 모임에는 신청하지 않아도 돼요."))
    own = db.session.get(Registration, (gathering.id, actor.id), populate_existing=True)
    if own is not None and own.state in ON_LIST:
        return own
    _require_open(gathering)
    require_not_paused()
    promote(gathering)  # those who waited before come first
    return _ask(gathering, actor, own)


def unregister_person(gathering: Gathering, actor: Actor) -> None:
    """Give up the actor's seat or place; the first of those who wait gets the seat. The caller commits.

    :raise WrongState: not registered, or the gathering has begun or ended
    """
    require(actor.id is not None)
    lock_gathering(gathering)
    own = db.session.get(Registration, (gathering.id, actor.id), populate_existing=True)
    if own is None or own.state not in ON_LIST:
        raise WrongState(_("신청하지 않은 모임이에요."))
    if gathering.state is not GatheringState.PLANNED:
        raise WrongState(_("‘%(state)s’ 상태라서 신청을 취소할 수 없어요.", state=gathering.state.label))
    own.state = RegistrationState.CANCELLED
    db.session.flush()
    promote(gathering)


def promote(gathering: Gathering) -> int:
    """Give free seats to those who wait, in their order, and tell them. The caller has locked it, and commits.

    :return: how many got a seat; none once it should have begun, or while it is hidden
    """
    if why_registration_closed(gathering) or gathering.is_hidden:
        return 0
    free = seats_of(gathering).free
    if not free:
        return 0
    waiting = [one for one in registered(gathering.id, RegistrationState.WAITING) if _may_come(one.account)]
    for one in waiting[:free]:
        one.state, one.seated_at = RegistrationState.SEATED, clock.now()
        notify_seated(gathering, one.account, one.asked_at.isoformat())
    db.session.flush()
    return min(free, len(waiting))


def tend_list(gathering: Gathering) -> int:
    """Take off the list who may not take part any more, and give their seats on. The caller commits.

    Somebody leaves or is closed, a guardian takes a consent back: other slices need not know of gatherings.

    :return: how many registrations changed
    """
    lock_gathering(gathering)
    gone = [one for one in registered(gathering.id) if not _may_come(one.account)]
    for one in gone:
        one.state = RegistrationState.CANCELLED
    db.session.flush()
    return len(gone) + promote(gathering)


def drop_registration(gathering: Gathering, account_id: int) -> None:
    """Take somebody off the list who runs the gathering from now on. The caller has locked it, and commits."""
    own = db.session.get(Registration, (gathering.id, account_id), populate_existing=True)
    if own is not None and own.state in ON_LIST:
        own.state = RegistrationState.CANCELLED
        db.session.flush()
        promote(gathering)


def forget_registrations(account_id: int) -> None:
    """Delete the registrations of somebody who leaves the forum. The caller commits; `tend_list` gives the seats on."""
    own = sa.delete(Registration).where(Registration.account_id == account_id)
    db.session.execute(own.execution_options(synchronize_session=False))


def _may_come(account: Account) -> bool:
    return account.active and may_take_part(account)


def _require_open(gathering: Gathering) -> None:
    sentence = why_registration_closed(gathering)
    if sentence:
        raise WrongState(sentence)


def _ask(gathering: Gathering, actor: Actor, own: Registration | None) -> Registration:
    now, has_seat = clock.now(), seats_of(gathering).free > 0
    if own is None:
        assert actor.id is not None
        own = Registration(gathering_id=gathering.id, account_id=actor.id)
        db.session.add(own)
    own.state = RegistrationState.SEATED if has_seat else RegistrationState.WAITING
    own.asked_at, own.seated_at, own.reminded_at = now, now if has_seat else None, None
    db.session.flush()
    return own
