"""Follow something and stop following it. Doing either twice is the same as doing it once."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import insert_or_ignore
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.queries import get_account
from forum.people.accounts.services import lock_account
from forum.people.follows.models import Follow
from forum.people.follows.permissions import can_follow, can_stop_following
from forum.people.follows.queries import get_followable
from forum.people.follows.registry import FollowKind

MAX_FOLLOWS = 500  # of one account


def follow(kind: FollowKind, object_id: int, actor: Actor) -> None:
    """Let the actor get the notices about a thing. The caller commits.

    :raise Forbidden: `actor` may not take part
    :raise NotFound: no such thing, or not everybody can read it
    :raise WrongState: `actor` follows `MAX_FOLLOWS` things already, or has left meanwhile
    """
    require(can_follow(actor))
    assert actor.id is not None
    get_followable(kind, object_id)
    account = get_account(actor.id)
    lock_account(account)  # so that two requests cannot pass the limit, and nothing is left of who is leaving
    require(can_follow(account))
    mine = sa.select(sa.func.count()).select_from(Follow).where(Follow.account_id == account.id)
    if (db.session.scalar(mine) or 0) >= MAX_FOLLOWS and not _is_following(kind, object_id, account.id):
        raise WrongState(_("알림은 %(most)s곳까지 받을 수 있어요. 먼저 다른 것을 멈춰 주세요.", most=MAX_FOLLOWS))
    row = {"account_id": account.id, "kind": kind.code, "object_id": object_id, "created_at": clock.now()}
    db.session.execute(insert_or_ignore(db.session, Follow).values(row))


def stop_following(kind: FollowKind, object_id: int, actor: Actor) -> None:
    """Stop the notices about a thing, whether or not it can still be read. The caller commits.

    :raise Forbidden: a visitor
    """
    require(can_stop_following(actor))
    one = sa.and_(Follow.account_id == actor.id, Follow.kind == kind.code, Follow.object_id == object_id)
    db.session.execute(sa.delete(Follow).where(one).execution_options(synchronize_session=False))


def bring_followers(kind: FollowKind, from_id: int, to_id: int, also: Collection[int] = ()) -> None:
    """Let whoever follows one thing follow another too, because the first one lives on in it. The caller commits.

    The limit of `MAX_FOLLOWS` does not count here: nobody asked for more, and each can be stopped.

    :param also: further accounts, such as its author's
    """
    query = sa.select(Follow.account_id).where(Follow.kind == kind.code, Follow.object_id == from_id)
    accounts = sorted({*db.session.scalars(query), *also})
    shared = {"kind": kind.code, "object_id": to_id, "created_at": clock.now()}
    if accounts:
        rows = [shared | {"account_id": account_id} for account_id in accounts]
        db.session.execute(insert_or_ignore(db.session, Follow), rows)


def _is_following(kind: FollowKind, object_id: int, account_id: int) -> bool:
    return db.session.get(Follow, (account_id, kind.code, object_id)) is not None
