"""Facts about what letters say of earlier results, for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.evidence.models import LetterEvidence
from forum.system.audit.facts import fact_kind

LETTER_EVIDENCE = fact_kind(
    "letter_evidence",
    _l("전달 문서에 실린 해 본 결과"),
    sa.select(LetterEvidence.referral_id, LetterEvidence.content, LetterEvidence.made_at),
)
