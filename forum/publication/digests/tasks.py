from __future__ import annotations

from forum.core.access import Actor
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.publication.digests.queries import DIGEST_JOB, collect
from forum.publication.digests.services import publish_digest, render_digest
from forum.publication.representation.services import checked_on
from forum.publication.representation.tasks import count_one
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler
from forum.voice.campaigns.models import Campaign


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
def build_digest(progress: Progress, campaign_id: int, formats: list[str]) -> dict[str, int]:
    """Collect in one reading transaction, render with none open, publish in one. Commits.

    :return: {"digest_id"}
    :raise WrongState: no finished run
    :raise LeaseLost: nothing is published
    """
    if checked_on(campaign_id) is None:  # a campaign of today: the daily task has not come by
        count_one(campaign_id)
    with reading():
        run_id, content = collect(campaign_id)
        db.session.rollback()
    failpoint("digests.collected")
    progress(0.2, "rendering")
    rendered = render_digest(content, formats, lambda share: progress(0.2 + 0.7 * share, "rendering"))
    failpoint("digests.rendered")
    progress.lock()
    digest = publish_digest(
        campaign_id, run_id, content, rendered, job_id=progress.job_id, built_by_id=progress.requested_by_id
    )
    result = {"digest_id": digest.id}
    progress.finish(result)
    failpoint("digests.publishing")
    db.session.commit()
    failpoint("digests.published")
    return result
