from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload, undefer

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.meetings.models import CouncilMeeting
from forum.deliberation.rounds.models import CouncilRound, RoundState
from forum.publication.councilpapers.models import CouncilPaper, CouncilPaperFile
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job

PAPER_JOB = "councilpapers.make"


def job_key(meeting_id: int) -> str:
    return f"meeting:{meeting_id}"


def newest_paper_job(meeting_id: int) -> Job | None:
    """Return the newest job for a meeting's papers, ended or not."""
    return newest_job(PAPER_JOB, job_key(meeting_id))


def paper_of(meeting_id: int, number: int | None = None) -> CouncilPaper | None:
    """Return papers of a meeting with their text and files, without the files' content; None if there are none.

    :param number: None for the newest
    """
    query = sa.select(CouncilPaper).where(CouncilPaper.meeting_id == meeting_id)
    if number is not None:
        query = query.where(CouncilPaper.number == number)
    query = query.options(undefer(CouncilPaper.document), selectinload(CouncilPaper.files))
    return db.session.scalar(query.order_by(CouncilPaper.number.desc()).limit(1))


def papers_of(meeting_id: int) -> Sequence[CouncilPaper]:
    """Return all papers of a meeting without their text, the newest first."""
    query = sa.select(CouncilPaper).where(CouncilPaper.meeting_id == meeting_id)
    return db.session.scalars(query.order_by(CouncilPaper.number.desc())).all()


def next_number(meeting_id: int) -> int:
    last = sa.select(sa.func.max(CouncilPaper.number)).where(CouncilPaper.meeting_id == meeting_id)
    return (db.session.scalar(last) or 0) + 1


def made_by_job(job_id: int) -> CouncilPaper | None:
    """Return the papers that a job has made; None before."""
    return db.session.scalar(sa.select(CouncilPaper).where(CouncilPaper.job_id == job_id))


def get_paper(meeting_id: int, number: int | None = None) -> CouncilPaper:
    """:raise NotFound:"""
    found = paper_of(meeting_id, number)
    if found is None:
        raise NotFound(_("그런 회의 자료가 없어요."))
    return found


def get_paper_file(paper: CouncilPaper, file_format: str) -> CouncilPaperFile:
    """Return a file of papers with its content.

    :raise NotFound:
    """
    key = (paper.id, file_format)
    file = db.session.get(CouncilPaperFile, key, options=[undefer(CouncilPaperFile.content)])
    if file is None:
        raise NotFound(_("그런 형식의 파일이 없어요."))
    return file


def shown_papers(campaign_id: int, limit: int | None = None) -> Sequence[CouncilPaper]:
    """Return the newest papers of each meeting of a campaign's public rounds, the newest first."""
    newest = (
        sa.select(CouncilPaper.meeting_id, sa.func.max(CouncilPaper.number).label("number"))
        .group_by(CouncilPaper.meeting_id)
        .subquery()
    )
    is_newest = sa.and_(newest.c.meeting_id == CouncilPaper.meeting_id, newest.c.number == CouncilPaper.number)
    query = (
        sa.select(CouncilPaper)
        .join(newest, is_newest)
        .join(CouncilPaper.meeting)
        .join(CouncilRound, CouncilRound.id == CouncilMeeting.round_id)
        .where(CouncilRound.campaign_id == campaign_id, CouncilRound.state != RoundState.PLANNED)
        .options(contains_eager(CouncilPaper.meeting), selectinload(CouncilPaper.files))
        .order_by(CouncilPaper.published_at.desc(), CouncilPaper.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()
