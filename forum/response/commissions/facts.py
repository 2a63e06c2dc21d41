"""Facts about commissions for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.commissions.models import Commission, QuarterlyReport
from forum.system.audit.facts import fact_kind

COMMISSIONS = fact_kind(
    "commission",
    _l("대표과제를 전한 문서"),
    sa.select(
        Commission.task_id,
        Commission.referral_id,
        Commission.made_theme,
        Commission.sent_by_id,
        Commission.sent_at,
    ),
)

REPORTS = fact_kind(
    "quarterly_report",
    _l("대표과제의 분기 보고"),
    sa.select(
        QuarterlyReport.id,
        QuarterlyReport.task_id,
        QuarterlyReport.quarter_from,
        QuarterlyReport.due_on,
        QuarterlyReport.text,
        QuarterlyReport.author_id,
        QuarterlyReport.published_at,
    ),
)
