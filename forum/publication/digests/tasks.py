from __future__ import annotations

from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.publication.digests.queries import collect
from forum.publication.digests.services import DIGEST_JOB, publish_digest, render_digest
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import job_handler


@job_handler(DIGEST_JOB)
def build_digest(progress: Progress, campaign_id: int, formats: list[str]) -> dict[str, int]:
    """Collect in one reading transaction, render with none open, publish in one. Commits.

    :return: {"digest_id"}
    :raise WrongState: no finished run
    :raise LeaseLost: nothing is published
    """
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
