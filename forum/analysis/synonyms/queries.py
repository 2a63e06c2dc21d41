from __future__ import annotations

from forum.analysis.synonyms.models import SynonymList
from forum.core.extensions import db


def synonym_list(campaign_id: int) -> SynonymList | None:
    """Return a campaign's own synonyms; None while it has none."""
    return db.session.get(SynonymList, campaign_id)
