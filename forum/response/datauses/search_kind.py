from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.links import path_for
from forum.response.datauses.models import DataUse
from forum.response.datauses.queries import shown
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class UseSearch(SearchKind):
    """Finds what people found out with data. There are some thousand at most, so no index."""

    code = "data_uses"
    label = _l("자료로 풀린 일")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        text = DataUse.finding + sa.literal("\n") + DataUse.effect
        query = sa.select(DataUse.id.label("id"), DataUse.title.label("title"), text.label("text")).where(shown())
        return rank_rows(words, query if campaign_id is None else query.where(DataUse.campaign_id == campaign_id))

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = sa.select(DataUse).where(DataUse.id.in_(ids), shown()).options(joinedload(DataUse.campaign))
        found = {use.id: use for use in db.session.scalars(query)}
        return [_found(found[use_id]) for use_id in ids if use_id in found]


def _found(use: DataUse) -> Found:
    path, text = path_for("datauses.show", use_id=use.id), f"{use.finding}\n{use.effect}".strip()
    return Found(use.title, text, path, use.campaign, use.published_at or use.created_at)
