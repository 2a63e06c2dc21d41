"""Hold mailings for a while. The slice that says when is above this one, so it registers its condition.

A mailing is what goes to many without being about what they did: daily mails, mails about digests, reminders of
gatherings. It is marked when it is written. Mails about signing in, guardians, one's own texts, cancellations and work
that somebody has to do are never held.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from forum.core.extensions import db

_condition: list[Callable[[], sa.ColumnElement[bool]]] = []


def hold_mailings_while(condition: Callable[[], sa.ColumnElement[bool]]) -> None:
    """Set the condition under which mailings wait, as part of a statement."""
    _condition[:] = [condition]


def mailings_wait() -> sa.ColumnElement[bool]:
    """Return the condition, for a statement that is run at once: it may hold today's date."""
    return _condition[0]() if _condition else sa.false()


def do_mailings_wait() -> bool:
    """Ask the database whether mailings wait now."""
    return bool(db.session.scalar(sa.select(mailings_wait())))
