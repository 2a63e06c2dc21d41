"""The launcher of `make run`, with small real processes in place of the web server and the worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forum.development.launch import PROCFILE, answers, main, port_number

WEB = """
import http.server, os, pathlib, sys
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""
# Behaves as a worker inside a C library: it handles no signal. It has a child process.
DEAF_WORKER = """
import os, pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
HONCHO_KILLS_AFTER = 5  # seconds; ours must be clearly sooner


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A killed process whose parent has ended may remain until the system reaps it.
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


class Launched:
    """The launcher as a process, running the two small programs."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "web.py").write_text(WEB)
        (folder / "worker.py").write_text(worker)
        lines = [f"{name}: exec {sys.executable} {folder}/{name}.py {folder}/{name}.pid" for name in ("web", "worker")]
        (folder / "Procfile").write_text("\n".join(lines))
        self.log = folder / "log"
        command = [
            sys.executable,
            "-m",
            "forum.development.launch",
            "--port",
            str(self.port),
            "--procfile",
            folder / "Procfile",
            "--last-words",
            "로그인:\n  시민\tcitizen@sample.invalid",
        ]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=PROCFILE.parent, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def wait_until_open(self) -> None:
        self.wait_until(lambda: "열렸어요" in self.log.read_text())
        self.wait_until((self.folder / "worker.pid").exists)

    def pids(self) -> list[int]:
        files = [self.folder / f"{name}.pid" for name in ("web", "worker")]
        return [int(pid) for file in files if file.exists() for pid in file.read_text().split()]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[[str], Launched]]:
    started: list[Launched] = []

    def start(worker: str) -> Launched:
        started.append(Launched(tmp_path, worker))
        return started[-1]

    yield start
    for launched in started:
        launched.process.kill()
        launched.process.wait()
        for pid in filter(is_alive, launched.pids()):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_everything_is_gone_soon_after_ctrl_c_a_kill_or_a_closed_terminal(launch, signal_number):
    launched = launch(DEAF_WORKER)
    launched.wait_until_open()
    launched.wait_until(lambda: "citizen@sample.invalid" in launched.log.read_text().split("열렸어요")[1])
    pids = launched.pids()
    assert len(pids) == 3
    told_at = time.monotonic()
    launched.process.send_signal(signal_number)
    assert launched.process.wait(timeout=30) == 0
    assert time.monotonic() - told_at < HONCHO_KILLS_AFTER - 0.5
    assert not [pid for pid in pids if is_alive(pid)]


def test_where_one_process_ends_by_itself_the_other_is_stopped_and_the_code_says_so(launch):
    launched = launch("import sys, time; time.sleep(1); sys.exit(3)")
    assert launched.process.wait(timeout=30) == 3
    assert "스스로 멈춰서" in launched.log.read_text()
    launched.wait_until(lambda: not any(map(is_alive, launched.pids())))


def test_a_taken_port_is_said_in_words_and_nothing_starts(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"{port}번 포트를 다른 프로그램이 쓰고 있어요" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["", "web", "80", "65536", "-1", "٨٠٨٠"])
def test_a_port_that_is_none_is_refused_in_words(value, capsys):
    with pytest.raises(SystemExit):
        main([f"--port={value}"])
    assert "1024에서 65535" in capsys.readouterr().err


def test_port_number_takes_both_ends():
    assert (port_number("1024"), port_number("65535")) == (1024, 65535)


def test_nobody_answers_at_a_closed_port():
    assert not answers(f"http://127.0.0.1:{free_port()}/healthz")
