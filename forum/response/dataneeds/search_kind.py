from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.core.i18n import _l
from forum.core.links import path_for
from forum.response.dataneeds.models import DataNeed
from forum.response.dataneeds.queries import shown
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class NeedSearch(SearchKind):
    """Finds needs for data by what was asked. There are some thousand at most, so no index."""

    code = "data_needs"
    label = _l("필요한 자료")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        text = DataNeed.wanted + sa.literal("\n") + DataNeed.benefit
        query = sa.select(DataNeed.id.label("id"), DataNeed.question.label("title"), text.label("text")).where(shown())
        return rank_rows(words, query if campaign_id is None else query.where(DataNeed.campaign_id == campaign_id))

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = sa.select(DataNeed).where(DataNeed.id.in_(ids), shown()).options(joinedload(DataNeed.campaign))
        found = {need.id: need for need in db.session.scalars(query)}
        return [_found(found[need_id]) for need_id in ids if need_id in found]


def _found(need: DataNeed) -> Found:
    path = path_for("dataneeds.show", need_id=need.id)
    text = f"{need.wanted}\n{need.benefit}"
    return Found(need.question, text, path, need.campaign, need.created_at, str(need.state.label))
