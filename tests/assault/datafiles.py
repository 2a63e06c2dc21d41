"""Kill a worker while it checks a file of data, counts its rows or copies it for previews."""

from __future__ import annotations

import io
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
import sqlalchemy as sa

from forum.core.access import Role
from forum.core.extensions import db
from forum.core.failpoints import DATA_FILES, DATA_VIEWS
from forum.people.accounts.models import Account, RoleGrant
from forum.response.datafiles.aggregate import ask_for_aggregate
from forum.response.datafiles.models import DataFile
from forum.response.datafiles.queries import check_job
from forum.response.datafiles.uploads import add_file
from forum.response.datasets.models import Sensitivity
from forum.response.dataviews.queries import PREPARE_JOB
from forum.response.dataviews.tasks import keep_copies
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.runner import run_job
from tests.assault.service import wait_for
from tests.factories import Factories

if TYPE_CHECKING:
    from tests.assault.workers import Bench

ROWS = 60_000  # so many that the check is told of on its way
TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n2026-01-01,병원,7\n" * (ROWS // 2)
CHILD = "check_child.py"


def kill_at_data(bench: Bench, step: str, lost_after: float) -> str:
    """Kill a worker at this step; the next one must finish the job, once and whole.

    :return: description of what happened
    :raise AssertionError: half of it was visible, or something happened twice or not at all, or a child lived on
    """
    file_id, job_id, ended, undone = _asked(bench, step)
    killed = bench.service.worker(FAILPOINT=f"{step}:kill")
    assert killed.wait(120) == -signal.SIGKILL, f"the worker ended with {killed.returncode}"
    assert bench.job(job_id) == ("RUNNING", 1)
    assert undone(), "half of it is visible"
    wait_for(lambda: not _children(), "the child of the killed worker to end", 10)
    bench.check()
    time.sleep(lost_after + 0.5)
    follower = bench.service.worker()
    try:
        wait_for(lambda: bench.job(job_id)[0] == "DONE", f"the job killed at {step}")
    finally:
        follower.kill()
        follower.wait()
    assert bench.job(job_id)[1] > 1
    assert ended(), "not done"
    published = "SELECT count(*) FROM audit_entry WHERE action = 'datafiles.publish' AND subject_id = :id"
    assert bench.one(published, id=file_id) == 1, "published twice, or not at all"
    bench.check()
    return f"attempt {bench.job(job_id)[1]}, done once"


def _asked(bench: Bench, step: str) -> tuple[int, int, Callable[[], bool], Callable[[], bool]]:
    """Return a file, the job to kill, and whether its effect is seen, or nothing of it."""
    with bench.inside():
        file = _file()
        file_id, checking = file.id, check_job(file.id)
        assert checking is not None
        job_id = checking.id
    state = "SELECT count(*) FROM data_file WHERE id = :id AND state = '{}' AND (blob_sha256 IS NULL) = {}"
    if step in DATA_FILES and step != "datafiles.aggregating":
        return (
            file_id,
            job_id,
            lambda: bench.one(state.format("READY", "(1 = 0)"), id=file_id) == 1,
            lambda: bench.one(state.format("CHECKING", "(1 = 1)"), id=file_id) == 1,
        )
    with bench.inside():
        assert run_job(job_id) is JobState.DONE
        file = db.session.get_one(DataFile, file_id)
        if step == "datafiles.aggregating":
            job_id = ask_for_aggregate(file, _analyst(), "유형", "사용량").id
            made = "SELECT count(*) FROM data_aggregate WHERE file_id = :id"
            return (
                file_id,
                job_id,
                lambda: bench.one(made, id=file_id) == 1,
                lambda: bench.one(made, id=file_id) == 0,
            )
        keep_copies()
        *others, job_id = db.session.scalars(
            sa.select(Job.id).where(Job.kind == PREPARE_JOB, Job.state == JobState.QUEUED).order_by(Job.id)
        ).all()
        for other in others:
            assert run_job(other) is JobState.DONE
        name = f"{file.version_id}-{file.sha256}.parquet"
    copies = bench.service.folder / "previews"
    # Killed when the copy is in its place already: the next worker makes the same one again.
    return file_id, job_id, lambda: [name] == [one.name for one in copies.glob(name)], lambda: True


def _file() -> DataFile:
    make = Factories()
    version = make.dataset_version(make.dataset(sensitivity=Sensitivity.RESTRICTED))
    make.vouch()
    return add_file(version, _analyst(), "전기.csv", io.BytesIO(TEXT.encode()))


def _analyst() -> Account:
    query = sa.select(Account).join(RoleGrant, RoleGrant.account_id == Account.id)
    return db.session.scalars(query.where(RoleGrant.role == Role.ANALYST).order_by(Account.id)).first()  # type: ignore[return-value]


def _children() -> list[int]:
    """Return the processes that check files now."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(word.endswith(CHILD) for word in process.info["cmdline"] or []):
            found.append(process.pid)
    return found


STEPS = (*DATA_FILES, *DATA_VIEWS)
