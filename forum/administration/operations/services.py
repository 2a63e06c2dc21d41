"""Set up, back up and restore the database; readiness; no sample accounts in production."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import DBAPIError

from forum.administration.operations.archive import Manifest
from forum.administration.operations.permissions import can_accept_rows, can_back_up
from forum.administration.operations.queries import has_sample_accounts, is_migrated, last_run_at
from forum.administration.operations.restore import check_backup, load_backup, prepare_empty_database
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.rate_limits import limits_are_shared
from forum.people.ministries.services import load_ministries
from forum.people.policies.services import publish_shipped
from forum.system.audit.facts import FACT_KINDS
from forum.system.audit.services import record, record_baseline, text_hash
from forum.system.blobs.queries import waiting_bytes
from forum.system.blobs.store import blob_store_answers
from forum.system.jobs.queries import last_heartbeat_at
from forum.system.notices.services import hold_waiting_mail


def prepare_database() -> int:
    """Run the migrations, then load the shipped ministries and policies. Safe to run again. The caller commits those.

    Rows made before the audit vouched for their kind are recorded as they stand, once.

    :return: how many ministries there are
    """
    upgrade()
    record_baseline()
    publish_shipped()
    return load_ministries()


def rebuild_database() -> None:
    """Drop all tables and create them again, for a sample whose loading was interrupted. The caller commits."""
    db.session.remove()
    downgrade(revision="base")
    prepare_database()


def record_backup(actor: Actor) -> None:
    """Record who takes a backup. The caller commits, then calls `write_backup`: the entry is there before the file.

    :raise Forbidden: only admins
    :raise WrongState: the database is at another migration
    """
    require(can_back_up(actor))
    if not is_migrated():
        raise WrongState("데이터베이스가 이 프로그램의 판과 다릅니다. 먼저 ‘flask forum setup’을 실행해 주세요.")
    record(actor, "operations.backup", None)


def restore_backup(path: Path, actor: Actor, sha256: str = "", *, send_mail: bool = False) -> Manifest:
    """Fill an empty database from a backup: all of it, or nothing. The caller commits.

    Without `send_mail`, waiting mails become undelivered mails: most of them were sent between the backup and the loss,
    and it is unknown which.

    :param sha256: SHA-256 of the file, as printed when the backup was made; empty if it was not stored
    :raise Forbidden: only the system and admins
    :raise InvalidInput: not a backup, damaged or changed, or of another version
    :raise WrongState: the database is not empty
    """
    require(can_back_up(actor))
    manifest = check_backup(path, sha256)
    prepare_empty_database()
    load_backup(path, manifest)
    if not send_mail:
        hold_waiting_mail("백업에서 되살리며 멈추었습니다. 백업 뒤에 이미 나갔을 수 있습니다.")
    record(actor, "operations.restore", None, after={"made_at": manifest.made_at, "rows": manifest.rows})
    return manifest


def accept_rows(actor: Actor, code: str, keys: Sequence[int], reason: str) -> int:
    """Record in the audit that rows stand rightly as they are, after somebody repaired them past the services.

    The caller commits. `flask forum check` compares with what they are now from then on.

    :param code: code of a kind of facts
    :return: how many of the rows are there; one that is gone is recorded as gone
    :raise Forbidden: only admins
    :raise InvalidInput: no such kind, or no reason
    """
    require(can_accept_rows(actor))
    if code not in FACT_KINDS:
        names = ", ".join(FACT_KINDS)
        raise InvalidInput(_("‘%(code)s’{은} 없는 종류입니다. 쓸 수 있는 종류: %(names)s", code=code, names=names))
    if not reason.strip():
        raise InvalidInput(_("까닭을 적어 주세요. 까닭의 해시가 감사 기록에 남습니다."))
    facts = FACT_KINDS[code].of(keys)
    record(actor, "audit.accept", None, after={"kind": code, "reason": text_hash(reason.strip())}, facts=facts)
    return sum(found is not None for found in facts[code].values())


def readiness() -> tuple[bool, dict[str, Any]]:
    """Return whether requests can be served, and facts for monitoring.

    Only the database decides: without the queue, the shared rate limits or the store of photos everything else is
    served, some of it later or with wider limits. After an error the session is left as it is; it ends with the
    request.
    """
    facts: dict[str, Any]
    try:
        facts = {"database": "ok", "migrated": is_migrated()}
        if facts["migrated"]:
            facts |= {"photos_waiting_bytes": waiting_bytes()}
            facts |= {"worker_seen_at": _iso(last_heartbeat_at()), "last_analysis_at": _iso(last_run_at())}
    except DBAPIError:
        facts = {"database": "unreachable", "migrated": False}
    facts["queue"] = "ok" if current_app.extensions["forum_queue"].answers() else "unreachable"
    facts["rate_limits"] = "ok" if limits_are_shared() else "in memory"
    is_ready = bool(facts["migrated"])
    facts["blob_store"] = "ok" if blob_store_answers() else "unreachable"
    is_whole = facts["queue"] == facts["rate_limits"] == facts["blob_store"] == "ok"
    facts["status"] = ("ok" if is_whole else "degraded") if is_ready else "not ready"
    return is_ready, facts


def refuse_samples_in_production() -> None:
    """Refuse to start production with sample accounts, whose passwords are public.

    :raise RuntimeError: there are some
    """
    if current_app.config["ENVIRONMENT"] != "production":
        return
    try:
        found = is_migrated() and has_sample_accounts()
    except DBAPIError:  # /readyz reports an unreachable database; requests get 503 until it is back
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
