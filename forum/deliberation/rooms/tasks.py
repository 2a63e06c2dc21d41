from __future__ import annotations

from forum.core.extensions import db
from forum.deliberation.gatherings.queries import get_gathering
from forum.deliberation.rooms.queries import forgotten_ids
from forum.deliberation.rooms.running import finish_forgotten
from forum.system.jobs.registry import periodic_task


@periodic_task("rooms.finish_forgotten")
def finish_forgotten_rooms() -> int:
    """Close the rooms that nobody finished, with a commit after each; return how many. Safe to run at any time."""
    n_closed = 0
    for gathering_id in forgotten_ids():
        n_closed += finish_forgotten(get_gathering(gathering_id))
        db.session.commit()
    return n_closed
