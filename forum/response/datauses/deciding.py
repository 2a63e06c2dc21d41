"""Publish or return what waits for a check, and settle a need with a use.

A check is what the Five Safes call output checking: figures of few people must not get out with what was found.
Locks, in this order: the use, the need, the datasets (shared, by id).
"""

from __future__ import annotations

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.core.text import clean_text, refuse_resident_numbers
from forum.people.accounts.models import Account
from forum.response.dataneeds.deciding import settle_need
from forum.response.datauses import mails
from forum.response.datauses.models import MAX_REASON_CHARS, DataUse, UseState
from forum.response.datauses.permissions import ANALYSTS_ONLY, CHECKERS_ONLY, can_check, can_settle
from forum.response.datauses.queries import is_shown, own_holders
from forum.response.datauses.services import hold_datasets, lock_use, record_use
from forum.system.audit.services import text_hash

NOT_WAITING = _l("확인을 기다리는 글이 아니에요.")
NOT_RETURNABLE = _l("누구나 받는 자료로 쓴 글은 돌려보낼 수 없어요. 문제가 있으면 신고해 주세요.")
AUTHOR_MAY_NOT = _l("쓴 사람이 지금은 참여할 수 없어 공개할 수 없어요.")


def publish_use(use: DataUse, checker: Actor, *, seen: int) -> None:
    """Make public what waits: no figure in it tells of few people. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: its author, or neither an analyst nor a steward of every holder concerned
    :raise WrongState: it does not wait, its author may not take part now, or it was hidden or changed since
    """
    _require_check(use, checker)
    lock_use(use, seen)
    hold_datasets([one.id for one in use.datasets])
    _require_check(use, checker)
    if use.state is not UseState.WAITING:
        raise WrongState(str(NOT_WAITING))
    _require_author(use)
    now = clock.now()
    use.state, use.published_at = UseState.PUBLISHED, use.published_at or now
    _note_check(use, checker)
    record_use(checker, "data_uses.publish", use)
    mails.notify_of_published(use, checker)


def return_use(use: DataUse, checker: Actor, reason: str, *, seen: int) -> None:
    """Give back what waits, or what is public and should not be, with a reason for the author. The caller commits.

    :raise Forbidden: as for `publish_use`
    :raise WrongState: it neither waits nor is public, all its data is open, or it was hidden or changed since
    :raise InvalidInput: no reason, or too long
    """
    _require_check(use, checker)
    reason = _checked(reason, _("돌려보내는 까닭"))
    lock_use(use, seen)
    hold_datasets([one.id for one in use.datasets])
    _require_check(use, checker)
    if use.state not in {UseState.WAITING, UseState.PUBLISHED}:
        raise WrongState(str(NOT_WAITING))
    if not use.needs_check:
        raise WrongState(str(NOT_RETURNABLE))
    use.state, use.reason = UseState.RETURNED, reason
    _note_check(use, checker)
    record_use(checker, "data_uses.return", use, reason=text_hash(reason))
    mails.notify_of_return(use, checker)


def settle_with(use: DataUse, analyst: Actor, what: str, *, seen: int, seen_need: int) -> None:
    """Settle the need that a public use answers, and name the use as what settled it. The caller commits.

    :param what: what the answer was and which data gave it; the need's page shows it
    :raise Forbidden: only analysts
    :raise WrongState: it answers no need, is not public, or as `settle_need`
    :raise InvalidInput: nothing said, or too much
    """
    require(can_settle(analyst), str(ANALYSTS_ONLY))
    lock_use(use, seen)
    require(can_settle(analyst), str(ANALYSTS_ONLY))
    if use.need is None or not is_shown(use.id):
        raise WrongState(_("공개한 글만 자료 요청의 답으로 적을 수 있어요."))
    settle_need(use.need, analyst, what, seen=seen_need)
    use.settled_at = use.need.decided_at
    use.revision += 1
    record_use(analyst, "data_uses.settle", use, need=use.need.id)


def _require_check(use: DataUse, checker: Actor) -> None:
    require(can_check(checker, use, own_holders(checker)), str(CHECKERS_ONLY))


def _require_author(use: DataUse) -> None:
    """:raise WrongState: a consent was revoked, or the account closed, since it was written"""
    account = db.session.get(Account, use.author.account_id, populate_existing=True) if use.author.account_id else None
    if account is None or not account.active or account.waits_for_consent:
        raise WrongState(str(AUTHOR_MAY_NOT))


def _note_check(use: DataUse, checker: Actor) -> None:
    use.checked_by_id, use.checked_at = checker.id, clock.now()
    use.revision += 1
    db.session.flush()


def _checked(text: str, name: str) -> str:
    text = clean_text(text, "reason", name, max_chars=MAX_REASON_CHARS)
    refuse_resident_numbers(text, "reason")
    return mask(text).text
