"""The forum in processes of its own, as in production: commands, gunicorn, a worker."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from config import Config
from tests.assault.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 120


def wait_for(condition: Callable[[], bool], what: str, seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait until `condition` is true.

    :raise TimeoutError: it stayed false
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.05)


class Service:
    """One forum: a database, an instance folder, and the processes started on them."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environ = {
            **os.environ,
            "FORUM_ENV": "development",
            "NLP_ENCODER": "none",  # kills should hit the forum's own work, not the loading of a model
            "FLASK_APP": "wsgi:app",
            "DATABASE_URL": url,
            "FORUM_INSTANCE_DIR": str(folder),
            "BASE_URL": self.address,
            **settings,
        }
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def config(self) -> Config:
        """The settings, for code in this process that uses the same database."""
        return Config.from_env(self.environ)

    def flask(self, *words: str, expect: int | None = 0) -> str:
        """Run a `flask` command and return its output.

        :raise RuntimeError: the exit code is not `expect`; None accepts any
        """
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
        if expect is not None and done.returncode != expect:
            raise RuntimeError(
                f"flask {' '.join(words)}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            )
        return done.stdout

    def start(self, name: str, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environ | settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def worker(self, **settings: str) -> subprocess.Popen[bytes]:
        """Start huey's consumer as `make run` does."""
        words = ("huey.bin.huey_consumer", "worker.huey", "-k", "thread", "-w", "2")
        return self.start("worker", *words, **settings)

    def web(self, workers: int = 3, app: str = "wsgi:app", threads: int = 4) -> Web:
        """Start gunicorn and wait until it answers."""
        words = ("--bind", f"127.0.0.1:{self.port}", "--workers", str(workers), "--threads", str(threads), app)
        web = Web(self.start("web", "gunicorn", *words))
        wait_for(lambda: self.status("/readyz") == 200, "the web to answer")
        return web

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as response:  # noqa: S310  (always http://127.0.0.1)
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def tracebacks(self, name: str) -> str:
        """Return the unexpected errors in a process's log."""
        lines = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
        places = [n for n, line in enumerate(lines) if "unhandled_error" in line or "Traceback" in line]
        return "\n".join("\n".join(lines[place : place + 60]) for place in places[:3])

    def close(self) -> None:
        """Kill every process that was started."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()
                process.wait()


class Web:
    """gunicorn's master, which replaces workers that die."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def workers(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.process.pid).children() if child.status() != "zombie"]

    def kill_one(self, choose: random.Random) -> int:
        """Send SIGKILL to a random worker, preferably one that has had time to start.

        :return: its process id; 0 if there is none
        """
        living = self.workers()
        settled = [worker for worker in living if time.time() - worker.create_time() > 2]
        if not living:
            return 0
        worker = choose.choice(settled or living)
        worker.send_signal(signal.SIGKILL)
        return int(worker.pid)

    def kill_all(self) -> None:
        """Send SIGKILL to the master and all workers, and reap them."""
        workers = self.workers()
        for one in (psutil.Process(self.process.pid), *workers):
            one.kill()
        self.process.wait()
        psutil.wait_procs(workers, timeout=10)
