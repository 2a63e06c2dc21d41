from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask import g, has_request_context

from forum.core import clock
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.system.pauses.models import ElectionPause

MAX_LISTED = 100


def why_paused() -> str:
    """Return why gatherings rest today, with the last day of the pause, as a sentence; empty if they do not.

    One statement, and none the second time in a request.
    """
    until = paused_until()
    return str(_("선거 기간이라 %(day)s까지 모임을 쉬어요.", day=short_day(until))) if until else ""


def paused_until() -> date | None:
    """Return the last day on which a pause holds without a gap from today on; None if none holds today."""
    if not has_request_context():
        return _last_day(clock.today())
    if "election_pause_until" not in g:
        g.election_pause_until = _last_day(clock.today())
    found: date | None = g.election_pause_until
    return found


def forget_what_was_read() -> None:
    """Let `paused_until` look again in this request: a pause was set or ended."""
    if has_request_context():
        g.pop("election_pause_until", None)


def holds_today() -> sa.ColumnElement[bool]:
    """Return the condition that a pause is in force today."""
    today = clock.today()
    return sa.exists().where(
        ElectionPause.begins_on <= today, ElectionPause.ends_on >= today, ElectionPause.ended_at.is_(None)
    )


def get_pause(pause_id: int) -> ElectionPause:
    """:raise NotFound: no such pause"""
    found = db.session.get(ElectionPause, pause_id)
    if found is None:
        raise NotFound(_("그런 선거 기간 쉼이 없어요."))
    return found


def all_pauses() -> Sequence[ElectionPause]:
    """Return the hundred pauses that end last, latest first."""
    query = sa.select(ElectionPause).order_by(ElectionPause.ends_on.desc(), ElectionPause.id.desc())
    return db.session.scalars(query.limit(MAX_LISTED)).all()


def _last_day(today: date) -> date | None:
    """Follow pauses that overlap or meet: people read one day, not the first of three."""
    query = sa.select(ElectionPause.begins_on, ElectionPause.ends_on)
    query = query.where(ElectionPause.ends_on >= today, ElectionPause.ended_at.is_(None))
    until = today - timedelta(days=1)
    for begins_on, ends_on in db.session.execute(query.order_by(ElectionPause.begins_on, ElectionPause.ends_on)):
        is_next = begins_on <= until + timedelta(days=1)
        until = max(until, ends_on) if is_next else until
    return until if until >= today else None
