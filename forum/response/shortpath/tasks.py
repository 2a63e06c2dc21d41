from __future__ import annotations

import structlog
from sqlalchemy.exc import IntegrityError

from forum.core.database import reading
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.response.shortpath.models import EverydayCheck
from forum.response.shortpath.queries import stale_checks
from forum.response.shortpath.services import keep_check, remind_of_checks
from forum.system.jobs.registry import periodic_task

log = structlog.get_logger()


@periodic_task("shortpath.keep_checks")
def keep_checks() -> int:
    """Close checks whose ideas are gone, open those that are back, and remind the analysts. Commits after each.

    :return: number of checks closed, opened or told of
    """
    with reading():
        idea_ids = stale_checks()
        db.session.rollback()
    done = sum(_keep_once(idea_id) for idea_id in idea_ids)
    done += remind_of_checks()
    db.session.commit()
    return done


def _keep_once(idea_id: int) -> int:
    """Keep one check in its own transaction. It is not an error if an analyst or another worker was faster."""
    check = db.session.get(EverydayCheck, idea_id)
    try:
        done = check is not None and keep_check(check)
        db.session.commit()
    except (WrongState, IntegrityError) as error:
        db.session.rollback()
        log.info("check_was_changed_meanwhile", idea_id=idea_id, error=type(error).__name__)
        return 0
    return int(done)
