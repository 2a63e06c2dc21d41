from __future__ import annotations

import structlog
from sqlalchemy.exc import IntegrityError

from forum.core.database import reading
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.response.deadlines.services import clocks_with_duties, do_duty
from forum.response.referrals.models import ResponseClock
from forum.system.jobs.registry import periodic_task

log = structlog.get_logger()


@periodic_task("deadlines.keep_clocks")
def keep_clocks() -> int:
    """Do everything that is due for the clocks today. Commits after each duty.

    :return: number of duties done
    """
    with reading():
        clock_ids = clocks_with_duties()
        db.session.rollback()
    return sum(_run_once(clock_id) for clock_id in clock_ids)


def _run_once(clock_id: int) -> int:
    """Do a clock's duty in its own transaction. It is not an error if an officer or another worker was faster."""
    one = db.session.get(ResponseClock, clock_id)
    try:
        done = one is not None and do_duty(one)
        db.session.commit()
    except (WrongState, IntegrityError) as error:
        db.session.rollback()
        log.info("clock_was_turned_meanwhile", clock_id=clock_id, error=type(error).__name__)
        return 0
    return int(done)
