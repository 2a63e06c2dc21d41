from __future__ import annotations

from forum.publication.digests.services import DIGEST_JOB, build_digest
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import job_handler


@job_handler(DIGEST_JOB)
def digests_build(progress: Progress, campaign_id: int, formats: list[str]) -> dict[str, int]:
    return build_digest(campaign_id, formats, progress)
