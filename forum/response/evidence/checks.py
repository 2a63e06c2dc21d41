"""Whether what letters say of earlier results can be shown: `flask forum check` asks."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db
from forum.response.evidence.models import LetterEvidence


def wrong_evidence() -> tuple[int, list[int]]:
    """Return how many letters have evidence, and those in which it is no list of sentences with paths of this site."""
    query = sa.select(LetterEvidence.referral_id, LetterEvidence.content).order_by(LetterEvidence.referral_id)
    rows = db.session.execute(query).all()
    return len(rows), [referral_id for referral_id, content in rows if not _is_well_formed(content)]


def _is_well_formed(content: object) -> bool:
    return isinstance(content, list) and bool(content) and all(_is_line(one) for one in content)


def _is_line(one: object) -> bool:
    if not isinstance(one, dict) or set(one) != {"words", "path"}:
        return False
    words, path = one["words"], one["path"]
    is_text = isinstance(words, str) and isinstance(path, str)
    return is_text and bool(words.strip()) and path.startswith("/") and not path.startswith("//")
