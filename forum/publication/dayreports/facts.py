"""Facts about reports of the day for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.publication.dayreports.models import DayReport, DayReportFile
from forum.system.audit.facts import fact_kind

DAY_REPORTS = fact_kind(
    "day_report",
    _l("그날 보고서와 파일의 해시"),
    sa.select(
        DayReport.session_id,
        DayReport.job_id,
        DayReport.data_cut_at,
        DayReport.published_at,
        DayReport.counts,
        DayReport.document,
    ),
    [sa.select(DayReportFile.session_id, DayReportFile.format, DayReportFile.sha256, DayReportFile.size_bytes)],
)
"""With the hash of each file's bytes; another check compares the bytes with it."""
