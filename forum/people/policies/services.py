"""Publish versions of the documents, and record who agreed to which."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from flask import current_app

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.database import insert_or_ignore, lock_name
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.people.accounts.models import Account
from forum.people.accounts.services import ask_everybody_to_agree, lock_account, note_agreement
from forum.people.policies.facts import POLICY_VERSIONS
from forum.people.policies.models import AGREED_KINDS, TITLE_MAX_CHARS, PolicyAgreement, PolicyKind, PolicyVersion
from forum.people.policies.permissions import can_agree, can_publish_policies
from forum.people.policies.queries import current_policies, current_policy, editions
from forum.people.policies.texts import filled, shipped, unknown_placeholders
from forum.system.audit.services import record, text_hash

TEXT_MAX_CHARS = 30_000
NOTE_MAX_CHARS = 300
SeenVersions = Mapping[PolicyKind, int | None]
"""The version of each document whose box somebody ticked; None where they did not."""


def publish_shipped() -> int:
    """Store the shipped text of each document that has no version yet, as version 1. The caller commits.

    :return: how many
    """
    lock_name(db.session, "policies:shipped")  # two first versions at once would be one too many
    new = [kind for kind in PolicyKind if editions(kind)[0].published_at is None]
    for kind in new:
        title, text = shipped(kind)
        _store(PolicyVersion(kind=kind, version=1, title=title, text=text), SYSTEM)
    return len(new)


def checked_draft(title: str | None, text: str | None, change_note: str | None) -> dict[str, str]:
    """Return the columns of a new version.

    :raise InvalidInput: one message per field
    """
    values = {
        "title": clean_line(title, "title", _("제목"), max_chars=TITLE_MAX_CHARS),
        "text": clean_text(text, "text", _("글"), max_chars=TEXT_MAX_CHARS),
        "change_note": clean_line(change_note, "change_note", _("바뀐 점"), max_chars=NOTE_MAX_CHARS),
    }
    refuse_resident_numbers(values["text"], "text")
    if unknown := unknown_placeholders(values["text"]):
        names = ", ".join(unknown)
        raise InvalidInput({"text": _("모르는 자리 표시가 있어요: %(names)s", names=names)})
    return values


def publish_version(
    kind: PolicyKind, actor: Actor, seen: int, title: str | None, text: str | None, change_note: str | None
) -> PolicyVersion:
    """Publish a new version; of the consent or the terms, everybody is asked again. The caller commits.

    :param seen: the version that the page showed
    :raise Forbidden: only admins
    :raise InvalidInput: one message per field
    :raise WrongState: somebody published another version meanwhile
    """
    require(can_publish_policies(actor))
    values = checked_draft(title, text, change_note)
    publish_shipped()
    lock_name(db.session, f"policy:{kind.slug}")
    # Waits for those who are agreeing to the present version just now, so that they are asked again too.
    db.session.scalars(
        sa.select(PolicyVersion).where(PolicyVersion.kind == kind).order_by(PolicyVersion.id).with_for_update()
    ).all()
    current = current_policy(kind)
    if current.version != seen:
        raise WrongState(_("그사이 다른 판이 나왔어요. 지금 판을 보고 다시 고쳐 주세요."))
    row = PolicyVersion(kind=kind, version=seen + 1, author_id=actor.id, **values)
    _store(row, actor)
    if kind in AGREED_KINDS:
        ask_everybody_to_agree()
    return row


def require_agreement(seen: SeenVersions) -> None:
    """Require that the present versions were agreed to.

    :raise InvalidInput: a box was not ticked, or stood by an older version; one message per box
    """
    _compare(seen, lock=False)


def record_agreements(account: Account, seen: SeenVersions) -> None:
    """Record that a new account's owner agreed to these versions. The caller commits.

    :raise InvalidInput: see `require_agreement`
    """
    _compare(seen, lock=True)
    for kind in AGREED_KINDS:
        row = {"account_id": account.id, "kind": kind, "version": seen[kind], "agreed_at": clock.now()}
        db.session.execute(insert_or_ignore(db.session, PolicyAgreement).values(row))
    note_agreement(account)


def agree(account: Account, actor: Actor, seen: SeenVersions) -> None:
    """Agree to the present versions, as somebody who was asked again. The caller commits.

    :raise Forbidden: somebody else's agreement
    :raise InvalidInput: see `require_agreement`
    :raise WrongState: the owner has left meanwhile
    """
    require(can_agree(actor) and actor.id == account.id)
    _compare(seen, lock=True)  # before the account: who publishes locks in this order too
    lock_account(account)
    record_agreements(account, seen)


def _compare(seen: SeenVersions, lock: bool) -> None:
    if lock:
        current_policies(lock=True)
    errors = {}
    for kind, policy in current_policies().items():
        if seen.get(kind) is None:
            errors[f"agree_{kind.slug}"] = _("읽고 동의에 표시해 주세요.")
        elif seen[kind] != policy.version:
            errors[f"agree_{kind.slug}"] = _("그사이 새 판이 나왔어요. 다시 읽고 표시해 주세요.")
    if errors:
        raise InvalidInput(errors)


def _store(row: PolicyVersion, actor: Actor) -> None:
    row.shown_text = filled(row.text, current_app.config)
    db.session.add(row)
    db.session.flush()
    after = {"kind": row.kind.name, "version": row.version, "text": text_hash(row.shown_text)}
    record(actor, "policies.publish", row, after=after, facts=POLICY_VERSIONS.of([row.id]))
