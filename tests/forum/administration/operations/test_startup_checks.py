"""Production serves only from a durable, migrated database with timeouts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum.administration.operations.startup_checks import UnsafeDatabase, require_safe_database
from forum.core.extensions import db
from tests.servers import OPERATOR

ROOT = Path(__file__).resolve().parents[4]
ONLY_SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])
ONLY_POSTGRES = pytest.mark.parametrize("engine_name", ["postgresql"])
GOOD = {"SECRET_KEY": "k" * 64, "SECURITY_PASSWORD_SALT": "s" * 64} | OPERATOR


@pytest.fixture
def production(app, engine_name, monkeypatch):
    monkeypatch.setitem(app.config, "ENVIRONMENT", "production")
    if engine_name == "sqlite":
        yield app
        return
    name = sa.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    run(f'ALTER DATABASE "{name}" SET synchronous_commit = on')  # off for the other tests (`tests.servers`)
    yield app
    run(f'ALTER DATABASE "{name}" SET synchronous_commit = off')


def run(statement: str) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)
    db.engine.dispose()


def test_a_migrated_and_durable_database_may_be_served(production):
    require_safe_database(production)


def test_a_database_of_another_version_is_not_served(production):
    with db.engine.begin() as connection:
        stood_at = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    try:
        with pytest.raises(UnsafeDatabase, match="forum setup"):
            require_safe_database(production)
    finally:
        with db.engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": stood_at})


@ONLY_POSTGRES
def test_a_postgresql_that_answers_before_it_wrote_is_not_served(production):
    name = sa.make_url(production.config["SQLALCHEMY_DATABASE_URI"]).database
    run(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        with pytest.raises(UnsafeDatabase, match="synchronous_commit=off"):
            require_safe_database(production)
    finally:
        run(f'ALTER DATABASE "{name}" SET synchronous_commit = on')


@ONLY_POSTGRES
@pytest.mark.parametrize("setting", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_a_connection_without_time_outs_is_not_served(production, setting):
    def open_badly(connection: object, _record: object) -> None:
        connection.execute(f"SET {setting} = 0")  # type: ignore[attr-defined]
        connection.commit()  # type: ignore[attr-defined]

    refused_with(production, open_badly, f"{setting}=0")


@ONLY_SQLITE
def test_an_sqlite_that_does_not_wait_for_the_disk_is_not_served(production):
    def open_badly(connection: object, _record: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")  # type: ignore[attr-defined]

    refused_with(production, open_badly, "synchronous=1")


def refused_with(app: object, open_badly: object, reason: str) -> None:
    engine = db.engine
    engine.dispose()
    sa.event.listen(engine, "connect", open_badly)
    try:
        with pytest.raises(UnsafeDatabase, match=reason):
            require_safe_database(app)
    finally:
        sa.event.remove(engine, "connect", open_badly)
        engine.dispose()


def gunicorn(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    ours = {"FORUM_ENV": "production", "FORUM_INSTANCE_DIR": str(tmp_path), "DATABASE_URL": ""}
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0"],
        cwd=ROOT,
        env=os.environ | GOOD | ours | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_gunicorn_stops_with_a_sentence_before_it_starts_a_worker(tmp_path):
    done = gunicorn(tmp_path, TRUSTED_HOSTS="*")
    assert done.returncode != 0
    assert "configuration error: TRUSTED_HOSTS must name" in done.stderr
    assert "Booting worker" not in done.stderr


def test_gunicorn_stops_over_a_database_that_was_never_set_up(tmp_path):
    done = gunicorn(tmp_path)
    # gunicorn exits with 3; if both workers end at the same time, its arbiter fails and exits with 1.
    assert done.returncode in {1, 3}
    assert "run `flask forum setup` first" in done.stderr
    assert "RATELIMIT_STORAGE_URI is memory:// and there are 2 web processes" in done.stderr


def test_one_process_may_count_for_itself_without_a_warning(tmp_path):
    done = gunicorn(tmp_path, GUNICORN_CMD_ARGS="--workers 1")
    assert done.returncode == 3
    assert "RATELIMIT_STORAGE_URI" not in done.stderr
