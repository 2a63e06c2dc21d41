from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.system.jobs.models import WorkerHeartbeat
from forum.system.jobs.queries import last_heartbeat_at
from forum.system.jobs.runner import record_worker_heartbeat


def test_a_beat_is_one_row_that_moves(app):
    record_worker_heartbeat()
    first = last_heartbeat_at()
    record_worker_heartbeat()
    assert first is not None
    assert last_heartbeat_at() > first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(WorkerHeartbeat)) == 1


@pytest.mark.parametrize("engine_name", ["postgresql"])  # SQLite lets one writer in at a time
def test_two_workers_may_beat_first_at_the_same_moment(app):
    def overtake(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE worker_beat"):
            with db.engine.begin() as other:
                other.execute(sa.insert(WorkerHeartbeat.__table__).values(id=1, at=clock.now()))

    sa.event.listen(db.engine, "after_cursor_execute", overtake)
    try:
        record_worker_heartbeat()
    finally:
        sa.event.remove(db.engine, "after_cursor_execute", overtake)
    assert last_heartbeat_at() is not None
