"""“됐나요?”: ask those who took part in a theme about a milestone that is marked done, once in each round.

Who was asked is not kept; that a round was, is (`RatingRound.asked_at`), in the transaction that writes the notices.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.response.delivery.mails import ask_to_rate
from forum.response.delivery.models import RatingRound
from forum.response.delivery.participants import people_to_ask


def rounds_to_ask() -> Sequence[int]:
    """Return the ids of open rounds about which nobody was asked, the oldest first."""
    return db.session.scalars(sa.select(RatingRound.id).where(_waits()).order_by(RatingRound.id)).all()


def ask_people(round_id: int) -> int:
    """Ask those who may rate in a round, unless they were asked or it has ended. The caller commits.

    A round that another worker holds is left to it.

    :return: how many people were asked
    """
    query = sa.select(RatingRound).where(RatingRound.id == round_id, _waits())
    locked = query.with_for_update(of=RatingRound, skip_locked=True).execution_options(populate_existing=True)
    found = db.session.scalar(locked)
    if found is None:
        return 0
    found.asked_at = clock.now()
    db.session.flush()
    people = people_to_ask(found)
    ask_to_rate(found, people)
    return len(people)


def _waits() -> sa.ColumnElement[bool]:
    return sa.and_(RatingRound.asked_at.is_(None), RatingRound.ended_at.is_(None))
