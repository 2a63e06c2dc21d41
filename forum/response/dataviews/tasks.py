from __future__ import annotations

from datetime import timedelta
from typing import Any

from forum.core import clock
from forum.core.access import Actor
from forum.core.database import reading
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.response.dataviews.prepared import make_copy, remove_others, within_limit
from forum.response.dataviews.queries import PREPARE_JOB, job_key, prepare_job, source_of_id, sources
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler, periodic_task
from forum.system.jobs.services import enqueue_job

MOST_AT_ONCE = 10
AGAIN_AFTER = timedelta(hours=1)


def _file_link(job: Job, _actor: Actor) -> JobLink:
    return JobLink(_l("파일 보기"), "datafiles.show", {"file_id": job.arguments.get("file_id", 0)})


describe_job(PREPARE_JOB, JobKind(_l("표 미리보기 준비"), {}, _file_link, _file_link))


@job_handler(PREPARE_JOB)
def prepare_preview(progress: Progress, *, file_id: int) -> dict[str, Any]:
    """Make the copy of a file that previews read, with no transaction open. Killed anywhere it is done again.

    :raise StoreGone: the store does not answer; `keep_copies` asks again after an hour
    """
    with reading():
        source = source_of_id(file_id)
        db.session.rollback()
    result: dict[str, Any] = {"file_id": file_id, "made": False}
    if source is not None:
        try:
            done = make_copy(source)
        except InvalidInput as error:  # trying again would find the same
            result["refused"] = str(error)
        else:
            result |= {"made": True, "n_rows": done.n_rows, "n_unread": sum(done.n_unread.values())}
    progress.finish(result)
    failpoint("dataviews.prepared")
    db.session.commit()
    return result


@periodic_task("dataviews.keep")
def keep_copies() -> int:
    """Ask for the copies that are missing, and remove those of files that are not given out any more.

    :return: how many were asked for
    """
    with reading():
        kept = within_limit(sources())
        missing = [source for source in kept if not source.path.exists()]
        asked = [source for source in missing if _may_be_asked(prepare_job(source))][:MOST_AT_ONCE]
        db.session.rollback()
    remove_others({source.name for source in kept})
    for source in asked:
        enqueue_job(PREPARE_JOB, dedupe_key=job_key(source), file_id=source.file_id)
    db.session.commit()
    return len(asked)


def _may_be_asked(job: Job | None) -> bool:
    """Return whether another try may help: the copy that the last one made is lost, or it failed some time ago."""
    if job is None or job.is_open:
        return job is None
    if job.state is JobState.DONE:
        return bool((job.result or {}).get("made"))
    return job.finished_at is None or job.finished_at < clock.now() - AGAIN_AFTER
