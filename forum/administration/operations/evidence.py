"""Check of what letters say of earlier results."""

from __future__ import annotations

from forum.administration.operations.findings import Finding
from forum.core.i18n import _
from forum.response.evidence.checks import wrong_evidence


def letter_evidence() -> Finding:
    """Check that what stands in letters of earlier results are sentences, each with a page of this site."""
    n_checked, wrong = wrong_evidence()
    lines = [_("전달 %(id)s번: 실린 ‘해 본 결과’를 읽을 수 없습니다", id=referral_id) for referral_id in wrong]
    return Finding(_("편지에 실린 해 본 결과"), n_checked, lines)
