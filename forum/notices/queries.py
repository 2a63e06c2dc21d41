from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.extensions import db
from forum.notices.models import Notice

LATEST = 100


def unread_count(account_id: int) -> int:
    query = sa.select(sa.func.count()).where(Notice.account_id == account_id, Notice.read_at.is_(None))
    return db.session.scalar(query) or 0


def latest_notices(account_id: int) -> Sequence[Notice]:
    """The newest hundred notices of an account, newest first."""
    query = sa.select(Notice).where(Notice.account_id == account_id).order_by(Notice.id.desc()).limit(LATEST)
    return db.session.scalars(query).all()
