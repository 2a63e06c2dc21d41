"""The bases of the tests themselves: what one test leaves reaches no other."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db

KNOWN = sa.text(
    """SELECT (SELECT count(*) FROM pg_stats WHERE schemaname = current_schema),
              (SELECT reltuples FROM pg_class WHERE oid = 'idea'::regclass)"""
)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
def test_what_the_planner_was_told_is_forgotten_before_the_next_test(app, bases, engine_name, make):
    base = bases(engine_name)[1]
    make.idea(), make.idea()
    db.session.commit()
    base.analyze()
    known = db.session.execute(KNOWN).one()
    db.session.commit()
    if base.is_analyzed:  # else the server is another's, and nothing was told
        assert known[0] > 0
        assert known[1] == 2
    base.clear()
    assert tuple(db.session.execute(KNOWN).one()) == (0, -1)
