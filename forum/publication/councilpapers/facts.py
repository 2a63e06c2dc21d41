"""Facts about papers of meetings for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.publication.councilpapers.models import CouncilPaper, CouncilPaperFile
from forum.system.audit.facts import fact_kind

COUNCIL_PAPERS = fact_kind(
    "council_paper",
    _l("회의 자료와 파일의 해시"),
    sa.select(
        CouncilPaper.id,
        CouncilPaper.meeting_id,
        CouncilPaper.number,
        CouncilPaper.job_id,
        CouncilPaper.data_cut_at,
        CouncilPaper.published_at,
        CouncilPaper.counts,
        CouncilPaper.document,
    ),
    [
        sa.select(
            CouncilPaperFile.paper_id, CouncilPaperFile.format, CouncilPaperFile.sha256, CouncilPaperFile.size_bytes
        )
    ],
)
"""With the hash of each file's bytes; another check compares the bytes with it."""
