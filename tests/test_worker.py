"""A real worker beside a real web process, on files of their own: asked for in one, done by the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60


@pytest.fixture
def flask(tmp_path: Path) -> Callable[..., str]:
    def run(*words: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == expect, done.stderr
        return done.stdout

    return run


def environment(instance: Path) -> dict[str, str]:
    return {
        **os.environ,
        "FORUM_ENV": "development",
        "FORUM_INSTANCE_DIR": str(instance),
        "DATABASE_URL": "",
        "NLP_ENCODER": "none",
    }


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start huey's consumer as `make run` does; whatever was started is gone at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "huey.bin.huey_consumer", "worker.huey", "-k", "thread", "-w", "2"]
        log = (tmp_path / f"worker-{len(started)}.log").open("wb")
        process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=log, stderr=log)
        log.close()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"still waiting for {what}"
        time.sleep(0.5)


def ideas_file(folder: Path) -> Path:
    subjects = ("급식 잔반 음식물쓰레기", "버스 정기권 요금", "지붕 태양광 발전")
    lines = [
        f'{{"external_id": "{subject}-{place}", "title": "{place} {subject}", "body": "{place}에서 {subject}"}}'
        for subject in subjects
        for place in ("학교", "우리 마을", "큰 회사", "아파트 단지")
    ]
    path = folder / "ideas.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_old_address_still_gives_the_queue_and_warns(tmp_path):
    script = "import forum.jobs.worker as old, worker; assert old.huey is worker.huey"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "FutureWarning: forum.jobs.worker.huey moved to worker.huey" in done.stderr


def test_what_a_command_asks_for_a_worker_does_and_one_that_was_killed_is_followed(flask, worker, tmp_path):
    flask("forum", "setup", "--no-sample")
    flask("campaigns", "add", "--slug", "real", "--title", "시험", "--kind", "forum")
    flask("ideas", "import", str(ideas_file(tmp_path)), "--campaign", "real")

    # A worker that dies before it does anything loses nothing: the row waits for the next one.
    first = worker()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert "맡겼습니다" in flask("themes", "run", "--campaign", "real")

    # With a worker running, a command that waits gets its result, whichever of the two does the job.
    worker()
    assert "묶음" in flask("themes", "run", "--campaign", "real", "--wait")
    out = tmp_path / "out"
    flask("digests", "build", "--campaign", "real", "--format", "json", "--out", str(out))
    assert '"clusters"' in next(out.iterdir()).read_text(encoding="utf-8")
    assert "맞음" in flask("forum", "check")


def test_mail_that_was_written_is_sent_by_the_worker(flask, worker, tmp_path):
    flask("forum", "setup", "--no-sample")
    script = (
        "from wsgi import app\n"
        "from forum.core.extensions import db\n"
        "from forum.system.notices.services import queue_mail\n"
        "with app.app_context():\n"
        "    queue_mail('a@example.org', '제목', '본문입니다', 'test:1')\n"
        "    db.session.commit()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment(tmp_path), check=True)
    worker()
    wait_for(lambda: bool(list((tmp_path / "outbox").glob("*.eml"))), "the mail")
    (mail,) = (tmp_path / "outbox").glob("*.eml")
    assert b"To: a@example.org" in mail.read_bytes()
