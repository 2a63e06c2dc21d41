"""End the roles that devices have by a code."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint.models import JointGrant


def end_grants(session_id: int, which: sa.ColumnElement[bool] | None = None) -> int:
    """End the grants of a session, or those `which` chooses. The caller has locked the session, and commits.

    :return: how many were in force
    """
    in_force = sa.and_(JointGrant.session_id == session_id, JointGrant.revoked_at.is_(None))
    query = sa.select(JointGrant).where(in_force if which is None else sa.and_(in_force, which))
    ended = list(db.session.scalars(query.order_by(JointGrant.id).execution_options(populate_existing=True)))
    for one in ended:
        one.revoked_at = clock.now()
    db.session.flush()
    return len(ended)
