from __future__ import annotations

from typing import Any

from forum.core.access import Actor
from forum.core.database import begin_snapshot, reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.publication.councilpapers.checks import recount_problems
from forum.publication.councilpapers.collecting import collect_paper
from forum.publication.councilpapers.queries import PAPER_JOB, made_by_job
from forum.publication.councilpapers.services import publish_paper
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler

COLLECTED = 0.2


def _paper_link(job: Job, _actor: Actor) -> JobLink:
    return JobLink(_l("회의 자료 보기"), "councilpapers.show", {"meeting_id": job.arguments.get("meeting_id", 0)})


describe_job(
    PAPER_JOB,
    JobKind(_l("회의 자료 만들기"), {"rendering": _l("회의 자료를 만드는 중")}, _paper_link, _paper_link),
)


@job_handler(PAPER_JOB)
def make_council_paper(progress: Progress, *, meeting_id: int) -> dict[str, Any]:
    """Collect and recount in one reading transaction, render and check with none open, publish in one. Commits.

    :raise WrongState: something did not pass the checks; nothing is published
    :raise LeaseLost: nothing is published
    """
    # It brings pandas and the renderers, which no web process needs.
    from forum.publication.councilpapers.rendering import refuse, render_paper

    with reading():
        begin_snapshot(db.session)
        content = collect_paper(meeting_id)
        refuse(list(recount_problems(content)))
        db.session.rollback()
    failpoint("councilpapers.collected")
    progress(COLLECTED, "rendering")
    files, pages, document = render_paper(content)
    failpoint("councilpapers.rendered")
    progress.lock()
    if made_by_job(progress.job_id) is None:
        publish_paper(content, files, pages, document, progress.job_id)
    result = {"meeting_id": meeting_id}
    progress.finish(result)
    db.session.commit()
    return result
