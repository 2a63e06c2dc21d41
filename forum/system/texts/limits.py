"""Limits on how many texts one person, or one network, may send in a given time. Other counts may use them too.

The counts stand in the database, so that they hold for all processes. Limits are generous: nobody who types reaches
them, and a school that shares one address has those of a network. A refused text is not counted, nor stored.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from limits import RateLimitItem, parse_many

from forum.core import clock
from forum.core.access import Actor
from forum.core.database import affected, dialect_insert
from forum.core.errors import TooManyAttempts
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.network import keyed_hash, network_of
from forum.system.texts.models import TextCount

KEEP = timedelta(days=1)


class TooManyTexts(TooManyAttempts):
    """The person or network has sent as many texts of this kind as it may for now."""

    @property
    def advice(self) -> str:  # type: ignore[override]
        return _("쓴 글은 그대로 남아 있어요. 그때 다시 보내 주세요.")


def count_by_person(kind: str, actor: Actor) -> None:
    """Count one more text of the actor. Call it before other rows are locked. The caller commits.

    Texts of one person that arrive at once run in turn: each waits for the count of the one before.

    :param kind: code of a kind, or "idea_draft"; the settings `IDEA_DRAFT_LIMIT_PER_PERSON` and so on say how many
    :raise TooManyTexts: the person's limit is reached
    """
    if actor.participant_id is not None:
        _count(kind, f"participant:{actor.participant_id}", current_app.config[f"{kind.upper()}_LIMIT_PER_PERSON"])


def count_by_network(kind: str, address: str | None) -> None:
    """Count one more text from this network. Call it last: everybody behind the address waits for the commit.

    :param address: IP address of the request; None for commands, which are not counted
    :raise TooManyTexts: the network's limit is reached
    """
    if address is not None:
        sender = f"network:{keyed_hash('text', network_of(address))}"
        _count(kind, sender, current_app.config[f"{kind.upper()}_LIMIT_PER_NETWORK"])


def forget_sender(participant_id: int) -> None:
    """Delete the counts of a person who leaves. The caller commits."""
    own = sa.delete(TextCount).where(TextCount.sender == f"participant:{participant_id}")
    db.session.execute(own.execution_options(synchronize_session=False))


def purge_counts() -> int:
    """Delete counts of spans that began more than a day ago. The caller commits.

    :return: how many
    """
    outdated = sa.delete(TextCount).where(TextCount.begins_at < clock.now() - KEEP)
    return affected(db.session.execute(outdated.execution_options(synchronize_session=False)))


def count_one(kind: str, sender: str, limits: str) -> int:
    """Count one more for these limits. The caller commits, and everybody with this sender waits for that.

    :return: 0, or the seconds until the limit that is exceeded by it begins anew
    """
    for limit in _shortest_first(limits):
        begins_at = _beginning(limit)
        if _one_more(kind, sender, limit.get_expiry(), begins_at) > limit.amount:
            return _seconds_left(limit, begins_at)
    return 0


def seconds_to_wait(kind: str, sender: str, limits: str) -> int:
    """Return the seconds until one more may be counted, 0 if it may now; nothing is counted."""
    waits = [0]
    for limit in _shortest_first(limits):
        begins_at = _beginning(limit)
        count = db.session.get(TextCount, (sender, kind, limit.get_expiry(), begins_at), populate_existing=True)
        if count is not None and count.n >= limit.amount:
            waits.append(_seconds_left(limit, begins_at))
    return max(waits)


def _count(kind: str, sender: str, limits: str) -> None:
    wait = count_one(kind, sender, limits)
    if wait:
        message = _("짧은 시간에 글을 너무 많이 보냈어요. %(n)s분 뒤에 다시 보낼 수 있어요.", n=-(-wait // 60))
        raise TooManyTexts(message, wait)


def _shortest_first(limits: str) -> list[RateLimitItem]:
    return sorted(parse_many(limits), key=RateLimitItem.get_expiry)


def _beginning(limit: RateLimitItem) -> datetime:
    """Return when the present span of a limit began."""
    span = limit.get_expiry()
    return datetime.fromtimestamp(clock.now().timestamp() // span * span, UTC)


def _seconds_left(limit: RateLimitItem, begins_at: datetime) -> int:
    left = begins_at + timedelta(seconds=limit.get_expiry()) - clock.now()
    return max(1, -int(-left.total_seconds() // 1))


def _one_more(kind: str, sender: str, span: int, begins_at: datetime) -> int:
    """Add one to a count in one statement, and return the sum. The row stays locked until the commit."""
    row = {"sender": sender, "kind": kind, "span_seconds": span, "begins_at": begins_at, "n": 1}
    insert = dialect_insert(db.session, TextCount).values(row)
    key = [TextCount.sender, TextCount.kind, TextCount.span_seconds, TextCount.begins_at]
    counted = insert.on_conflict_do_update(index_elements=key, set_={"n": TextCount.n + 1}).returning(TextCount.n)
    return int(db.session.execute(counted.execution_options(synchronize_session=False)).scalar_one())
