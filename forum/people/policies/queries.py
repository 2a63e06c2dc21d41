from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import aliased

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.policies.models import AGREED_KINDS, PolicyKind, PolicyVersion
from forum.people.policies.texts import filled, shipped


class Policy(NamedTuple):
    """A version of a document. The shipped text is version 1, also before setup has stored it.

    :param text: with placeholders, as an admin edits it
    :param shown_text: as it was published; empty before setup has stored it
    """

    kind: PolicyKind
    version: int
    title: str
    text: str
    shown_text: str = ""
    change_note: str = ""
    published_at: datetime | None = None


class Edition(NamedTuple):
    """A line of a document's history."""

    version: int
    change_note: str
    published_at: datetime | None


def kind_of_slug(slug: str) -> PolicyKind:
    """:raise NotFound: no such document"""
    for kind in PolicyKind:
        if kind.slug == slug:
            return kind
    raise NotFound


def current_policies(kinds: Collection[PolicyKind] = AGREED_KINDS, lock: bool = False) -> dict[PolicyKind, Policy]:
    """Return the current version of each document, with one statement.

    :param lock: let no newer one be published before the end of the transaction; then ask again, without locking
    """
    present, other = aliased(PolicyVersion), aliased(PolicyVersion)
    newest = sa.select(sa.func.max(other.version)).where(other.kind == present.kind).correlate(present)
    query = sa.select(present).where(present.kind.in_(kinds), present.version == newest.scalar_subquery())
    query = query.order_by(present.id)
    rows = db.session.scalars(query.with_for_update(read=True, of=present) if lock else query).all()
    found = {row.kind: _policy(row) for row in rows}
    return {kind: found.get(kind) or _shipped(kind) for kind in kinds}


def current_policy(kind: PolicyKind) -> Policy:
    return current_policies([kind])[kind]


def get_policy(kind: PolicyKind, version: int) -> Policy:
    """:raise NotFound: no such version"""
    query = sa.select(PolicyVersion).where(PolicyVersion.kind == kind, PolicyVersion.version == version)
    row = db.session.scalar(query)
    if row is not None:
        return _policy(row)
    current = current_policy(kind)
    if current.version != version:
        raise NotFound
    return current


def outdated_policies() -> list[Policy]:
    """Return the current versions that say something else than the settings do now: publish a new one."""
    current = current_policies(list(PolicyKind)).values()
    return [one for one in current if one.shown_text and one.shown_text != filled(one.text, current_app.config)]


def editions(kind: PolicyKind) -> list[Edition]:
    """Return all versions of a document, newest first."""
    rows = db.session.execute(
        sa.select(PolicyVersion.version, PolicyVersion.change_note, PolicyVersion.published_at)
        .where(PolicyVersion.kind == kind)
        .order_by(PolicyVersion.version.desc())
    )
    return [Edition(*row) for row in rows] or [Edition(1, "", None)]


def _policy(row: PolicyVersion) -> Policy:
    return Policy(row.kind, row.version, row.title, row.text, row.shown_text, row.change_note, row.published_at)


def _shipped(kind: PolicyKind) -> Policy:
    return Policy(kind, 1, *shipped(kind))
