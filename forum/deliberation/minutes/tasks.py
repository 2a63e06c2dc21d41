"""The periodic task that decides minutes whose room had its time, with a commit after each."""

from __future__ import annotations

from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.deliberation.minutes.answering import decide_minutes
from forum.deliberation.minutes.queries import due_minutes_ids, get_minutes
from forum.system.jobs.registry import periodic_task


@periodic_task("minutes.decide")
def decide_due_minutes() -> int:
    """Decide all minutes whose room had its time; return how many. Safe to run at any time, and in two workers."""
    with reading():
        gathering_ids = due_minutes_ids()
        db.session.rollback()
    n_decided = 0
    for gathering_id in gathering_ids:
        n_decided += decide_minutes(get_minutes(gathering_id))
        failpoint("minutes.publishing")
        db.session.commit()
    return n_decided
