"""`make run`: start and stop the web server and a worker together on a development machine.

honcho runs the lines of the Procfile. This adds: a message if the port is taken, before anything starts; the address,
printed once a page responds, and the sign-ins after it, so that they are the last thing seen (requests are written to
`instance/access.log`, not here); SIGKILL for processes that do not stop within two seconds (a worker inside an analysis
does not handle signals); and a closed terminal stops everything, as Ctrl-C does.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
HOST = "127.0.0.1"
KILL_AFTER_SECONDS = 2.0
WAIT_FOR_WEB_SECONDS = 120.0
STOPPED_BY_SIGNAL = {128 + signal.SIGINT, 128 + signal.SIGTERM}


class Pair(Manager):
    """honcho's manager that kills processes two seconds after asking them to stop."""

    def terminate(self) -> None:
        super().terminate()
        timer = threading.Timer(KILL_AFTER_SECONDS, self.kill)
        timer.daemon = True  # it must not keep the launcher alive after all have stopped
        timer.start()


def port_number(value: str) -> int:
    """Parse a port number.

    :raise argparse.ArgumentTypeError: not a port that an ordinary user may open
    """
    if not (value.isascii() and value.isdigit() and 1024 <= int(value) <= 65535):
        raise argparse.ArgumentTypeError(f"PORT={value}: 1024에서 65535 사이의 숫자여야 해요. / must be 1024 to 65535.")
    return int(value)


def is_free(port: int) -> bool:
    """Return whether the port can be opened now; connections in TIME_WAIT do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    """Return whether `url` responds with status 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  (always http://127.0.0.1)
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def announce(address: str, say: Callable[[str], None], begun_at: float, last_words: str = "") -> None:
    """Wait until the web server responds, then print its address, how long the start took, and the last words.

    :param begun_at: seconds since 1970, when `make` began
    """
    deadline = time.monotonic() + WAIT_FOR_WEB_SECONDS
    while time.monotonic() < deadline:
        if answers(f"{address}/healthz"):
            seconds = max(0, round(time.time() - begun_at))
            say(f"열렸어요: {address}  (모두 {seconds}초. 끝내려면 Ctrl-C / ready in {seconds} s, Ctrl-C to stop)")
            say(last_words)
            return
        time.sleep(0.2)


def run(procfile: Path, port: int, begun_at: float, last_words: str = "") -> int:
    """Run the lines of `procfile` until a signal comes or one of the processes ends.

    :param last_words: printed once the web server responds
    :return: 0 after a signal, else the exit code of the process that ended first
    """
    manager = Pair(Printer(sys.stdout))
    for name, command in parse_procfile(procfile.read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, f"export PORT={port}; {command}")
    said = (f"http://{HOST}:{port}", manager._system_print, begun_at, last_words)
    waiter = threading.Thread(target=announce, args=said, daemon=True)
    waiter.start()
    # The processes have their own sessions, so a closed terminal would leave them running.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    if manager.returncode in STOPPED_BY_SIGNAL:
        return 0
    print("웹이나 작업자가 스스로 멈춰서 둘 다 껐어요. 위의 기록을 봐 주세요. / One of them ended; see above.")
    return int(manager.returncode or 1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m forum.development.launch", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=port_number, default=8000)
    parser.add_argument("--begun-at", type=float, default=None, help="seconds since 1970; default: now")
    parser.add_argument("--procfile", type=Path, default=PROCFILE)
    parser.add_argument("--last-words", default="", help="text to print once the web server responds")
    parser.add_argument("--check", action="store_true", help="only say whether the port is free")
    options = parser.parse_args(arguments)
    if not is_free(options.port):
        print(
            f"{options.port}번 포트를 다른 프로그램이 쓰고 있어요. 다른 번호로 해 보세요: "
            f"make run PORT={options.port + 1}\n"
            f"Port {options.port} is in use. Try another: make run PORT={options.port + 1}",
            file=sys.stderr,
        )
        return 1
    if options.check:
        return 0
    return run(options.procfile, options.port, options.begun_at or time.time(), options.last_words)


if __name__ == "__main__":
    raise SystemExit(main())
