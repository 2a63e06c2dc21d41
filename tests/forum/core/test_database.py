from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from forum.core import clock, database
from forum.core.clock import SEOUL
from forum.core.database import UtcDateTime, affected, batches, insert_or_ignore, reading
from forum.core.extensions import db
from forum.system.jobs.models import WorkerHeartbeat

ONLY_SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])
ONLY_POSTGRES = pytest.mark.parametrize("engine_name", ["postgresql"])


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_sqlite_is_opened_as_the_design_says(app, pragma, value):
    assert db.session.scalar(sa.text(f"PRAGMA {pragma}")) == value


@ONLY_SQLITE
def test_what_only_reads_takes_no_lock_and_cannot_write(app):
    with reading():
        db.session.execute(sa.text("SELECT 1"))
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            db.session.execute(sa.text("DELETE FROM campaign"))
        db.session.rollback()
    db.session.execute(sa.text("DELETE FROM campaign"))
    db.session.rollback()


@ONLY_SQLITE
def test_readers_go_on_while_somebody_writes(app, make):
    make.campaign()  # an open writing transaction
    with reading(), db.engine.connect() as other:
        assert other.scalar(sa.text("SELECT count(*) FROM campaign")) == 0


@ONLY_POSTGRES
@pytest.mark.parametrize(
    ("setting", "value"),
    [("statement_timeout", "30s"), ("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "1min")],
)
def test_every_connection_to_postgresql_has_its_time_outs(app, setting, value):
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text(f"SHOW {setting}")) == value


@pytest.fixture
def hasty_engine(app, monkeypatch):
    """Return an engine configured like the forum's, with a short busy timeout."""
    monkeypatch.setattr(database, "POSTGRES_STATEMENT_MILLISECONDS", 600)
    monkeypatch.setattr(database, "POSTGRES_LOCK_MILLISECONDS", 100)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    engine = sa.create_engine(url, **database.engine_options(url))
    yield engine
    engine.dispose()


@ONLY_POSTGRES
def test_a_statement_that_does_not_end_is_ended(hasty_engine):
    with hasty_engine.connect() as connection, pytest.raises(sa.exc.OperationalError, match="statement timeout"):
        connection.execute(sa.text("SELECT pg_sleep(20)"))


@ONLY_POSTGRES
def test_who_waits_for_a_lock_gives_up(hasty_engine):
    lock = sa.text("LOCK TABLE campaign IN ACCESS EXCLUSIVE MODE")
    with hasty_engine.connect() as holder, hasty_engine.connect() as waiting:
        holder.execute(lock)
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            waiting.execute(lock)


@ONLY_POSTGRES
def test_who_holds_a_lock_and_does_nothing_loses_it(hasty_engine):
    lock = sa.text("LOCK TABLE campaign IN ACCESS EXCLUSIVE MODE")
    with hasty_engine.connect() as idle, hasty_engine.connect() as other:
        idle.execute(lock)
        time.sleep(2 * 0.6 + 0.5)
        other.execute(lock)
        with pytest.raises(sa.exc.DBAPIError, match="idle-in-transaction timeout"):
            idle.execute(sa.text("SELECT 1"))


def test_times_come_back_as_they_were_in_utc(make):
    moment = datetime(2026, 11, 23, 9, 30, tzinfo=SEOUL)
    campaign = make.campaign(created_at=moment)
    db.session.commit()
    assert campaign.created_at == moment
    assert campaign.created_at.tzinfo is UTC


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sa.dialects.sqlite.dialect())


@pytest.mark.parametrize("table", ["audit_entry", "vote_event"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_is_append_only_is_never_changed(make, table, act):
    from forum.core.access import SYSTEM
    from forum.system.audit.services import record

    idea = make.idea()
    make.vote(idea)
    record(SYSTEM, "test", idea)
    db.session.commit()
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text(act.format(table)))
    db.session.rollback()


def test_insert_or_ignore_leaves_the_row_that_is_there(app):
    statement = insert_or_ignore(db.session, WorkerHeartbeat).values(id=1, at=clock.now()).returning(WorkerHeartbeat.id)
    assert [db.session.scalar(statement), db.session.scalar(statement)] == [1, None]


def test_affected_counts_what_an_update_and_a_delete_found(app):
    db.session.add(WorkerHeartbeat(id=1, at=clock.now()))
    db.session.flush()
    assert affected(db.session.execute(sa.update(WorkerHeartbeat).values(at=clock.now()))) == 1
    assert affected(db.session.execute(sa.delete(WorkerHeartbeat))) == 1
    assert affected(db.session.execute(sa.delete(WorkerHeartbeat))) == 0


@pytest.mark.parametrize(("size", "expected"), [(2, [[1, 2], [3]]), (3, [[1, 2, 3]]), (9, [[1, 2, 3]])])
def test_batches_keep_the_order_and_the_rest(size, expected):
    assert list(batches(iter([1, 2, 3]), size)) == expected
    assert list(batches([], size)) == []
