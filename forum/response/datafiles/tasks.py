from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor
from forum.core.database import affected, reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.response.datafiles.aggregate import make_aggregate
from forum.response.datafiles.check_process import check_apart
from forum.response.datafiles.checking import Column, TableReport, refuse_small_groups
from forum.response.datafiles.models import DataDownload, DataFile, DataFileState, DataUpload
from forum.response.datafiles.part_files import open_parts
from forum.response.datafiles.parts import folder_of, old_folders, remove_folder
from forum.response.datafiles.queries import AGGREGATE_JOB, CHECK_JOB, check_job, known_folders, old_uploads
from forum.response.datafiles.services import lock_file, publish_file, refuse_file
from forum.response.datafiles.store import put_file
from forum.response.datafiles.uploads import UPLOADS_STAY
from forum.response.datasets.locking import lock_dataset
from forum.response.datasets.models import Sensitivity
from forum.system.blobs.services import keep_file
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler, periodic_task

MEDIA_TYPE = "text/csv"
CHECKED_SHARE = 0.9
PUT_TRIES = 3
LINKS_STAY = timedelta(days=3 * 365)


def _file_link(job: Job, _actor: Actor) -> JobLink:
    return JobLink(_l("파일 보기"), "datafiles.show", {"file_id": job.arguments.get("file_id", 0)})


describe_job(
    CHECK_JOB,
    JobKind(_l("공익데이터 파일 검사"), {"storing": _l("파일을 보관하는 중")}, _file_link, _file_link),
)
describe_job(AGGREGATE_JOB, JobKind(_l("공익데이터 집계"), {}, _file_link, _file_link))


@dataclass(frozen=True)
class _Plan:
    """What a check needs to know, read before it begins."""

    folder: str
    sizes: list[int]
    columns: list[Column]
    is_open: bool

    def open(self) -> BinaryIO:
        return open_parts(folder_of(self.folder), self.sizes)


@job_handler(CHECK_JOB)
def check_data_file(progress: Progress, *, file_id: int) -> dict[str, Any]:
    """Check a file with no transaction open, put its bytes into the store, and publish or refuse it in one commit.

    Killed anywhere it is done again; killed after that commit it leaves parts, which a periodic task removes.

    :raise StoreGone: the store does not answer; the check can be asked for again
    :raise CheckStopped: the process that checked was killed; the same
    :raise LeaseLost: nothing is published
    """
    plan = _plan(file_id)
    result: dict[str, Any] = {"file_id": file_id}
    if plan is not None:
        report = _examine(plan, progress)
        failpoint("datafiles.checked")
        if not report.problems:
            progress(CHECKED_SHARE, "storing")
            put_file(report, plan.open)
        result["state"] = _end(file_id, plan, report, progress)
    progress.finish(result)
    failpoint("datafiles.publishing")
    db.session.commit()
    if plan is not None:
        remove_folder(plan.folder)
    return result


@job_handler(AGGREGATE_JOB)
def aggregate_data_file(progress: Progress, *, file_id: int, by: str, total: str) -> dict[str, Any]:
    """Count or sum the rows of a file by one column, and publish the cells. Ends in the publishing transaction."""
    make_aggregate(file_id, by, total, progress.requested_by_id)
    result = {"file_id": file_id}
    progress.finish(result)
    failpoint("datafiles.aggregating")
    db.session.commit()
    return result


@periodic_task("datafiles.expire")
def expire_uploads() -> int:
    """Forget uploads to which nothing came for 48 hours, and folders that no upload knows. Each is a transaction.

    :return: how many uploads
    """
    before = clock.now() - UPLOADS_STAY
    with reading():
        old = old_uploads(before)
        db.session.rollback()
    n_removed = 0
    for upload_id in old:
        folder = _expire(upload_id)
        db.session.commit()
        if folder:
            remove_folder(folder)
            n_removed += 1
    names = list(old_folders(before))
    with reading():
        strays = sorted(set(names) - known_folders(names))
        db.session.rollback()
    for folder in strays:
        remove_folder(folder)
    return n_removed


@periodic_task("datafiles.forget_links")
def forget_links() -> int:
    """Forget who got links, three years after. Return how many."""
    old = sa.delete(DataDownload).where(DataDownload.given_at < clock.now() - LINKS_STAY)
    n_removed = affected(db.session.execute(old.execution_options(synchronize_session=False)))
    db.session.commit()
    return n_removed


def _plan(file_id: int) -> _Plan | None:
    """Return what to check; None if the check has ended."""
    with reading():
        file = db.session.get(DataFile, file_id)
        upload = db.session.get(DataUpload, file.upload_id) if file and file.upload_id else None
        plan = None
        if file is not None and upload is not None and file.state is DataFileState.CHECKING:
            columns = [Column(one.name, one.type.value, one.is_identifying) for one in file.version.columns]
            sizes = [part.size for part in upload.parts]
            plan = _Plan(upload.folder, sizes, columns, _is_open(file))
        db.session.rollback()
    return plan


def _examine(plan: _Plan, progress: Progress) -> TableReport:
    told = 0.0

    def note_share(share: float) -> None:
        nonlocal told
        if share > told + 0.05:
            told = share
            progress(CHECKED_SHARE * share)
            failpoint("datafiles.checking")

    return check_apart(folder_of(plan.folder), plan.sizes, plan.columns, plan.is_open, note_share)


def _is_open(file: DataFile) -> bool:
    return file.version.dataset.sensitivity is Sensitivity.OPEN


def _end(file_id: int, plan: _Plan, report: TableReport, progress: Progress) -> str:
    """Publish or refuse, under the locks of the job and the file. The caller commits."""
    for _try in range(PUT_TRIES):
        progress.lock()
        file = db.session.get_one(DataFile, file_id)
        lock_file(file)
        if file.state is not DataFileState.CHECKING:
            break
        lock_dataset(file.version.dataset)
        refuse_small_groups(report, _is_open(file))  # it may have been opened meanwhile
        if report.problems:
            refuse_file(file, report)
            break
        assert report.survey is not None
        if keep_file(report.survey.sha256, report.survey.size, MEDIA_TYPE):
            publish_file(file, report)
            break
        db.session.commit()  # the same bytes were being deleted: they may be gone
        put_file(report, plan.open)
    return file.state.name


def _expire(upload_id: int) -> str:
    """Forget an upload, unless its file waits for a check. Return its folder, or nothing."""
    query = sa.select(DataUpload).where(DataUpload.id == upload_id).with_for_update(of=DataUpload)
    upload = db.session.scalar(query)
    if upload is None or upload.touched_at >= clock.now() - UPLOADS_STAY:
        return ""
    file = db.session.scalar(sa.select(DataFile).where(DataFile.upload_id == upload_id))
    if file is not None:
        job = check_job(file.id)
        if job is not None and job.is_open:
            return ""
        lock_file(file)
        report = TableReport()
        report.add("EXPIRED")
        refuse_file(file, report)  # the upload goes with it
        return upload.folder
    db.session.delete(upload)
    return upload.folder
