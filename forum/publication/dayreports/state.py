"""Whether a session's report is there, being made, or could not be made, and who may ask for it again."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.joint.models import JointSession, JointState
from forum.publication.dayreports.permissions import can_build_report
from forum.publication.dayreports.queries import has_report, newest_report_job
from forum.system.jobs.models import Job


class ReportState(enum.Enum):
    NOT_YET = "not yet"
    """The session has not ended."""
    CANCELLED = "cancelled"
    BUILDING = "building"
    FAILED = "failed"
    MISSING = "missing"
    """Nobody has asked for it: the session ended before there were such reports."""
    READY = "ready"


@dataclass(frozen=True)
class ReportNow:
    """:param job: the newest, where the report is not there; :param may_build: the actor may ask for it"""

    session: JointSession
    state: ReportState
    job: Job | None = None
    may_build: bool = False


def report_now(session: JointSession, actor: Actor) -> ReportNow:
    """Return how a session's report stands, as pages say it."""
    if session.state is JointState.CANCELLED:
        return ReportNow(session, ReportState.CANCELLED)
    if session.state is not JointState.FINISHED:
        return ReportNow(session, ReportState.NOT_YET)
    if has_report(session.id):
        return ReportNow(session, ReportState.READY)
    job = newest_report_job(session.id)
    if job is not None and job.is_open:
        return ReportNow(session, ReportState.BUILDING, job)
    state = ReportState.MISSING if job is None else ReportState.FAILED
    return ReportNow(session, state, job, can_build_report(actor, session))
