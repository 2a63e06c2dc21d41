from __future__ import annotations

from typing import Any

from forum.core import memory
from forum.core.access import Actor
from forum.core.database import begin_snapshot, reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.publication.digests.collecting import collect
from forum.publication.digests.files import Files
from forum.publication.digests.plan import DigestPlan
from forum.publication.digests.queries import DIGEST_JOB, newer_run
from forum.publication.digests.services import publish_digest
from forum.publication.representation.services import checked_on
from forum.publication.representation.tasks import count_one
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler
from forum.voice.campaigns.models import Campaign

COLLECTED, RENDERING = 0.2, 0.7  # shares of the whole, for the progress


def _digest_link(job: Job, _actor: Actor) -> JobLink | None:
    digest_id = job.result.get("digest_id")
    return JobLink(_l("보고서 보기"), "digests.show", {"digest_id": digest_id}) if digest_id else None


def _listing_link(job: Job, _actor: Actor) -> JobLink | None:
    campaign = db.session.get(Campaign, job.arguments.get("campaign_id", 0))
    return JobLink(_l("보고서 목록으로 가기"), "digests.listing", {"slug": campaign.slug}) if campaign else None


describe_job(
    DIGEST_JOB,
    JobKind(_l("보고서 만들기"), {"rendering": _l("보고서를 만드는 중")}, _digest_link, _listing_link),
)


@job_handler(DIGEST_JOB)
def build_digest(progress: Progress, **arguments: Any) -> dict[str, Any]:
    """Collect in one reading transaction, render and check with none open, publish in one. Commits.

    :return: {"digest_id"}, and "newer_run" if another run has become the current one since the request
    :raise WrongState: the run or the theme is gone, or a file did not pass the checks; nothing is published
    :raise LeaseLost: nothing is published
    """
    # Before the content is read: what stays in memory would be strewn among what is let go.
    from forum.publication.digests.rendering import page_counts, render_files

    plan = DigestPlan.of(arguments)
    if checked_on(plan.campaign_id) is None:  # a campaign of today: the daily task has not come by
        count_one(plan.campaign_id)
    with reading():
        begin_snapshot(db.session)
        collected = collect(plan)
        db.session.rollback()
    failpoint("digests.collected")
    progress(COLLECTED, "rendering")
    with Files() as files:
        rendered = render_files(
            collected, plan.formats, files, lambda share: progress(COLLECTED + RENDERING * share, "rendering")
        )
        pages = page_counts(rendered.files)
        memory.release()
        failpoint("digests.rendered")
        progress.lock()
        digest = publish_digest(
            plan, collected, rendered, pages, job_id=progress.job_id, built_by_id=progress.requested_by_id
        )
    result: dict[str, Any] = {"digest_id": digest.id}
    newer = newer_run(plan.campaign_id, plan.run_id)
    if newer is not None:
        result["newer_run"] = newer
    progress.finish(result)
    failpoint("digests.publishing")
    db.session.commit()
    failpoint("digests.published")
    return result
