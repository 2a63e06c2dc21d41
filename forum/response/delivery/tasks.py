from __future__ import annotations

from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.response.delivery.asking import ask_people, rounds_to_ask
from forum.system.jobs.registry import periodic_task


@periodic_task("delivery.ask")
def ask_all() -> int:
    """Ask about all milestones marked done, each in a transaction. Safe at any time and in two workers at once.

    :return: how many people were asked
    """
    with reading():
        round_ids = rounds_to_ask()
        db.session.rollback()
    n_asked = 0
    for round_id in round_ids:
        n_asked += ask_people(round_id)
        failpoint("delivery.asking")
        db.session.commit()
    return n_asked
