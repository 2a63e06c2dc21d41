from __future__ import annotations

from forum.core.extensions import db
from forum.response.certificates.services import issue_batch_of_certificates
from forum.system.jobs.registry import periodic_task


@periodic_task("certificates.issue")
def issue_certificates() -> int:
    """Issue all certificates that are due. Commits after each batch; safe to run at any time.

    :return: number of certificates issued
    """
    issued = 0
    while (batch := issue_batch_of_certificates()) is not None:
        db.session.commit()
        issued += batch
    db.session.rollback()
    return issued
