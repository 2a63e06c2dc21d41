from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import DBAPIError

from forum.administration.operations.archive import Manifest
from forum.administration.operations.backup import write_backup
from forum.administration.operations.permissions import can_back_up
from forum.administration.operations.queries import has_sample_accounts, is_migrated, last_run_at, worker_seen_at
from forum.administration.operations.restore import check_backup, load_backup, prepare_empty_place
from forum.core.access import Actor, require
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.people.ministries.services import load_ministries
from forum.system.audit.services import record
from forum.system.notices.services import hold_waiting_mail


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


def make_backup(path: Path, actor: Actor) -> tuple[Manifest, str]:
    """Write everything there is at this moment into `path`. Commits, since who took everything is noted first.

    :return: what is in it, and the file's SHA-256
    :raise Forbidden: only admins
    :raise InvalidInput: the file exists or cannot be written
    :raise WrongState: the database stands at another migration
    """
    require(can_back_up(actor))
    if not is_migrated():
        raise WrongState("데이터베이스가 이 프로그램의 판과 다릅니다. 먼저 ‘flask forum setup’을 실행해 주세요.")
    record(actor, "operations.backup", None)
    db.session.commit()
    return write_backup(path)


def restore_backup(path: Path, actor: Actor, sha256: str = "", *, send_mail: bool = False) -> Manifest:
    """Fill an empty database from a backup: all of it, or nothing. The caller commits.

    Mail that was waiting is held in the list of undelivered mail unless `send_mail`: most of it went out between the
    backup and the loss, and nobody can tell which.

    :param sha256: of the file, as it was said when the backup was made; empty where it was not kept
    :raise Forbidden: only the system and admins
    :raise InvalidInput: no backup, damaged or changed, or of another version
    :raise WrongState: the place is not empty
    """
    require(can_back_up(actor))
    manifest = check_backup(path, sha256)
    prepare_empty_place()
    load_backup(path, manifest)
    if not send_mail:
        hold_waiting_mail("백업에서 되살리며 멈추었습니다. 백업 뒤에 이미 나갔을 수 있습니다.")
    record(actor, "operations.restore", None, after={"made_at": manifest.made_at, "rows": manifest.rows})
    return manifest


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
