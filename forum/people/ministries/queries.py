from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.ministries.models import Ministry


def get_ministry(code: str) -> Ministry:
    """Return the ministry of this code.

    :raise NotFound:
    """
    ministry = db.session.scalar(sa.select(Ministry).where(Ministry.code == code))
    if ministry is None:
        raise NotFound(f"‘{code[:40]}’ 부처가 없어요.")
    return ministry


def all_ministries() -> Sequence[Ministry]:
    """Return all ministries in the order of `data/ministries.csv`."""
    return db.session.scalars(sa.select(Ministry).order_by(Ministry.id)).all()
