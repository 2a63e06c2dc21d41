"""Whether the papers of a meeting are there, being made, or could not be made, and who may have them made."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.meetings.models import CouncilMeeting, MeetingState
from forum.publication.councilpapers.permissions import can_make_paper
from forum.publication.councilpapers.queries import newest_paper_job
from forum.system.jobs.models import Job, JobState


class PaperState(enum.Enum):
    IDLE = "idle"
    """Nobody has asked for any, or what was asked for is there."""
    BUILDING = "building"
    FAILED = "failed"
    """The newest job failed; earlier papers stay."""


@dataclass(frozen=True)
class PaperNow:
    """:param job: the newest; :param may_make: the actor may have papers made now"""

    state: PaperState
    job: Job | None
    may_make: bool


def paper_now(meeting: CouncilMeeting, actor: Actor) -> PaperNow:
    """Return how the papers of a meeting stand, as pages say it."""
    job = newest_paper_job(meeting.id)
    may_make = can_make_paper(actor) and meeting.state is not MeetingState.CANCELLED
    if job is not None and job.is_open:
        return PaperNow(PaperState.BUILDING, job, False)
    is_failed = job is not None and job.state is not JobState.DONE
    return PaperNow(PaperState.FAILED if is_failed else PaperState.IDLE, job, may_make)
