"""Facts about accepted counts of vote sheets for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.sheets.models import PaperResult, PaperTally
from forum.system.audit.facts import fact_kind

PAPER_RESULTS = fact_kind(
    "paper_result",
    _l("두 사람이 센 투표지"),
    sa.select(
        PaperResult.gathering_id,
        PaperResult.n_sheets,
        PaperResult.first_by_id,
        PaperResult.second_by_id,
        PaperResult.accepted_at,
    ),
    children=(
        sa.select(PaperTally.gathering_id, PaperTally.idea_id, PaperTally.agree, PaperTally.disagree, PaperTally.pass_),
    ),
)
