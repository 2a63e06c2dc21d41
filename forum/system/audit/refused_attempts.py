"""Audit entries for refused staff acts, written after the refused work is rolled back."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from flask_login import current_user
from sqlalchemy.exc import DBAPIError

from forum.core.access import STAFF_ROLES
from forum.core.extensions import db
from forum.system.audit.services import record_refusal

log = structlog.get_logger()
HTTP_BAD_REQUEST = 400
HTTP_SERVER_ERROR = 500


def audit_rejected_posts(bp: Blueprint) -> None:
    """Record every refused POST of a staff member to this blueprint in the audit log."""
    bp.after_request(_note)


def _note(response: Response) -> Response:
    refused = request.method == "POST" and HTTP_BAD_REQUEST <= response.status_code < HTTP_SERVER_ERROR
    if not refused or not current_user.is_authenticated or current_user.role not in STAFF_ROLES:
        return response
    try:
        db.session.rollback()
        name, value = next(iter((request.view_args or {}).items()), ("", None))
        subject_id = value if isinstance(value, int) else None
        record_refusal(current_user, str(request.endpoint), name.removesuffix("_id"), subject_id, response.status_code)
        db.session.commit()
    except DBAPIError:  # the response is sent even if the refusal cannot be recorded
        db.session.rollback()
        log.exception("refusal_not_recorded")
    return response
