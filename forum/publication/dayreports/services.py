"""Ask for a report of the day, and publish it. `tasks.py` runs the job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from forum.core import clock
from forum.core.access import SYSTEM, Actor
from forum.core.extensions import db
from forum.deliberation.joint.models import JointSession
from forum.publication.dayreports.content import DayContent
from forum.publication.dayreports.facts import DAY_REPORTS
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.publication.dayreports.queries import DAY_REPORT_JOB
from forum.system.audit.services import record
from forum.system.jobs.services import enqueue_job


def ask_for_report(session: JointSession, _actor: Actor) -> None:
    """Enqueue the job, in the transaction that finishes the session. A device that hosts by a code has no account."""
    enqueue_job(DAY_REPORT_JOB, dedupe_key=f"session:{session.id}", session_id=session.id)


def publish_report(
    content: DayContent,
    files: Mapping[str, bytes],
    pages: Mapping[str, int],
    document: dict[str, Any],
    job_id: int,
) -> DayReport:
    """Store a report with its files. The caller commits."""
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
    return report
