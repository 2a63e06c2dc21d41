"""Have the papers of a meeting made, and publish them. `tasks.py` runs the job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.meetings.models import CouncilMeeting, MeetingState
from forum.publication.councilpapers.content import PaperContent
from forum.publication.councilpapers.facts import COUNCIL_PAPERS
from forum.publication.councilpapers.mails import notify_of_paper
from forum.publication.councilpapers.models import CouncilPaper, CouncilPaperFile
from forum.publication.councilpapers.permissions import SECRETARIAT_ONLY, can_make_paper
from forum.publication.councilpapers.queries import PAPER_JOB, job_key, newest_paper_job, next_number
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job


def make_paper(meeting: CouncilMeeting, actor: Actor) -> Job:
    """Ask for the papers of a meeting, as things stand when the job collects them. The caller commits.

    Papers that are there stay, and these get the next number. Who asks while some are being made gets that job.

    :raise Forbidden: not of the secretariat
    :raise WrongState: the meeting is cancelled, or nothing is on its agenda
    """
    require(can_make_paper(actor), str(SECRETARIAT_ONLY))
    db.session.refresh(meeting, with_for_update=True)
    if meeting.state is MeetingState.CANCELLED:
        raise WrongState(_("취소된 회의의 자료는 만들지 않아요."))
    if not meeting.agenda:
        raise WrongState(_("안건을 먼저 올려 주세요. 안건이 없으면 회의 자료를 만들 수 없어요."))
    newest = newest_paper_job(meeting.id)
    if newest is not None and newest.is_open:
        return newest
    job = enqueue_job(PAPER_JOB, dedupe_key=job_key(meeting.id), actor=actor, meeting_id=meeting.id)
    record(actor, "councilpapers.make", meeting, after={"job_id": job.id})
    return job


def publish_paper(
    content: PaperContent, files: Mapping[str, bytes], pages: Mapping[str, int], document: dict[str, Any], job_id: int
) -> CouncilPaper:
    """Store papers with their files under the meeting's next number, and tell the members. The caller commits."""
    meeting = db.session.get_one(CouncilMeeting, content.meeting_id, with_for_update=True)
    paper = CouncilPaper(
        meeting_id=meeting.id,
        number=next_number(meeting.id),
        job_id=job_id,
        data_cut_at=content.data_cut_at,
        published_at=clock.now(),
        counts=content.counts,
        document=document,
    )
    db.session.add(paper)
    db.session.flush()
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    db.session.add_all(
        CouncilPaperFile(
            paper_id=paper.id,
            format=name,
            sha256=hashes[name],
            size_bytes=len(data),
            n_pages=pages.get(name),
            content=data,
        )
        for name, data in files.items()
    )
    db.session.flush()
    after = {"job_id": job_id, "number": paper.number, "files": hashes}
    record(SYSTEM, "councilpapers.publish", meeting, after=after, facts=COUNCIL_PAPERS.of([paper.id]))
    notify_of_paper(meeting)
    return paper
