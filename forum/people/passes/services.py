"""Issue guest passes, admit their holders, end them, and join them to an account.

A slice above says which gathering a pass is for, and who may issue and admit; the rules here are about the pass alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account
from forum.people.accounts.services import lock_account, store_guest
from forum.people.passes.codes import hash_of, new_code
from forum.people.passes.joining import hand_over_all, take_first_locks
from forum.people.passes.models import GuestPass, PassKind
from forum.people.passes.permissions import can_join_pass, can_withdraw_pass, why_not_join_pass
from forum.people.passes.withdrawing import withdraw_all
from forum.web.idempotency import forget_responses


def issue_pass(
    kind: PassKind, *, says_14_or_older: bool, terms_version: int | None, code: str = ""
) -> tuple[GuestPass, str]:
    """Make a pass with its participant; nobody is admitted by that. The caller has locked the gathering, and commits.

    :param code: of a printed slip, or of the form that asks for it (`codes.printed_code`); a new one by default
    :return: the pass, flushed, and its code, which is stored nowhere
    :raise InvalidInput: somebody under 14, except on paper
    :raise WrongState: a pass with this code was issued before
    """
    if not says_14_or_older and kind is not PassKind.PAPER:
        raise InvalidInput({"age": _("만 14세 미만은 종이로 참여하거나, 보호자가 동의한 계정으로 참여해 주세요.")})
    code = code or new_code()
    if db.session.scalar(sa.select(GuestPass.id).where(GuestPass.code_hash == hash_of(code))) is not None:
        raise WrongState(_("이 번호의 종이는 이미 옮겨 적었어요."))
    made = GuestPass(
        kind=kind,
        code_hash=hash_of(code),
        says_14_or_older=says_14_or_older,
        terms_version=None if kind is PassKind.PAPER else terms_version,
    )
    db.session.add(made)
    db.session.flush()
    store_guest(made.id)
    return made, code


def lock_pass(found: GuestPass) -> GuestPass:
    """Lock the pass until the end of the transaction, and reload it."""
    db.session.refresh(found, with_for_update={"of": GuestPass})
    return found


def admit(found: GuestPass) -> None:
    """Let the holder write and vote from now on. The caller has locked the pass, and commits.

    :raise WrongState: it was joined to an account, or its gathering has ended
    """
    if found.joined_at is not None or found.acts_until is not None:
        raise WrongState(_("이 참여권은 이제 쓸 수 없어요."))
    if found.admitted_at is None:
        found.admitted_at = clock.now()
        db.session.flush()


def take_back_admission(found: GuestPass) -> None:
    """Stop the holder from writing and voting, such as after a wrong check-in. The caller has locked it, and commits.

    What was written stays. `admit` allows it again.
    """
    found.admitted_at = None
    db.session.flush()


def end_passes(pass_ids: Iterable[int], acts_until: datetime, expires_at: datetime | None) -> None:
    """End the acting of these passes, and say until when they are read. The caller commits.

    Calling it again moves both.

    :param expires_at: None while nobody knows: the gathering of a slip's pass has not ended
    """
    ids = sorted(pass_ids)
    ended = sa.update(GuestPass).where(GuestPass.id.in_(ids)).values(acts_until=acts_until, expires_at=expires_at)
    db.session.execute(ended.execution_options(synchronize_session=False))
    db.session.expire_all()


def join_pass(found: GuestPass, account: Account, actor: Actor) -> None:
    """Make what a guest wrote and decided the account's, and end the pass. The caller commits.

    Where both have voted on an idea, the later decision counts. Locks come in this order: what slices above lock before
    a pass, the pass, the account, then what is handed over.

    :raise Forbidden: somebody else's account, or one that may not propose and vote itself
    :raise WrongState: the pass was joined, given up or has expired meanwhile; or votes of either person do not count
    """
    require(can_join_pass(actor, account), why_not_join_pass(actor))
    take_first_locks(found.id)
    lock_pass(found)
    lock_account(account)
    require(can_join_pass(actor, account), why_not_join_pass(actor))
    _require_readable(found)
    assert account.participant_id is not None
    hand_over_all(found.participant.id, account.participant_id)
    found.joined_at, found.joined_to_id, found.code_hash = clock.now(), account.id, None
    _forget_requests([found.id])
    db.session.flush()


def withdraw_pass(found: GuestPass, actor: Actor) -> None:
    """Take back everything of a guest that can be taken back, and end the pass. The caller commits.

    :raise Forbidden: somebody else's pass
    :raise WrongState: it was joined, given up or has expired meanwhile
    """
    require(can_withdraw_pass(actor, found))
    take_first_locks(found.id)
    lock_pass(found)
    _require_readable(found)
    withdraw_all(found.participant.id)
    now = clock.now()
    found.code_hash, found.acts_until = None, min(found.acts_until or now, now)
    found.expires_at = now
    _forget_requests([found.id])
    db.session.flush()


def expire_passes() -> int:
    """Delete the codes of passes that can't be read any more, and what their requests left. The caller commits.

    What was written and voted stays, of somebody whom nobody knows.

    :return: how many
    """
    is_over = sa.and_(GuestPass.code_hash.is_not(None), GuestPass.expires_at <= clock.now())
    ended = sa.update(GuestPass).where(is_over).values(code_hash=None).returning(GuestPass.id)
    ids = db.session.scalars(ended.execution_options(synchronize_session=False)).all()
    if ids:
        _forget_requests(ids)
        db.session.expire_all()
    return len(ids)


def _require_readable(found: GuestPass) -> None:
    """:raise WrongState: nobody can open the pass any more"""
    if found.joined_at is not None:
        raise WrongState(_("이 참여권은 이미 계정에 합쳤어요."))
    if found.code_hash is None or not found.may_be_read():
        raise WrongState(_("이 참여권은 이제 쓸 수 없어요."))


def _forget_requests(pass_ids: Iterable[int]) -> None:
    forget_responses([f"pass:{pass_id}" for pass_id in pass_ids])
