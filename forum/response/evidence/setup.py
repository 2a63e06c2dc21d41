from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from forum.analysis.themes.models import Theme
from forum.response.evidence.queries import (
    Evidence,
    evidence_in_letter,
    evidence_of_theme,
    similar_results,
)
from forum.response.evidence.recent import recent_results
from forum.response.evidence.services import enclose_evidence
from forum.response.referrals.followups import register_enclosure
from forum.response.referrals.letter_pdf import register_letter_lines
from forum.web.page_data import provide_page_data


def register(_app: Flask) -> None:
    """Write evidence into each new letter, and show it with themes, letters and where people write anew."""
    register_enclosure(enclose_evidence)
    register_letter_lines(lambda referral_id: [one.words for one in evidence_in_letter(referral_id)])
    provide_page_data("themes/show.html", "evidence", _of_theme)
    provide_page_data("referrals/show.html", "evidence", lambda referral: evidence_in_letter(referral.id))
    provide_page_data("referrals/forward.html", "evidence", _of_theme)
    provide_page_data("referrals/forward.html", "similar_results", similar_results)
    provide_page_data("ideas/_earlier.html", "earlier", recent_results)


def _of_theme(theme: Theme) -> Sequence[Evidence]:
    """Nothing came of a theme that was never sent."""
    return evidence_of_theme(theme.id) if theme.frozen_at is not None else ()
