from __future__ import annotations

from forum.core.extensions import db
from forum.deliberation.joint.late import forget_old_actions
from forum.system.jobs.registry import periodic_task


@periodic_task("joint.forget_actions")
def forget_actions_of_last_week() -> int:
    """Delete what phones sent a week ago, once it is decided; return how many. Undecided ones go with the lists."""
    n_forgotten = forget_old_actions()
    db.session.commit()
    return n_forgotten
