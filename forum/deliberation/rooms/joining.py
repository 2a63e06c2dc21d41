"""Join a room: as a guest with a new pass, or with an account."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, TooManyAttempts, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import moment
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.rooms.locking import why_not_open
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, GatheringTablet
from forum.deliberation.rooms.permissions import can_enter, why_not_enter
from forum.deliberation.rooms.queries import entry_of
from forum.deliberation.rooms.table import add_entry
from forum.people.passes.codes import hash_of, new_code, printed_code
from forum.people.passes.models import GuestPass, PassKind
from forum.people.passes.queries import pass_of_code
from forum.people.passes.services import admit, issue_pass, lock_pass
from forum.people.policies.models import PolicyKind
from forum.people.policies.queries import current_policy

JOINS_PER_MINUTE = 60
"""Guests who join one room by phone: more is a script that fills the seats, and a room has 300 at most."""
_KEY = re.compile(r"[\x21-\x7e]{8,255}")


def why_not_join(gathering: Gathering) -> str:
    """Return why nobody can join now, as a sentence; empty if the room is open."""
    if gathering.state is GatheringState.PLANNED and not gathering.is_hidden:
        return _("아직 시작하지 않았어요. %(moment)s에 시작해요.", moment=moment(gathering.starts_at))
    return why_not_open(gathering)


def join_as_guest(gathering: Gathering, key: str, *, says_14_or_older: bool, agrees: bool) -> str:
    """Make a guest pass on a phone with its entry, not yet checked in. The caller commits.

    The same form sent twice makes one pass.

    :param key: idempotency key of the form
    :return: the code of the pass
    :raise WrongState: the room is not open, or all seats are taken
    :raise InvalidInput: somebody under 14, or who does not agree
    :raise TooManyAttempts: more people than walk in join this room at this moment
    """
    _require_agreement(agrees)
    lock_gathering(gathering)
    _require_joinable(gathering)
    code = code_of_form("join", key, gathering.id)
    if pass_of_code(code) is not None:
        return code
    _limit_joins(gathering)
    made, code = _issue(PassKind.PHONE, code, says_14_or_older)
    add_entry(gathering, EntryWay.PHONE, made.participant.id, pass_id=made.id)
    return code


def join_on_tablet(
    tablet: GatheringTablet, gathering: Gathering, key: str, *, says_14_or_older: bool, agrees: bool
) -> str:
    """Make a pass for the next person at a tablet, checked in by who opened it. The caller commits.

    :return: the code of the pass
    :raise WrongState: the room is not open, the tablet was closed, or all seats are taken
    :raise InvalidInput: somebody under 14, or who does not agree
    """
    _require_agreement(agrees)
    lock_gathering(gathering)
    _require_joinable(gathering)
    db.session.refresh(tablet)
    if tablet.closed_at is not None:
        raise WrongState(_("이 태블릿은 닫혔어요. 진행자에게 말해 주세요."))
    code = code_of_form("tablet", key, tablet.id)
    if pass_of_code(code) is not None:
        return code
    made, code = _issue(PassKind.TABLET, code, says_14_or_older)
    admit(lock_pass(made))
    add_entry(
        gathering,
        EntryWay.TABLET,
        made.participant.id,
        pass_id=made.id,
        tablet_id=tablet.id,
        admitted_at=made.admitted_at,
        admitted_by_id=tablet.opened_by_id,
    )
    return code


def join_as_account(gathering: Gathering, actor: Actor) -> GatheringEntry:
    """Add an account to the room, not yet checked in; once, however often it joins. The caller commits.

    :raise Forbidden: a role that does not take part, an unconfirmed address, or a child without consent
    :raise WrongState: the room is not open, or all seats are taken
    """
    require(can_enter(actor), why_not_enter(actor))
    assert actor.participant_id is not None
    lock_gathering(gathering)
    _require_joinable(gathering)
    found = entry_of(gathering.id, actor.participant_id)
    return found or add_entry(gathering, EntryWay.ACCOUNT, actor.participant_id)


def code_of_form(purpose: str, key: str, of_id: int) -> str:
    """Return the code that this form makes each time it is sent; a new one for a form without a key."""
    return printed_code(f"{purpose} {key} {of_id}") if _KEY.fullmatch(key) else new_code()


def _issue(kind: PassKind, code: str, says_14_or_older: bool) -> tuple[GuestPass, str]:
    """Issue a pass; with another code if that of the form has ended, such as of somebody who was taken out."""
    terms = current_policy(PolicyKind.TERMS).version
    is_used = sa.exists().where(GuestPass.code_hash == hash_of(code))
    code = new_code() if db.session.scalar(sa.select(is_used)) else code
    return issue_pass(kind, says_14_or_older=says_14_or_older, terms_version=terms, code=code)


def _require_agreement(agrees: bool) -> None:
    if not agrees:
        raise InvalidInput({"agrees": _("읽고 동의해야 손님으로 들어갈 수 있어요.")})


def _require_joinable(gathering: Gathering) -> None:
    sentence = why_not_join(gathering)
    if sentence:
        raise WrongState(sentence)


def _limit_joins(gathering: Gathering) -> None:
    """Count the entries of the last minute. The gathering is locked, so the count holds for all processes."""
    a_minute_ago = clock.now() - timedelta(minutes=1)
    recent = sa.select(sa.func.count()).where(
        GatheringEntry.gathering_id == gathering.id,
        GatheringEntry.way == EntryWay.PHONE,
        GatheringEntry.joined_at > a_minute_ago,
    )
    if (db.session.scalar(recent) or 0) >= JOINS_PER_MINUTE:
        raise TooManyAttempts(_("지금 한꺼번에 너무 많이 들어오고 있어요. 1분 뒤에 다시 눌러 주세요."), 60)
