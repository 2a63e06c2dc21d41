"""Request, render and publish digests. `tasks.py` runs the job."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from forum.analysis.themes.queries import current_run
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.publication.digests.content import DigestContent
from forum.publication.digests.facts import DIGESTS
from forum.publication.digests.models import Digest, DigestFile, DigestState
from forum.publication.digests.permissions import can_build_digest
from forum.publication.digests.queries import DIGEST_JOB
from forum.publication.digests.renderers import RENDERERS
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign


def chosen_formats(names: Iterable[str]) -> list[str]:
    """Return the known formats among `names`, each once, in the order of `RENDERERS`.

    :raise InvalidInput: an unknown format, or none at all
    """
    wanted = {name.strip().lower() for name in names if name.strip()}
    unknown = sorted(wanted - set(RENDERERS))
    if unknown or not wanted:
        able = _("쓸 수 있는 형식: %(able)s", able=", ".join(RENDERERS))
        wrong = _("모르는 형식이에요: %(names)s.", names=", ".join(unknown)[:60])
        raise InvalidInput({"formats": f"{wrong if unknown else _('형식을 하나 이상 골라 주세요.')} {able}"})
    return [name for name in RENDERERS if name in wanted]


def start_digest(campaign: Campaign, actor: Actor, formats: Iterable[str]) -> Job:
    """Enqueue a job that builds a digest of the campaign's current run. The caller commits.

    :raise Forbidden: citizens and visitors may only download
    :raise WrongState: no analysis has finished yet
    :raise InvalidInput: unknown format
    """
    require(can_build_digest(actor))
    names = chosen_formats(formats)
    if current_run(campaign.id) is None:
        raise WrongState(_("아직 끝난 분석이 없어요. 먼저 분석을 실행해 주세요."))
    key = f"campaign:{campaign.id}:{'+'.join(names)}"
    job = enqueue_job(DIGEST_JOB, dedupe_key=key, actor=actor, campaign_id=campaign.id, formats=names)
    record(actor, "digests.start", campaign, after={"job_id": job.id, "formats": names})
    return job


def render_digest(
    content: DigestContent, formats: list[str], report_progress: Callable[[float], object]
) -> dict[str, bytes]:
    """Render the content in each format.

    :param report_progress: called after each format with the share (0..1) that is rendered
    """
    rendered = {}
    for done, name in enumerate(formats, start=1):
        rendered[name] = RENDERERS[name](content)
        report_progress(done / len(formats))
    return rendered


def publish_digest(
    campaign_id: int,
    run_id: int,
    content: DigestContent,
    rendered: Mapping[str, bytes],
    *,
    job_id: int,
    built_by_id: int | None,
) -> Digest:
    """Store a digest and its files as published. The caller commits.

    :param rendered: the bytes of each file, by format
    """
    digest = Digest(
        campaign_id=campaign_id,
        run_id=run_id,
        job_id=job_id,
        state=DigestState.PUBLISHED,
        data_cut_at=content.data_cut_at,
        counts=content.counts,
        built_by_id=built_by_id,
        published_at=clock.now(),
    )
    db.session.add(digest)
    db.session.flush()
    db.session.add_all(_file(digest, name, data) for name, data in rendered.items())
    after = {"job_id": job_id, "formats": sorted(rendered)}
    record(SYSTEM, "digests.publish", digest, after=after, facts=DIGESTS.of([digest.id]))
    return digest


def _file(digest: Digest, name: str, data: bytes) -> DigestFile:
    return DigestFile(
        digest_id=digest.id,
        run_id=digest.run_id,
        format=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        content=data,
    )
