"""A job's worker killed at each named step, and one put to sleep past its lease: what is seen then and afterwards."""

from __future__ import annotations

import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from forum import create_app
from forum.administration.operations.queries import recount
from forum.administration.operations.services import prepare_database
from forum.analysis.themes.services import start_run
from forum.core.access import SYSTEM
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import ANALYSIS, DIGEST, MAIL
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import JobState
from forum.system.jobs.queries import get_job
from forum.system.jobs.runner import run_job
from forum.system.jobs.services import cancel_job
from forum.system.notices.services import queue_mail
from forum.voice.campaigns.queries import get_campaign
from tests.assault.postgres import OwnPostgres
from tests.assault.service import Service, wait_for
from tests.factories import Factories
from tests.nlp.test_pipeline import SUBJECTS

LOST_AFTER_SECONDS = 6  # six heartbeats: on a busy machine a living worker must not be taken for a dead one
SLUG = "real"
TITLES = [title for subject in SUBJECTS for title in subject]
AFTER_THE_COMMIT = {"themes.published", "digests.published"}


@contextmanager
def forum_with_a_run(engine: str) -> Iterator[Bench]:
    """A forum with one finished analysis and one digest, on "sqlite" or on a PostgreSQL of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-assault-")))
        url = ""
        if engine == "postgresql":
            server = OwnPostgres()
            stack.callback(server.close)
            url = server.url
        service = Service(
            url, folder, JOB_HEARTBEAT_SECONDS="1", JOB_LOST_AFTER_SECONDS=str(LOST_AFTER_SECONDS), LANG="C.UTF-8"
        )
        stack.callback(service.close)
        bench = Bench(service)
        stack.callback(bench.close)
        with bench.inside():
            prepare_database()
            campaign = Factories().campaign(slug=SLUG)
            for title in TITLES:
                Factories().idea(campaign, title=title, body=f"{title}에 대한 제안입니다.")
        for kind in ("themes", "digests"):
            job_id = bench.ask(kind)
            with bench.inside():
                assert run_job(job_id) is JobState.DONE
        yield bench


class Bench:
    """The forum seen through an engine of our own, by plain SQL."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.engine = sa.create_engine(service.config.database_url)
        self.app = create_app(service.config)

    def close(self) -> None:
        self.engine.dispose()
        with self.app.app_context():
            db.engine.dispose()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The forum in this process, over the same database and queue; commits at the end."""
        with self.app.app_context():
            yield
            db.session.commit()

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def one(self, query: str, **values: Any) -> Any:
        return self.rows(query, **values)[0][0]

    # What people see
    def current_run(self) -> int:
        (run,) = self.rows("SELECT id FROM theme_run WHERE is_current")  # exactly one, at every moment
        return int(run[0])

    def digests(self) -> list[int]:
        return [row[0] for row in self.rows("SELECT id FROM digest WHERE state = 'PUBLISHED' ORDER BY id")]

    def job(self, job_id: int) -> tuple[str, int]:
        ((state, attempt),) = self.rows("SELECT state, attempt FROM job WHERE id = :id", id=job_id)
        return str(state), int(attempt)

    # Asking
    def ask(self, kind: str) -> int:
        """Have an analysis or a digest wait for a worker, and give its job's number."""
        with self.inside():
            campaign = get_campaign(SLUG)
            if kind == "themes":
                return start_run(campaign, SYSTEM).id
            return start_digest(campaign, SYSTEM, ["json", "html"]).id

    def check(self) -> None:
        """`flask forum check`. :raise AssertionError: it found a difference"""
        with self.inside(), reading():
            assert [finding for finding in recount() if finding.differences] == []

    def write_mail(self, key: str) -> None:
        with self.inside():
            queue_mail("a@example.org", "제목", "본문", key)


def kill_at(bench: Bench, step: str) -> str:
    """SIGKILL a worker at this step of an analysis or a digest; the next one must make it good.

    :return: what happened, in words
    :raise AssertionError: something was half visible, happened twice or not at all
    """
    kind = step.partition(".")[0]
    old_run, old_digests = bench.current_run(), bench.digests()
    publications = _publications(bench)
    job_id = bench.ask(kind)
    killed = bench.service.worker(FAILPOINT=f"{step}:kill")
    assert killed.wait(120) == -signal.SIGKILL, f"the worker ended with {killed.returncode}"

    is_published = step in AFTER_THE_COMMIT
    state, attempt = bench.job(job_id)
    assert (state, attempt) == ("DONE" if is_published else "RUNNING", 1)
    if not is_published:
        assert (bench.current_run(), bench.digests()) == (old_run, old_digests), "half of it is visible"
    bench.check()

    time.sleep(LOST_AFTER_SECONDS + 0.5)
    beat = _beat(bench)
    follower = bench.service.worker()
    wait_for(lambda: bench.job(job_id)[0] == "DONE", f"the job killed at {step}")
    wait_for(
        lambda: not bench.one("SELECT count(*) FROM theme_run WHERE state = 'BUILDING'"), "leftovers to be cleared"
    )
    _let_sweep(bench, beat)
    stop(follower)
    state, attempt = bench.job(job_id)
    assert state == "DONE"
    assert (attempt == 1) is is_published
    assert _publications(bench) == publications + 1, "published twice, or not at all"
    if kind == "themes":
        run = bench.current_run()
        assert run > old_run
        _assert_whole(bench, run)
    else:
        assert len(bench.digests()) == len(old_digests) + 1
    bench.check()
    return f"attempt {attempt}, published once"


def sleep_at(bench: Bench, step: str) -> str:
    """SIGSTOP a worker at this step, let another finish its job, wake it: it must write nothing any more."""
    job_id, asleep, locked = _put_to_sleep(bench, step)
    publications = _publications(bench)
    assert bench.job(job_id) == ("RUNNING", 1)
    time.sleep(LOST_AFTER_SECONDS + 0.5)
    follower = bench.service.worker()
    try:
        wait_for(lambda: bench.job(job_id)[0] == "DONE", "another worker to do the job")
    except TimeoutError as error:
        raise TimeoutError(f"{error}: it is {bench.job(job_id)}, locked: {_is_locked(bench)}") from error
    assert bench.job(job_id)[1] > 1
    stop(follower)
    seen, log = _everything(bench), bench.service.folder / "worker.log"
    told = log.read_text().count("job_lost")
    asleep.send_signal(signal.SIGCONT)
    wait_for(lambda: log.read_text().count("job_lost") > told, "the sleeper to notice")
    time.sleep(1)
    assert _everything(bench) == seen, "the sleeper wrote after it had lost its job"
    stop(asleep)
    assert _publications(bench) == publications + 1
    bench.check()
    again = f" ({locked} times before, a thread of the sleeper held a SQLite lock)" if locked else ""
    return f"another worker finished; the sleeper wrote nothing{again}"


def cancel_at(bench: Bench, step: str) -> str:
    """Cancel a job whose worker is at this step: nothing of it is ever seen, and nobody takes it up again."""
    job_id, at_work, _locked = _put_to_sleep(bench, step)
    with bench.inside():
        cancel_job(get_job(job_id), SYSTEM)
    seen = _everything(bench)
    log = bench.service.folder / "worker.log"
    told = log.read_text().count("job_lost")
    at_work.send_signal(signal.SIGCONT)
    wait_for(lambda: log.read_text().count("job_lost") > told, "the worker to hear of it")
    beat = _beat(bench)
    stop(at_work)
    follower = bench.service.worker()
    _let_sweep(bench, beat)
    wait_for(
        lambda: not bench.one("SELECT count(*) FROM theme_run WHERE state = 'BUILDING'"), "leftovers to be cleared"
    )
    stop(follower)
    assert bench.job(job_id)[0] == "CANCELLED"
    assert [row for row in _everything(bench)[1] if row[2]] == [row for row in seen[1] if row[2]], (
        "another run is shown"
    )
    assert bench.digests() == seen[3]
    bench.check()
    return "nothing of it is seen"


def kill_at_mail(bench: Bench, step: str) -> str:
    """SIGKILL a worker over a mail: afterwards it is there, once where that can be promised."""
    key = f"assault:{step}"
    bench.write_mail(key)
    killed = bench.service.worker(FAILPOINT=f"{step}:kill")
    assert killed.wait(120) == -signal.SIGKILL
    assert bench.one("SELECT state FROM outbox_mail WHERE message_key = :key", key=key) == "WAITING"
    with bench.engine.begin() as connection:  # not to wait for the dead worker's claim to run out
        connection.execute(sa.text("UPDATE outbox_mail SET next_attempt_at = '2000-01-01' WHERE state = 'WAITING'"))
    follower = bench.service.worker()
    wait_for(lambda: bench.one("SELECT state FROM outbox_mail WHERE message_key = :key", key=key) == "SENT", "the mail")
    stop(follower)
    name = key.replace(":", "_") + ".eml"
    assert len(list((bench.service.folder / "outbox").glob(name))) == 1
    return "sent; one file"


def stop(process: Any) -> None:
    process.kill()
    process.wait()


def _publications(bench: Bench) -> int:
    digests = bench.one("SELECT count(*) FROM digest WHERE state = 'PUBLISHED'")
    runs = bench.one("SELECT count(*) FROM theme_run WHERE state = 'FINISHED'")
    said = bench.one("SELECT count(*) FROM audit_entry WHERE action = 'themes.publish_run'")
    assert runs == said, "a run and its audit entry are one"
    return int(digests + runs)


def _assert_whole(bench: Bench, run: int) -> None:
    """Each idea once, and nothing left of runs that were never finished."""
    n_ideas = bench.one("SELECT n_ideas FROM theme_run WHERE id = :run", run=run)
    main = bench.one("SELECT count(*) FROM cluster_member WHERE run_id = :run AND is_main", run=run)
    assert main, "an analysis that finds no cluster passes no step that saves members"
    unthemed = bench.one("SELECT count(*) FROM unthemed_idea WHERE run_id = :run", run=run)
    assert n_ideas == main + unthemed == len(TITLES)
    orphans = bench.one(
        "SELECT count(*) FROM cluster_member m JOIN theme_run r ON r.id = m.run_id WHERE r.state <> 'FINISHED'"
    )
    assert orphans == 0


def _everything(bench: Bench) -> list[Any]:
    """What a late writer could have changed."""
    return [
        bench.rows("SELECT id, state, attempt, progress, step, finished_at FROM job ORDER BY id"),
        bench.rows("SELECT id, state, is_current FROM theme_run ORDER BY id"),
        bench.rows("SELECT run_id, count(*) FROM cluster_member GROUP BY run_id ORDER BY run_id"),
        bench.digests(),
        bench.one("SELECT count(*) FROM audit_entry"),
    ]


def _put_to_sleep(bench: Bench, step: str) -> tuple[int, Any, int]:
    """A job, and its worker stopped at `step`.

    SIGSTOP stops all threads. Where another one (the heart, a sweep, huey) was inside a SQLite transaction at that
    moment, it keeps the only writer's place for as long as it sleeps, so nobody could take over and there is nothing to
    see: such a worker is woken, its job goes on, and another one is put to sleep.

    :return: job, process, how often that was so
    """
    for locked in range(8):
        job_id = bench.ask(step.partition(".")[0])
        process = bench.service.worker(FAILPOINT=f"{step}:stop")
        wait_for(lambda: _is_stopped(process.pid), f"the worker to stop at {step}")  # noqa: B023  (called at once)
        if not _is_locked(bench):
            return job_id, process, locked
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: bench.job(job_id)[0] == "DONE", "the job that was woken at once")  # noqa: B023
        stop(process)
    raise AssertionError("a lock was held each time")


def _is_locked(bench: Bench) -> bool:
    """Does somebody hold the writer's place of the forum's SQLite file or of the queue's?"""
    for name in ("forum.sqlite", "queue.sqlite"):
        path = bench.service.folder / name
        if not path.exists():
            continue
        connection = sqlite3.connect(path, timeout=1, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
    return False


def _is_stopped(pid: int) -> bool:
    return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)


def _beat(bench: Bench) -> Any:
    return bench.one("SELECT max(at) FROM worker_beat")


def _let_sweep(bench: Bench, before: Any) -> None:
    """Wait until a worker that was just started has swept, so that it had its chance to do a job again."""
    wait_for(lambda: bool(_beat(bench) != before), "the worker's first beat")
    time.sleep(1.5)  # its sweep comes right after


STEPS = {
    **dict.fromkeys(ANALYSIS, kill_at),
    **dict.fromkeys(DIGEST, kill_at),
    **dict.fromkeys(MAIL, kill_at_mail),
}
SLEEPS = ("themes.computed", "themes.saved", "digests.rendered")
CANCELS = ("themes.saved", "digests.rendered")
