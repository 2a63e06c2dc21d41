from __future__ import annotations

from forum.core.database import reading
from forum.core.extensions import db
from forum.response.datasets.addresses import ask, due_addresses, note_answers
from forum.system.jobs.registry import periodic_task


@periodic_task("datasets.ask_addresses")
def ask_addresses() -> int:
    """Ask a few addresses of holders whether they answer. Safe at any time: each answer is a transaction of its own.

    :return: how many were asked
    """
    with reading():
        due = due_addresses()
        db.session.rollback()
    done = 0
    for one in due:
        asked = ask(one)
        done += note_answers(asked)
        db.session.commit()
    return done
