from __future__ import annotations

import hashlib
from collections.abc import Iterable

from forum.analysis.themes.queries import current_run
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.database import reading
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.publication.digests.models import Digest, DigestFile, DigestState
from forum.publication.digests.permissions import can_build_digest
from forum.publication.digests.queries import collect
from forum.publication.digests.renderers import RENDERERS
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign

DIGEST_JOB = "digests.build"


def chosen_formats(names: Iterable[str]) -> list[str]:
    """Known formats among `names`, each once, in our order.

    :raise InvalidInput: an unknown one, or none at all
    """
    wanted = {name.strip().lower() for name in names if name.strip()}
    unknown = sorted(wanted - set(RENDERERS))
    if unknown or not wanted:
        wrong = f"모르는 형식입니다: {', '.join(unknown)[:60]}. " if unknown else "형식을 하나 이상 골라 주세요. "
        raise InvalidInput({"formats": f"{wrong}쓸 수 있는 형식: {', '.join(RENDERERS)}"})
    return [name for name in RENDERERS if name in wanted]


def start_digest(campaign: Campaign, actor: Actor, formats: Iterable[str]) -> Job:
    """Ask for a digest of the campaign's current run. The caller commits.

    :raise Forbidden: citizens and visitors download; they don't order
    :raise WrongState: no analysis has finished yet
    :raise InvalidInput: unknown format
    """
    require(can_build_digest(actor))
    names = chosen_formats(formats)
    if current_run(campaign.id) is None:
        raise WrongState("아직 끝난 분석이 없습니다. 먼저 분석을 실행해 주세요.")
    key = f"campaign:{campaign.id}:{'+'.join(names)}"
    job = enqueue_job(DIGEST_JOB, dedupe_key=key, actor=actor, campaign_id=campaign.id, formats=names)
    record(actor, "digests.start", campaign, after={"job_id": job.id, "formats": names})
    return job


def build_digest(campaign_id: int, formats: list[str], progress: Progress) -> dict[str, int]:
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
    rendered = {}
    for done, name in enumerate(formats, start=1):
        rendered[name] = RENDERERS[name](content)
        progress(0.2 + 0.7 * done / len(formats), "rendering")
    failpoint("digests.rendered")
    progress.lock()
    digest = Digest(
        campaign_id=campaign_id,
        run_id=run_id,
        job_id=progress.job_id,
        state=DigestState.PUBLISHED,
        data_cut_at=content.data_cut_at,
        counts=content.counts,
        built_by_id=progress.requested_by_id,
        published_at=clock.now(),
    )
    db.session.add(digest)
    db.session.flush()
    db.session.add_all(_file(digest, name, data) for name, data in rendered.items())
    result = {"digest_id": digest.id}
    progress.finish(result)
    failpoint("digests.publishing")
    db.session.commit()
    failpoint("digests.published")
    return result


def _file(digest: Digest, name: str, data: bytes) -> DigestFile:
    return DigestFile(
        digest_id=digest.id,
        run_id=digest.run_id,
        format=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        content=data,
    )
