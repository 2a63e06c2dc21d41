"""Ask for a report of the day, and publish it. `tasks.py` runs the job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from forum.core import clock
from forum.core.access import SYSTEM, Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.joint.locking import lock_session
from forum.deliberation.joint.models import JointSession, JointState
from forum.publication.dayreports.content import DayContent
from forum.publication.dayreports.facts import DAY_REPORTS
from forum.publication.dayreports.mails import tell_people
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.publication.dayreports.permissions import BUILDERS_ONLY, can_build_report
from forum.publication.dayreports.queries import DAY_REPORT_JOB, has_report, job_key, newest_report_job
from forum.system.audit.services import record
from forum.system.jobs.models import Job
from forum.system.jobs.services import enqueue_job


def ask_for_report(session: JointSession, _actor: Actor) -> None:
    """Enqueue the job, in the transaction that finishes the session. A device that hosts by a code has no account."""
    enqueue_job(DAY_REPORT_JOB, dedupe_key=job_key(session.id), session_id=session.id)


def start_report(session: JointSession, actor: Actor) -> Job | None:
    """Ask for a report that could not be made, or that nobody asked for. The caller commits.

    Who asks while it is being made gets the same job, and the audit has one entry.

    :return: the job; None if the report is there
    :raise Forbidden: neither the session's host nor an analyst or admin
    :raise WrongState: the session has not ended
    """
    require(can_build_report(actor, session), str(BUILDERS_ONLY))
    lock_session(session)
    require(can_build_report(actor, session), str(BUILDERS_ONLY))
    if session.state is not JointState.FINISHED:
        raise WrongState(_("끝난 연결 모임만 보고서로 만들 수 있어요."))
    if has_report(session.id):
        return None
    newest = newest_report_job(session.id)
    if newest is not None and newest.is_open:
        return newest
    job = enqueue_job(DAY_REPORT_JOB, dedupe_key=job_key(session.id), actor=actor, session_id=session.id)
    after = {"job_id": job.id, "failed_job_id": newest.id if newest else None}
    record(actor, "dayreports.build", session, after=after)
    return job


def publish_report(
    content: DayContent,
    files: Mapping[str, bytes],
    pages: Mapping[str, int],
    document: dict[str, Any],
    job_id: int,
) -> DayReport:
    """Store a report with its files, and tell those who took part. The caller commits."""
    report = DayReport(
        session_id=content.session_id,
        job_id=job_id,
        data_cut_at=content.data_cut_at,
        published_at=clock.now(),
        counts=content.counts,
        document=document,
    )
    db.session.add(report)
    db.session.flush()
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    db.session.add_all(
        DayReportFile(
            session_id=report.session_id,
            format=name,
            sha256=hashes[name],
            size_bytes=len(data),
            n_pages=pages.get(name),
            content=data,
        )
        for name, data in files.items()
    )
    db.session.flush()
    session = db.session.get_one(JointSession, content.session_id)
    facts = DAY_REPORTS.of([report.session_id])
    record(SYSTEM, "dayreports.publish", session, after={"job_id": job_id, "files": hashes}, facts=facts)
    tell_people(session, [room.id for room in content.rooms])
    return report
