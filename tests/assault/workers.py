"""Kill a job's worker at each named step, and suspend one past its lease; check what is visible then and afterwards."""

from __future__ import annotations

import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from forum import create_app
from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.administration.operations.services import prepare_database
from forum.analysis.opinions.services import start_snapshot
from forum.analysis.shortlists.services import close_shortlist, count_old_votes, open_shortlist
from forum.analysis.themes.services import start_run
from forum.core.access import SYSTEM, Role
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import ANALYSIS, DIGEST, MAIL, OPINIONS, SLATES
from forum.people.accounts.models import Account, Participant, RoleGrant
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import JobState
from forum.system.jobs.queries import get_job
from forum.system.jobs.runner import run_job
from forum.system.jobs.services import cancel_job
from forum.system.notices.services import queue_mail
from forum.voice.campaigns.models import Campaign
from forum.voice.campaigns.queries import get_campaign
from forum.voice.votes.models import Vote
from tests.assault import datafiles
from tests.assault.postgres import OwnPostgres
from tests.assault.service import Service, wait_for
from tests.factories import Factories
from tests.nlp.test_pipeline import SUBJECTS

LOST_AFTER_SECONDS = 6  # six heartbeats: on a busy machine a live worker must not be considered dead
SLUG = "real"
TITLES = [title for subject in SUBJECTS for title in subject]
AFTER_THE_COMMIT = {"themes.published", "digests.published", "opinions.published", "shortlists.published"}
N_VOTERS, N_VOTED = 12, 8  # votes enough for a snapshot with people in it
N_PLACES = 3  # of a slate


@contextmanager
def forum_with_a_run(engine: str, **settings: str) -> Iterator[Bench]:
    """Start a forum with one finished analysis and one digest, on "sqlite" or its own PostgreSQL."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forum-assault-")))
        url, server = "", None
        if engine == "postgresql":
            server = OwnPostgres()
            stack.callback(server.close)
            url = server.url
        quick = {"JOB_HEARTBEAT_SECONDS": "1", "JOB_LOST_AFTER_SECONDS": str(LOST_AFTER_SECONDS), "LANG": "C.UTF-8"}
        service = Service(url, folder, **(quick | settings))
        stack.callback(service.close)
        bench = Bench(service, server)
        stack.callback(bench.close)
        with bench.inside():
            prepare_database()
            make = Factories()
            campaign = make.campaign(slug=SLUG)
            ideas = [make.idea(campaign, title=title, body=f"{title}에 대한 제안입니다.") for title in TITLES]
            for voter in (make.citizen() for _ in range(N_VOTERS)):
                for place, idea in enumerate(ideas[:N_VOTED]):
                    make.vote(idea, voter, 1 if place % 2 else -1)
            make.analyst()
            make.vouch()
        for kind in ("themes", "digests", "opinions", "shortlists"):
            job_id = bench.ask(kind)
            with bench.inside():
                assert run_job(job_id) is JobState.DONE
        yield bench


class Bench:
    """Access to the forum's database by plain SQL, through a separate engine."""

    def __init__(self, service: Service, server: OwnPostgres | None = None) -> None:
        self.service, self.server = service, server
        self.engine = sa.create_engine(service.config.database_url)
        self.app = create_app(service.config)

    def close(self) -> None:
        self.engine.dispose()
        with self.app.app_context():
            db.engine.dispose()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Run code of the forum in this process, on the same database and queue; commits at the end."""
        with self.app.app_context():
            yield
            db.session.commit()

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def one(self, query: str, **values: Any) -> Any:
        return self.rows(query, **values)[0][0]

    # What is visible
    def current_run(self) -> int:
        (run,) = self.rows("SELECT id FROM theme_run WHERE is_current")  # exactly one, at every moment
        return int(run[0])

    def current_snapshot(self) -> int:
        (snapshot,) = self.rows("SELECT id FROM opinion_snapshot WHERE is_current")  # exactly one, at every moment
        return int(snapshot[0])

    def digests(self) -> list[int]:
        return [row[0] for row in self.rows("SELECT id FROM digest WHERE state = 'PUBLISHED' ORDER BY id")]

    def slates(self) -> list[int]:
        return [row[0] for row in self.rows("SELECT shortlist_id FROM slate ORDER BY shortlist_id")]

    def job(self, job_id: int) -> tuple[str, int]:
        ((state, attempt),) = self.rows("SELECT state, attempt FROM job WHERE id = :id", id=job_id)
        return str(state), int(attempt)

    # Enqueueing
    def ask(self, kind: str) -> int:
        """Enqueue an analysis, a digest, a snapshot or a slate and return its job id."""
        with self.inside():
            campaign = get_campaign(SLUG)
            if kind == "themes":
                return start_run(campaign, SYSTEM).id
            if kind == "opinions":
                return start_snapshot(campaign, SYSTEM).id
            if kind == "shortlists":
                return _close_a_shortlist(campaign)
            return start_digest(campaign, SYSTEM, DigestRequest(formats=("json", "html"))).id

    def check(self) -> None:
        """Run the checks of `flask forum check`.

        :raise AssertionError: one found a difference
        """
        with self.inside(), reading():
            found = [finding for finding in [*recount(), *recorded_rows()] if finding.differences]
            assert not found, found

    def write_mail(self, key: str) -> None:
        with self.inside():
            queue_mail("a@example.org", "제목", "본문", key)


def _close_a_shortlist(campaign: Campaign) -> int:
    """Open a shortlist of the ideas with votes, let all votes count, and close it; return the job of its slate."""
    analyst = db.session.scalars(
        sa.select(Account).join(RoleGrant, RoleGrant.account_id == Account.id).where(RoleGrant.role == Role.ANALYST)
    ).first()
    assert analyst is not None
    voted = db.session.scalars(sa.select(Vote.idea_id).distinct().order_by(Vote.idea_id)).all()
    shortlist = open_shortlist(campaign, analyst, voted, N_PLACES)
    voters = (
        sa.select(Account)
        .join(Participant, Participant.account_id == Account.id)
        .where(Participant.id.in_(sa.select(Vote.participant_id)))
    )
    for voter in db.session.scalars(voters).all():
        count_old_votes(shortlist, voter)
    return close_shortlist(shortlist, SYSTEM).id


def kill_at(bench: Bench, step: str) -> str:
    """Kill a worker at this step of an analysis, a digest, a snapshot or a slate; the next worker must finish the job.

    :return: description of what happened
    :raise AssertionError: a partial result was visible, or something happened twice or not at all
    """
    kind = step.partition(".")[0]
    old_run, old_digests, old_snapshot = bench.current_run(), bench.digests(), bench.current_snapshot()
    publications, old_slates = _publications(bench), bench.slates()
    job_id = bench.ask(kind)
    killed = bench.service.worker(FAILPOINT=f"{step}:kill")
    assert killed.wait(120) == -signal.SIGKILL, f"the worker ended with {killed.returncode}"

    is_published = step in AFTER_THE_COMMIT
    state, attempt = bench.job(job_id)
    assert (state, attempt) == ("DONE" if is_published else "RUNNING", 1)
    if not is_published:
        seen = bench.current_run(), bench.digests(), bench.current_snapshot(), bench.slates()
        assert seen == (old_run, old_digests, old_snapshot, old_slates), "half of it is visible"
    bench.check()

    time.sleep(LOST_AFTER_SECONDS + 0.5)
    heartbeat = _last_heartbeat(bench)
    follower = bench.service.worker()
    wait_for(lambda: bench.job(job_id)[0] == "DONE", f"the job killed at {step}")
    wait_for(lambda: not _n_unfinished(bench), "leftovers to be cleared")
    _wait_for_requeue(bench, heartbeat)
    stop(follower)
    state, attempt = bench.job(job_id)
    assert state == "DONE"
    assert (attempt == 1) is is_published
    assert _publications(bench) == publications + 1, "published twice, or not at all"
    if kind == "themes":
        run = bench.current_run()
        assert run > old_run
        _assert_whole(bench, run)
    elif kind == "opinions":
        assert bench.current_snapshot() > old_snapshot
        orphans = "SELECT count(*) FROM opinion_score s JOIN opinion_snapshot o ON o.id = s.snapshot_id"
        assert bench.one(f"{orphans} WHERE o.state <> 'FINISHED'") == 0
    elif kind == "shortlists":
        assert len(bench.slates()) == len(old_slates) + 1
    else:
        assert len(bench.digests()) == len(old_digests) + 1
    bench.check()
    return f"attempt {attempt}, published once"


def suspend_at(bench: Bench, step: str) -> str:
    """Suspend a worker at this step, let another finish its job, resume it: it must not write anything."""
    job_id, suspended, locked = _suspend_worker(bench, step)
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
    seen, log = _visible_state(bench), bench.service.folder / "worker.log"
    n_lost = log.read_text().count("job_lost")
    suspended.send_signal(signal.SIGCONT)
    wait_for(lambda: log.read_text().count("job_lost") > n_lost, "the suspended worker to notice")
    time.sleep(1)
    assert _visible_state(bench) == seen, "the suspended worker wrote after it had lost its job"
    stop(suspended)
    assert _publications(bench) == publications + 1
    bench.check()
    again = f" ({locked} times before, a thread of the suspended worker held a SQLite lock)" if locked else ""
    return f"another worker finished; the suspended one wrote nothing{again}"


def cancel_at(bench: Bench, step: str) -> str:
    """Cancel a job whose worker is at this step: nothing of it becomes visible, and no worker runs it again."""
    job_id, at_work, _locked = _suspend_worker(bench, step)
    with bench.inside():
        cancel_job(get_job(job_id), SYSTEM)
    seen = _visible_state(bench)
    log = bench.service.folder / "worker.log"
    n_lost = log.read_text().count("job_lost")
    at_work.send_signal(signal.SIGCONT)
    wait_for(lambda: log.read_text().count("job_lost") > n_lost, "the worker to notice the cancellation")
    heartbeat = _last_heartbeat(bench)
    stop(at_work)
    follower = bench.service.worker()
    _wait_for_requeue(bench, heartbeat)
    wait_for(lambda: not _n_unfinished(bench), "leftovers to be cleared")
    stop(follower)
    assert bench.job(job_id)[0] == "CANCELLED"
    assert [row for row in _visible_state(bench)[1] if row[2]] == [row for row in seen[1] if row[2]], (
        "another run is shown"
    )
    assert bench.digests() == seen[3]
    bench.check()
    return "nothing of it is seen"


def kill_at_mail(bench: Bench, step: str) -> str:
    """Kill a worker while it sends a mail; the mail must be sent, and only once where that can be guaranteed."""
    key = f"assault:{step}"
    bench.write_mail(key)
    killed = bench.service.worker(FAILPOINT=f"{step}:kill")
    assert killed.wait(120) == -signal.SIGKILL
    assert bench.one("SELECT state FROM outbox_mail WHERE message_key = :key", key=key) == "WAITING"
    with bench.engine.begin() as connection:  # instead of waiting for the dead worker's claim to expire
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


def _n_unfinished(bench: Bench) -> int:
    """Return how many runs and snapshots are still BUILDING."""
    return int(
        bench.one(
            "SELECT (SELECT count(*) FROM theme_run WHERE state = 'BUILDING')"
            " + (SELECT count(*) FROM opinion_snapshot WHERE state = 'BUILDING')"
        )
    )


def _publications(bench: Bench) -> int:
    digests = bench.one("SELECT count(*) FROM digest WHERE state = 'PUBLISHED'")
    runs = bench.one("SELECT count(*) FROM theme_run WHERE state = 'FINISHED'")
    said = bench.one("SELECT count(*) FROM audit_entry WHERE action = 'themes.publish_run'")
    assert runs == said, "a run and its audit entry are one"
    snapshots = bench.one("SELECT count(*) FROM opinion_snapshot WHERE state = 'FINISHED'")
    said = bench.one("SELECT count(*) FROM audit_entry WHERE action = 'opinions.publish_snapshot'")
    assert snapshots == said, "a snapshot and its audit entry are one"
    said = bench.one("SELECT count(*) FROM audit_entry WHERE action = 'shortlists.publish_slate'")
    assert len(bench.slates()) == said, "a slate and its audit entry are one"
    return int(digests + runs + snapshots + said)


def _assert_whole(bench: Bench, run: int) -> None:
    """Check that the run contains each idea once, and that unfinished runs left no members."""
    n_ideas = bench.one("SELECT n_ideas FROM theme_run WHERE id = :run", run=run)
    main = bench.one("SELECT count(*) FROM cluster_member WHERE run_id = :run AND is_main", run=run)
    assert main, "an analysis that finds no cluster passes no step that saves members"
    unthemed = bench.one("SELECT count(*) FROM unthemed_idea WHERE run_id = :run", run=run)
    assert n_ideas == main + unthemed == len(TITLES)
    orphans = bench.one(
        "SELECT count(*) FROM cluster_member m JOIN theme_run r ON r.id = m.run_id WHERE r.state <> 'FINISHED'"
    )
    assert orphans == 0


def _visible_state(bench: Bench) -> list[Any]:
    """Return everything that a late writer could have changed."""
    return [
        bench.rows("SELECT id, state, attempt, progress, step, finished_at FROM job ORDER BY id"),
        bench.rows("SELECT id, state, is_current FROM theme_run ORDER BY id"),
        bench.rows("SELECT run_id, count(*) FROM cluster_member GROUP BY run_id ORDER BY run_id"),
        bench.digests(),
        bench.rows("SELECT id, state, is_current, number FROM opinion_snapshot ORDER BY id"),
        bench.slates(),
        bench.one("SELECT count(*) FROM audit_entry"),
    ]


def _suspend_worker(bench: Bench, step: str) -> tuple[int, Any, int]:
    """Enqueue a job and suspend its worker at `step`.

    SIGSTOP stops all threads. If another thread (heartbeat, requeueing, huey) is inside a SQLite transaction at that
    moment, it holds the write lock while it is suspended, so no other worker can take over and the attempt shows
    nothing. Such a worker is resumed, its job continues, and another worker is suspended.

    :return: job id, process, how often a worker was resumed
    """
    for locked in range(8):
        job_id = bench.ask(step.partition(".")[0])
        process = bench.service.worker(FAILPOINT=f"{step}:stop")
        wait_for(lambda: _is_stopped(process.pid), f"the worker to stop at {step}")  # noqa: B023  (called at once)
        if not _is_locked(bench):
            return job_id, process, locked
        process.send_signal(signal.SIGCONT)
        wait_for(lambda: bench.job(job_id)[0] == "DONE", "the job that was resumed at once")  # noqa: B023
        stop(process)
    raise AssertionError("a lock was held each time")


def _is_locked(bench: Bench) -> bool:
    """Return whether the write lock of the forum's or the queue's SQLite file is held."""
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


def _last_heartbeat(bench: Bench) -> Any:
    return bench.one("SELECT max(at) FROM worker_beat")


def _wait_for_requeue(bench: Bench, before: Any) -> None:
    """Wait until a new worker has requeued stale jobs, so that it could have run a job again."""
    wait_for(lambda: bool(_last_heartbeat(bench) != before), "the worker's first heartbeat")
    time.sleep(1.5)  # it requeues right after


STEPS: dict[str, Callable[[Bench, str], str]] = {
    **dict.fromkeys(ANALYSIS, kill_at),
    **dict.fromkeys(DIGEST, kill_at),
    **dict.fromkeys(OPINIONS, kill_at),
    **dict.fromkeys(SLATES, kill_at),
    **dict.fromkeys(datafiles.STEPS, lambda bench, step: datafiles.kill_at_data(bench, step, LOST_AFTER_SECONDS)),
    **dict.fromkeys(MAIL, kill_at_mail),
}
SUSPENSIONS = ("themes.computed", "themes.saved", "digests.rendered", "opinions.begun")
CANCELS = ("themes.saved", "digests.rendered")
