"""Request, render and publish digests. `tasks.py` runs the job."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from forum.analysis.themes.queries import current_run
from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.blobs import fill_bytes, new_bytes
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.ministries.models import Ministry
from forum.publication.digests.collecting import Collected
from forum.publication.digests.facts import DIGEST_SUBJECTS, DIGESTS
from forum.publication.digests.files import Files
from forum.publication.digests.formats import FORMATS
from forum.publication.digests.kinds import KINDS, KindOfDigest
from forum.publication.digests.mails import notify_of_digest
from forum.publication.digests.models import DOCUMENT, Digest, DigestFile, DigestPart, DigestState, PeriodKind
from forum.publication.digests.periods import days_of
from forum.publication.digests.permissions import can_build_digest
from forum.publication.digests.plan import DigestPlan, DigestRequest
from forum.publication.digests.queries import DIGEST_JOB, ministries_with_letters, themes_to_report
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job
from forum.voice.campaigns.models import Campaign

if TYPE_CHECKING:  # at run time it would bring matplotlib and pandas into every web process
    from forum.publication.digests.rendering import Rendered


def chosen_formats(names: Iterable[str]) -> tuple[str, ...]:
    """Return the known formats among `names`, each once, in the order of `FORMATS`.

    :raise InvalidInput: an unknown format, or none at all
    """
    wanted = {name.strip().lower() for name in names if name.strip()}
    unknown = sorted(wanted - set(FORMATS))
    if unknown or not wanted:
        able = _("쓸 수 있는 형식: %(able)s", able=", ".join(FORMATS))
        wrong = _("모르는 형식이에요: %(names)s.", names=", ".join(unknown)[:60])
        raise InvalidInput({"formats": f"{wrong if unknown else _('형식을 하나 이상 골라 주세요.')} {able}"})
    return tuple(name for name in FORMATS if name in wanted)


def start_digest(campaign: Campaign, actor: Actor, request: DigestRequest) -> Job:
    """Enqueue a job that builds a digest of the campaign's current run. The caller commits.

    The run is settled here: if another one ends meanwhile, the digest is of the run that its maker saw. Who asks for
    the same at once gets the same job.

    :raise Forbidden: citizens and visitors may only download; officers build none of another ministry
    :raise WrongState: no analysis has finished yet
    :raise InvalidInput: an unknown format, ministry, theme or phase, or days that cannot be
    """
    require(can_build_digest(actor))
    kind = KINDS[request.kind]
    ministry = _ministry(campaign, request) if kind.about == "ministry" else None
    require(kind.may_build(actor, ministry.id if ministry else None), _("다른 소관부처의 보고서는 만들 수 없어요."))
    plan = _plan(campaign, request, kind, ministry)
    job = enqueue_job(DIGEST_JOB, dedupe_key=plan.dedupe_key, actor=actor, **plan.arguments)
    record(actor, "digests.start", campaign, after=plan.arguments | {"job_id": job.id})
    return job


def _plan(campaign: Campaign, request: DigestRequest, kind: KindOfDigest, ministry: Ministry | None) -> DigestPlan:
    formats = chosen_formats(request.formats)
    first, last = days_of(campaign, request)
    theme_id = _theme_id(campaign, request) if kind.about == "theme" else None
    run = current_run(campaign.id)
    if run is None:
        raise WrongState(_("아직 끝난 분석이 없어요. 먼저 분석을 실행해 주세요."))
    return DigestPlan(
        campaign_id=campaign.id,
        run_id=run.id,
        kind=request.kind,
        ministry_id=ministry.id if ministry else None,
        theme_id=theme_id,
        period=request.period,
        phase=request.phase if request.period is PeriodKind.PHASE else None,
        first_day=first,
        last_day=last,
        formats=formats,
    )


def _ministry(campaign: Campaign, request: DigestRequest) -> Ministry:
    if not request.ministry:
        raise InvalidInput({"ministry": _("소관부처를 골라 주세요.")})
    found = ministries_with_letters(campaign)
    for ministry in found:
        if ministry.code == request.ministry:
            return ministry
    wrong = _("이 포럼에서 ‘%(code)s’ 부처로 보낸 편지가 없어요.", code=request.ministry[:40])
    able = _("편지가 있는 부처: %(able)s", able=", ".join(f"{one.name}({one.code})" for one in found))
    raise InvalidInput({"ministry": f"{wrong} {able}" if found else wrong})


def _theme_id(campaign: Campaign, request: DigestRequest) -> int:
    if request.theme_id is None:
        raise InvalidInput({"theme": _("정책 주제를 골라 주세요.")})
    if request.theme_id not in {theme.id for theme in themes_to_report(campaign)}:
        raise InvalidInput({"theme": _("이 포럼에 %(n)s번 승인된 정책 주제가 없어요.", n=request.theme_id)})
    return request.theme_id


def publish_digest(
    plan: DigestPlan,
    collected: Collected,
    rendered: Rendered,
    pages: Mapping[str, int],
    *,
    job_id: int,
    built_by_id: int | None,
) -> Digest:
    """Store a digest and its files as published, and tell followers. The caller commits.

    :param pages: by format, the number of pages or sheets, where a format has any
    """
    digest = Digest(
        campaign_id=plan.campaign_id,
        run_id=plan.run_id,
        snapshot_id=collected.snapshot_id,
        kind=plan.kind,
        ministry_id=plan.ministry_id,
        theme_id=plan.theme_id,
        period_kind=plan.period,
        phase_kind=plan.phase,
        period_from=plan.first_day,
        period_to=plan.last_day,
        job_id=job_id,
        state=DigestState.PUBLISHED,
        data_cut_at=collected.content.data_cut_at,
        counts=collected.content.counts,
        built_by_id=built_by_id,
        published_at=clock.now(),
    )
    db.session.add(digest)
    db.session.flush()
    for name in rendered.files:
        _store(digest, name, rendered.files, pages.get(name))
    db.session.add_all(_part(digest, name, data) for name, data in rendered.parts.items())
    after = {"job_id": job_id, "kind": plan.kind.name, "formats": sorted(rendered.files)}
    facts = DIGESTS.of([digest.id]) | DIGEST_SUBJECTS.of([digest.id])
    record(SYSTEM, "digests.publish", digest, after=after, facts=facts)
    notify_of_digest(digest)
    return digest


def _store(digest: Digest, name: str, files: Files, n_pages: int | None) -> None:
    """Store a file. One at a time and not through the session: together those of a large campaign have 75 MB."""
    with files.open(name) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        size = file.tell()
        file.seek(0)
        values = {
            "digest_id": digest.id,
            "run_id": digest.run_id,
            "format": name,
            "sha256": sha256,
            "size_bytes": size,
            "n_pages": n_pages,
            "content": new_bytes(db.session, file, size),
        }
        db.session.execute(sa.insert(DigestFile).values(values))
        fill_bytes(db.session, DigestFile.__table__.c.content, file, digest_id=digest.id, format=name)


def _part(digest: Digest, name: str, data: bytes) -> DigestPart:
    media_type = "application/json" if name == DOCUMENT else "image/svg+xml"
    sha256 = hashlib.sha256(data).hexdigest()
    return DigestPart(digest_id=digest.id, name=name, media_type=media_type, sha256=sha256, content=data)
