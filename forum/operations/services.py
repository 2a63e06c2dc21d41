from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import DBAPIError

from forum.extensions import db
from forum.ministries.services import load_ministries
from forum.operations.queries import has_sample_accounts, is_migrated, last_run_at, worker_seen_at


def prepare_database() -> int:
    """Bring the database to this code's migration and read the shipped ministries in. Safe to run again. Commits.

    :return: how many ministries there are
    """
    upgrade()
    n_ministries = load_ministries()
    db.session.commit()
    return n_ministries


def empty_database() -> None:
    """Take every table away and make them anew. Only for a sample that was cut off while it was loaded."""
    db.session.remove()
    downgrade(revision="base")
    prepare_database()


def readiness() -> tuple[bool, dict[str, Any]]:
    """Can requests be served? Only the database decides; worker and analysis are told beside it."""
    try:
        migrated = is_migrated()
        facts = {"database": "ok", "migrated": migrated}
        if migrated:
            facts |= {"worker_seen_at": _iso(worker_seen_at()), "last_analysis_at": _iso(last_run_at())}
        return migrated, facts
    except DBAPIError:
        db.session.rollback()
        return False, {"database": "unreachable", "migrated": False}


def refuse_samples_in_production() -> None:
    """Sample accounts have known passwords; a production forum doesn't start with them.

    :raise RuntimeError: there are some
    """
    if current_app.config["ENVIRONMENT"] != "production":
        return
    try:
        found = is_migrated() and has_sample_accounts()
    except DBAPIError:  # an unreachable database is /readyz's business; nothing can be served from it anyway
        return
    finally:
        db.session.remove()
    if found:
        raise RuntimeError(
            "The database holds sample accounts, whose passwords are public. Production refuses to start. "
            "Use an empty database (DATABASE_URL) or set FORUM_ENV=development on your own machine."
        )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
