from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload, undefer

from forum.analysis.themes.models import Theme, ThemeRun, ThemeState
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.ministries.models import Ministry
from forum.publication.digests.models import Digest, DigestFile, DigestPart, DigestState
from forum.response.referrals.models import AssignmentState, MinistryAssignment, Referral
from forum.system.jobs.models import OPEN_STATES, Job
from forum.voice.campaigns.models import Campaign

DIGEST_JOB = "digests.build"
_ABOUT = (joinedload(Digest.campaign), joinedload(Digest.run), joinedload(Digest.ministry), joinedload(Digest.theme))


def get_digest(digest_id: int) -> Digest:
    """Return a published digest with its files, without their content.

    :raise NotFound:
    """
    query = (
        sa.select(Digest)
        .where(Digest.id == digest_id, Digest.state == DigestState.PUBLISHED)
        .options(*_ABOUT, joinedload(Digest.snapshot), selectinload(Digest.files))
    )
    digest = db.session.scalar(query)
    if digest is None:
        raise NotFound(_("그런 보고서가 없어요."))
    return digest


def get_file(digest: Digest, file_format: str) -> DigestFile:
    """Return a file of a digest with its content.

    :raise NotFound:
    """
    query = (
        sa.select(DigestFile)
        .where(DigestFile.digest_id == digest.id, DigestFile.format == file_format)
        .options(undefer(DigestFile.content))
    )
    file = db.session.scalar(query)
    if file is None:
        raise NotFound(_("그런 형식의 파일이 없어요."))
    return file


def part_of(digest: Digest, name: str) -> DigestPart | None:
    """Return what the digest's page shows under this name, with its content; None if there is no such part."""
    return db.session.get(DigestPart, (digest.id, name), options=[undefer(DigestPart.content)])


def digests_of(campaign: Campaign, after: int = 0, limit: int | None = None) -> Sequence[Digest]:
    """Return a campaign's published digests, the newest first.

    :param after: number of a digest; only later ones
    """
    query = (
        sa.select(Digest)
        .where(Digest.campaign_id == campaign.id, Digest.state == DigestState.PUBLISHED, Digest.id > after)
        .options(selectinload(Digest.files), *_ABOUT)
        .order_by(Digest.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def shown_job(campaign: Campaign, job_id: int | None) -> Job | None:
    """Return the job whose state the campaign's list shows: the one asked for, else the newest that has not ended."""
    own = sa.select(Job).where(Job.kind == DIGEST_JOB, Job.dedupe_key.startswith(f"campaign:{campaign.id}:"))
    wanted = own.where(Job.id == job_id) if job_id else own.where(Job.state.in_(OPEN_STATES))
    return db.session.scalar(wanted.order_by(Job.id.desc()).limit(1))


def ministries_with_letters(campaign: Campaign) -> Sequence[Ministry]:
    """Return the ministries that have a letter of this campaign, in the order of `data/ministries.csv`."""
    addressed = (
        sa.select(MinistryAssignment.ministry_id)
        .join(Referral, Referral.id == MinistryAssignment.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.campaign_id == campaign.id, MinistryAssignment.state != AssignmentState.TRANSFERRED)
    )
    return db.session.scalars(sa.select(Ministry).where(Ministry.id.in_(addressed)).order_by(Ministry.id)).all()


def themes_to_report(campaign: Campaign) -> Sequence[Theme]:
    """Return the campaign's approved themes, the oldest first."""
    own = sa.and_(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED)
    return db.session.scalars(sa.select(Theme).where(own).order_by(Theme.id)).all()


def newer_run(campaign_id: int, run_id: int) -> int | None:
    """Return the campaign's current run if it is another one than this."""
    query = sa.select(ThemeRun.id).where(
        ThemeRun.campaign_id == campaign_id, ThemeRun.is_current, ThemeRun.id != run_id
    )
    return db.session.scalar(query)
