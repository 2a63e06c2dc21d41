from __future__ import annotations

from forum.core.database import reading
from forum.core.extensions import db
from forum.response.certificates.queries import due_certificates, due_revocations
from forum.response.certificates.services import issue_batch_of_certificates, revoke_batch_of_certificates
from forum.system.jobs.registry import periodic_task


@periodic_task("certificates.issue")
def issue_certificates() -> int:
    """Revoke the certificates that do not hold any more, and issue those that are due. Safe to run at any time.

    Commits after each batch. Revoked first: an idea has one certificate in force.

    :return: number of certificates issued
    """
    with reading():  # looks at every letter: on SQLite nobody else may write while a transaction that may write is open
        nothing_due = not due_revocations(limit=1) and not due_certificates(limit=1)
        db.session.rollback()
    if nothing_due:
        return 0
    while revoke_batch_of_certificates() is not None:
        db.session.commit()
    issued = 0
    while (batch := issue_batch_of_certificates()) is not None:
        db.session.commit()
        issued += batch
    db.session.rollback()
    return issued
