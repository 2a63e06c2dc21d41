from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from forum.clock import SEOUL
from forum.database import UtcDateTime, reading
from forum.extensions import db

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
@pytest.mark.parametrize("setting", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_postgresql_lets_nothing_hang_for_ever(app, setting):
    assert db.session.scalar(sa.text(f"SHOW {setting}")) not in {"0", ""}


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
    from forum.access import SYSTEM
    from forum.audit.services import record

    idea = make.idea()
    make.vote(idea)
    record(SYSTEM, "test", idea)
    db.session.commit()
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text(act.format(table)))
    db.session.rollback()
