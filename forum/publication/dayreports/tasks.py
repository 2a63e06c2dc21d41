from __future__ import annotations

from typing import Any

from forum.core.access import Actor
from forum.core.database import begin_snapshot, reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.publication.dayreports.checks import recount_problems
from forum.publication.dayreports.collecting import collect_day
from forum.publication.dayreports.queries import DAY_REPORT_JOB, report_of
from forum.publication.dayreports.services import publish_report
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler

COLLECTED = 0.2


def _report_link(job: Job, _actor: Actor) -> JobLink:
    return JobLink(_l("그날 보고서 보기"), "dayreports.show", {"session_id": job.arguments.get("session_id", 0)})


describe_job(
    DAY_REPORT_JOB,
    JobKind(_l("그날 보고서 만들기"), {"rendering": _l("보고서를 만드는 중")}, _report_link, _report_link),
)


@job_handler(DAY_REPORT_JOB)
def build_day_report(progress: Progress, *, session_id: int) -> dict[str, Any]:
    """Collect and recount in one reading transaction, render and check with none open, publish in one. Commits.

    :raise WrongState: the session has not ended, or something did not pass the checks; nothing is published
    :raise LeaseLost: nothing is published
    """
    # It brings pandas and the renderers, which no web process needs.
    from forum.publication.dayreports.rendering import refuse, render_day

    with reading():
        begin_snapshot(db.session)
        content = collect_day(session_id)
        refuse(list(recount_problems(content)))
        db.session.rollback()
    failpoint("dayreports.collected")
    progress(COLLECTED, "rendering")
    files, pages, document = render_day(content)
    failpoint("dayreports.rendered")
    progress.lock()
    if report_of(session_id) is None:  # a report is written once
        publish_report(content, files, pages, document, progress.job_id)
    result = {"session_id": session_id}
    progress.finish(result)
    db.session.commit()
    return result
