"""Issue guest passes, admit their holders, end them, and join them to an account.

A slice above says which gathering a pass is for, and who may issue and admit; the rules here are about the pass alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.services import store_guest
from forum.people.passes.codes import hash_of, new_code
from forum.people.passes.models import GuestPass, PassKind


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
