"""Keep the holders of data, and who speaks for them. A holder is locked before its datasets."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, Mistakes, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.people.accounts.identity import email_address
from forum.people.accounts.models import Account
from forum.people.accounts.queries import account_by_email
from forum.response.datasets import mails
from forum.response.datasets.facts import DATA_HOLDERS
from forum.response.datasets.locking import lock_holder
from forum.response.datasets.models import DataHolder, Dataset, DataSteward, HolderKind
from forum.response.datasets.permissions import KEEPERS_ONLY, can_keep_registry
from forum.response.datasets.services import checked_address, rated
from forum.system.audit.services import record, text_hash

MAX_HOLDER_CHARS, MAX_OFFICE_CHARS = 80, 80


def add_holder(
    actor: Actor, name: str, kind: HolderKind, homepage: str, contact_office: str, contact_email: str
) -> DataHolder:
    """Add a company, group or public body that holds data. The caller commits.

    :raise Forbidden: neither an analyst nor an admin
    :raise InvalidInput: something is missing or malformed, or there is one of this name
    """
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    values = _checked(name, homepage, contact_office, contact_email)
    _refuse_second(values["name"], None)
    assert actor.id is not None
    holder = DataHolder(kind=kind, created_by_id=actor.id, **values)
    db.session.add(holder)
    _flush_named(holder)
    _record(actor, "datasets.add_holder", holder)
    return holder


def change_holder(
    holder: DataHolder,
    actor: Actor,
    name: str,
    kind: HolderKind,
    homepage: str,
    contact_office: str,
    contact_email: str,
    *,
    seen: int,
) -> None:
    """Change what is said of a holder. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: neither an analyst nor an admin
    :raise WrongState: changed since
    :raise InvalidInput: as `add_holder`
    """
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    values = _checked(name, homepage, contact_office, contact_email)
    lock_holder(holder, seen)
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    _refuse_second(values["name"], holder.id)
    holder.kind = kind
    for key, value in values.items():
        setattr(holder, key, value)
    holder.revision += 1
    _flush_named(holder)
    _record(actor, "datasets.change_holder", holder)
    own = sa.select(Dataset).where(Dataset.holder_id == holder.id).order_by(Dataset.id)
    for dataset in db.session.scalars(own.with_for_update(of=Dataset)):
        rated(dataset)


def add_steward(holder: DataHolder, actor: Actor, email: str, *, seen: int) -> DataSteward:
    """Let somebody with an account speak for a holder; the account keeps its role. The caller commits.

    :param email: of a confirmed account
    :param seen: revision of the holder that the page showed
    :raise Forbidden: neither an analyst nor an admin
    :raise InvalidInput: no such account, or it is a steward there already
    :raise WrongState: changed since
    """
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    account = _confirmed(email)
    lock_holder(holder, seen)
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    there = sa.select(DataSteward.id).where(
        DataSteward.holder_id == holder.id, DataSteward.account_id == account.id, DataSteward.ended_at.is_(None)
    )
    if db.session.scalar(there) is not None:
        raise InvalidInput({"email": _("이미 이 기관의 담당자예요.")})
    assert actor.id is not None
    steward = DataSteward(holder_id=holder.id, account_id=account.id, added_by_id=actor.id)
    db.session.add(steward)
    holder.revision += 1
    db.session.flush()
    _record(actor, "datasets.add_steward", holder, steward_id=steward.id)
    mails.notify_of_stewardship(steward)
    return steward


def end_steward(steward: DataSteward, actor: Actor, *, seen: int) -> None:
    """End that somebody speaks for a holder, from their next request on. The caller commits.

    :param seen: revision of the holder that the page showed
    :raise Forbidden: neither an analyst nor an admin
    :raise WrongState: ended already, or changed since
    """
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    lock_holder(steward.holder, seen)
    require(can_keep_registry(actor), str(KEEPERS_ONLY))
    db.session.refresh(steward)
    if steward.ended_at is not None:
        raise WrongState(_("이미 맡지 않는 담당자예요."))
    _end(steward, actor)
    mails.notify_of_stewardship(steward)


def forget_steward(account_id: int, actor: Actor) -> None:
    """End what an account that is being closed speaks for. The caller commits.

    The rows stay, without a name: what a steward wrote was published under the holder's.
    """
    held = sa.select(DataSteward).where(DataSteward.account_id == account_id, DataSteward.ended_at.is_(None))
    for steward in db.session.scalars(held.order_by(DataSteward.holder_id)):
        lock_holder(steward.holder)
        _end(steward, actor)


def _end(steward: DataSteward, actor: Actor) -> None:
    steward.ended_at = clock.now()
    steward.holder.revision += 1
    db.session.flush()
    _record(actor, "datasets.end_steward", steward.holder, steward_id=steward.id)


def _confirmed(email: str) -> Account:
    account = account_by_email(email.strip())
    if account is None or not account.active or not account.is_confirmed or account.waits_for_consent:
        raise InvalidInput({"email": _("이 주소로 가입하고 주소를 확인한 계정이 없어요.")})
    return account


def _checked(name: str, homepage: str, contact_office: str, contact_email: str) -> dict[str, str]:
    mistakes, values = Mistakes(), dict[str, str]()
    with mistakes.noted():
        values["name"] = clean_line(name, "name", _("기관 이름"), max_chars=MAX_HOLDER_CHARS, min_chars=2)
        refuse_resident_numbers(values["name"], "name")
    with mistakes.noted():
        values["homepage"] = checked_address(homepage, "homepage", _("누리집 주소"))
    with mistakes.noted():
        office = clean_line(
            contact_office, "contact_office", _("연락받는 부서"), max_chars=MAX_OFFICE_CHARS, min_chars=2
        )
        refuse_resident_numbers(office, "contact_office")
        values["contact_office"] = office
    with mistakes.noted():
        values["contact_email"] = email_address(contact_email, "contact_email")
    mistakes.raise_if_any()
    return values


def _refuse_second(name: str, holder_id: int | None) -> None:
    query = sa.select(DataHolder.id).where(DataHolder.name == name)
    if db.session.scalar(query if holder_id is None else query.where(DataHolder.id != holder_id)) is not None:
        raise InvalidInput({"name": _("같은 이름의 기관이 이미 있어요.")})


def _flush_named(holder: DataHolder) -> None:
    """:raise WrongState: somebody gave the name to another at the same moment"""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise WrongState(_("같은 이름의 기관이 이미 있어요.")) from error


def _record(actor: Actor, action: str, holder: DataHolder, **codes: object) -> None:
    after = {"name": text_hash(holder.name), "kind": holder.kind.name, "revision": holder.revision} | codes
    record(actor, action, holder, after=after, facts=DATA_HOLDERS.of([holder.id]))
