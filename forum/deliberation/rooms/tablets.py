"""A tablet that is passed round in a room.

Its browser holds a secret in its session, and nothing of an account: who opens it is signed out there. Each person has
a pass of their own, which the browser forgets when the next one begins.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import session

from forum.core import clock
from forum.core.access import Actor, accountable_id
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.network import keyed_hash
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import lock_gathering
from forum.deliberation.rooms.checkin import require_runner
from forum.deliberation.rooms.joining import code_of_form
from forum.deliberation.rooms.locking import require_running
from forum.deliberation.rooms.models import GatheringTablet
from forum.system.audit.services import record

SESSION_KEY = "room_tablet"
"""Key of the session whose value is the tablet's secret."""


def open_tablet(gathering: Gathering, actor: Actor, key: str) -> str:
    """Make this device a tablet of the room. The same form sent twice makes one. The caller commits.

    :param key: idempotency key of the form
    :return: its secret, for the session of its browser
    :raise Forbidden: neither the organiser nor a helper
    :raise WrongState: the room is not open
    """
    require_runner(gathering, actor)
    lock_gathering(gathering)
    require_runner(gathering, actor)
    require_running(gathering)
    secret = code_of_form(f"tablet of {accountable_id(actor)}", key, gathering.id)
    if tablet_with(secret) is None:
        made = GatheringTablet(
            gathering_id=gathering.id, secret_hash=_hash_of(secret), opened_by_id=accountable_id(actor)
        )
        db.session.add(made)
        db.session.flush()
        record(actor, "rooms.open_tablet", gathering, after={"tablet": made.id})
    return secret


def close_tablet(gathering: Gathering, actor: Actor, tablet_id: int) -> None:
    """Close a tablet; its browser starts nobody any more. The caller commits.

    :raise Forbidden: neither the organiser nor a helper
    :raise NotFound: no such tablet in this room
    """
    require_runner(gathering, actor)
    lock_gathering(gathering)
    require_runner(gathering, actor)
    found = db.session.get(GatheringTablet, tablet_id, populate_existing=True)
    if found is None or found.gathering_id != gathering.id:
        raise NotFound(_("이 모임방에 그런 태블릿이 없어요."))
    if found.closed_at is None:
        found.closed_at = clock.now()
        record(actor, "rooms.close_tablet", gathering, after={"tablet": found.id})
        db.session.flush()


def close_all_tablets(gathering: Gathering) -> None:
    """Close what is open in a room that ends. The caller has locked the gathering, and commits."""
    is_open = sa.and_(GatheringTablet.gathering_id == gathering.id, GatheringTablet.closed_at.is_(None))
    closed = sa.update(GatheringTablet).where(is_open).values(closed_at=clock.now())
    db.session.execute(closed.execution_options(synchronize_session=False))


def remember_tablet(secret: str) -> None:
    """Keep in this browser that it is a tablet of a room."""
    session[SESSION_KEY] = secret
    session.permanent = True


def forget_tablet() -> None:
    session.pop(SESSION_KEY, None)


def tablet_of_request() -> GatheringTablet | None:
    """Return the tablet that this browser is, open or closed; None for every other browser."""
    return tablet_with(str(session[SESSION_KEY])) if SESSION_KEY in session else None


def tablet_with(secret: str) -> GatheringTablet | None:
    return db.session.scalar(sa.select(GatheringTablet).where(GatheringTablet.secret_hash == _hash_of(secret)))


def _hash_of(secret: str) -> str:
    return keyed_hash("room tablet", secret)
