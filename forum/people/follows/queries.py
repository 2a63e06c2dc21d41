from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from forum.core.access import Actor, Role
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account
from forum.people.follows.models import Follow
from forum.people.follows.permissions import can_follow
from forum.people.follows.registry import FOLLOW_KINDS, FollowKind

FEWEST_SHOWN = 5
"""Fewer followers than this are not counted on the page: others could guess who they are."""
About = Mapping[str, Collection[int] | sa.Select[Any]]
"""Code of a kind -> ids of things, or a SELECT of them."""


@dataclass(frozen=True)
class FollowState:
    """What the page of a thing says about following it.

    n_followers : None if they are too few to say, or for visitors
    comes_anyway : the notices come without following, as those of one's own idea do
    """

    kind: FollowKind
    object_id: int
    is_visitor: bool
    may_follow: bool
    is_following: bool = False
    n_followers: int | None = None
    comes_anyway: bool = False


@dataclass(frozen=True)
class FollowedThing:
    """A line of one's own list. Without a title, others cannot read it now."""

    kind: FollowKind
    object_id: int
    title: str
    path: str
    since: datetime


def get_followable(kind: FollowKind, object_id: int) -> Any:
    """Return a thing that people can begin to follow.

    :raise NotFound: no such thing, or not everybody can read it
    """
    thing = kind.get(object_id)
    if thing is None or not kind.is_public(thing):
        raise NotFound(_("알림을 받을 수 없는 것이에요."))
    return thing


def follow_state(code: str, object_id: int, actor: Actor, comes_anyway: bool = False) -> FollowState:
    """Return what a thing's page says about following it: one statement, and none for visitors."""
    kind = FOLLOW_KINDS[code]
    if actor.role is Role.ANONYMOUS:
        return FollowState(kind, object_id, is_visitor=True, may_follow=False)
    own = sa.func.count().filter(Follow.account_id == actor.id)
    query = sa.select(sa.func.count(), own).where(Follow.kind == code, Follow.object_id == object_id)
    n, mine = db.session.execute(query).one()
    shown = n if n >= FEWEST_SHOWN else None
    return FollowState(kind, object_id, False, can_follow(actor), bool(mine), shown, comes_anyway)


def follows_of(account_id: int) -> list[FollowedThing]:
    """Return what an account follows, the newest first, in one statement for each kind and one more."""
    query = sa.select(Follow).where(Follow.account_id == account_id).order_by(Follow.created_at.desc())
    follows = db.session.scalars(query.order_by(Follow.kind, Follow.object_id)).all()
    found = {code: _things(kind, follows) for code, kind in FOLLOW_KINDS.items()}
    lines = []
    for follow in follows:
        kind = FOLLOW_KINDS.get(follow.kind)
        if kind is None:  # a row of a kind that a later release knew
            continue
        thing = found[kind.code].get(follow.object_id)
        title, path = (kind.title(thing), kind.path(thing)) if thing is not None and kind.is_public(thing) else ("", "")
        lines.append(FollowedThing(kind, follow.object_id, title, path, follow.created_at))
    return lines


def followers_of(about: About) -> list[int]:
    """Return the accounts that follow any of these things, each once: those who may take part and have not left."""
    things = [
        sa.select(Follow.account_id)
        .join(kind.model, kind.model.id == Follow.object_id)
        .where(Follow.kind == code, Follow.object_id.in_(about[code]), kind.has_news())
        for code, kind in FOLLOW_KINDS.items()
        if code in about
    ]
    if not things:
        return []
    may = sa.and_(Account.active, Account.confirmed_at.is_not(None), ~Account.waits_for_consent)
    query = sa.select(Account.id).where(Account.id.in_(sa.union(*things)), may).order_by(Account.id)
    return list(db.session.scalars(query))


def _things(kind: FollowKind, follows: Sequence[Follow]) -> dict[int, Any]:
    ids = [follow.object_id for follow in follows if follow.kind == kind.code]
    if not ids:
        return {}
    return {thing.id: thing for thing in db.session.scalars(sa.select(kind.model).where(kind.model.id.in_(ids)))}
