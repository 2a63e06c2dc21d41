from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import selectinload, undefer

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.publication.dayreports.models import DayReport, DayReportFile

DAY_REPORT_JOB = "dayreports.build"


def report_of(session_id: int) -> DayReport | None:
    """Return a session's report with its text and its files, without their content; None if there is none yet."""
    query = sa.select(DayReport).where(DayReport.session_id == session_id)
    return db.session.scalar(query.options(undefer(DayReport.document), selectinload(DayReport.files)))


def get_report_file(session_id: int, file_format: str) -> DayReportFile:
    """Return a file of a report with its content.

    :raise NotFound:
    """
    key = (session_id, file_format)
    file = db.session.get(DayReportFile, key, options=[undefer(DayReportFile.content)])
    if file is None:
        raise NotFound(_("그런 형식의 파일이 없어요."))
    return file
