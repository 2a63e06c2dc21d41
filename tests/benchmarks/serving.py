"""What the benchmarks of pages and votes stand on: a PostgreSQL database of their own, gunicorn as in production, and
a load generator of plain asyncio sockets, small enough to run on the same cores as what it measures."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from config import Config
from forum import create_app
from tests.servers import OPERATOR, PostgresBase

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
SETTINGS = {
    "FORUM_ENV": "production",
    "SECRET_KEY": "benchmark-" + "k" * 40,
    "SECURITY_PASSWORD_SALT": "benchmark-" + "s" * 40,
    "TRUSTED_HOSTS": HOST,
    "QUEUE": "sqlite",
    **OPERATOR,
}


@dataclass
class Figures:
    """What one run of the load generator saw. Latencies in milliseconds; an answer other than 2xx is an error."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that `share` (0..1) of the answers stayed within."""
        if not self.latencies:
            return float("nan")
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]

    def line(self, name: str) -> str:
        mean = statistics.fmean(self.latencies) if self.latencies else float("nan")
        return (
            f"{name:<44} {len(self.latencies):>7} in {self.seconds:5.1f} s  {self.per_second:8.1f}/s"
            f"  mean {mean:7.1f}  p50 {self.percentile(0.5):7.1f}  p95 {self.percentile(0.95):7.1f}"
            f"  p99 {self.percentile(0.99):7.1f} ms  errors {sum(self.errors.values())} {self.errors or ''}"
        )


@contextmanager
def database() -> Iterator[PostgresBase]:
    """An empty database on the server that TEST_DATABASE_URL names or, without one, on a server of our own."""
    base = PostgresBase()
    # Tests do not wait for the disk; the forum refuses to start like that, and a commit is to be measured.
    base._administer(f'ALTER DATABASE "{base.database}" RESET synchronous_commit')
    try:
        yield base
    finally:
        base.close()


@contextmanager
def forum(url: str) -> Iterator[Flask]:
    """The application over `url`, migrated, with its context pushed; for filling and counting."""
    with tempfile.TemporaryDirectory(prefix="forum-bench-") as folder:
        environ = SETTINGS | {"DATABASE_URL": url, "FORUM_INSTANCE_DIR": folder, "VISITOR_CACHE_SECONDS": "0"}
        app = create_app(Config.from_env(environ))
        with app.app_context():
            yield app
            from forum.core.extensions import db

            db.session.remove()
            db.engine.dispose()


@contextmanager
def gunicorn(target: str, environ: dict[str, str], options: Sequence[str] = ()) -> Iterator[int]:
    """`target` served by gunicorn with the project's own gunicorn.conf.py.

    :return: the port
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="forum-bench-") as folder:
        log = open(Path(folder) / "gunicorn.log", "w+")  # noqa: SIM115  (closed below)
        command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "-b", f"{HOST}:{port}"]
        server = subprocess.Popen(
            [*command, *options, target],
            cwd=ROOT,
            env=os.environ | SETTINGS | {"FORUM_INSTANCE_DIR": folder} | environ,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(port, server)
            yield port
        except BaseException:
            log.seek(0)
            print(log.read()[-2000:], file=sys.stderr)
            raise
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
            log.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"gunicorn ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not come up within 60 s")


def request_bytes(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", cookie: str = ""
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Connection:
    """One keep-alive connection; opened again where the server closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """:return: status, head, body"""
        for attempt in range(2):
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection(HOST, self.port)
            assert self.reader is not None
            try:
                self.writer.write(request)
                head = await self.reader.readuntil(b"\r\n\r\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()  # gunicorn closes idle connections: this one was never taken up
                if attempt:
                    raise
                continue
            found = re.search(rb"(?i)content-length: (\d+)", head)
            body = await self.reader.readexactly(int(found[1])) if found else b""
            if b"onnection: close" in head:
                self.close()
            return int(head[9:12]), head, body
        raise ConnectionError("unreachable")

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.writer = None


async def drive(
    port: int,
    seconds: float,
    requests: Sequence[Iterator[tuple[object, bytes]]],
    answered: Callable[[object, int, bytes], None] = lambda tag, status, body: None,
) -> Figures:
    """Send each iterator's requests over a connection of its own, one after the other, for `seconds`.

    :param requests: one iterator of (tag, request) for each connection
    :param answered: hears each answer with its request's tag
    """
    figures = Figures()
    began = time.perf_counter()
    until = began + seconds

    async def one(source: Iterator[tuple[object, bytes]]) -> None:
        connection = Connection(port)
        for tag, request in source:
            sent = time.perf_counter()
            if sent >= until:
                break
            try:
                status, _head, body = await connection.ask(request)
            except (OSError, asyncio.IncompleteReadError) as error:
                figures.errors[type(error).__name__] = figures.errors.get(type(error).__name__, 0) + 1
                connection.close()
                continue
            if 200 <= status < 300:
                figures.latencies.append((time.perf_counter() - sent) * 1000)
            else:
                figures.errors[str(status)] = figures.errors.get(str(status), 0) + 1
            answered(tag, status, body)
        connection.close()

    await asyncio.gather(*(one(source) for source in requests))
    figures.seconds = time.perf_counter() - began
    return figures


def analyse_tables(url: str) -> None:
    """Give the planner its statistics, as autovacuum would within a minute."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
