from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.core.i18n import _l
from forum.deliberation.gatherings.models import PUBLIC_STATES, Gathering
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords

_SHOWN = (Gathering.state.in_(PUBLIC_STATES), ~Gathering.is_hidden)


class GatheringSearch(SearchKind):
    """Finds announced gatherings by their words and their place. There are some thousand at most, so no index."""

    code = "gatherings"
    label = _l("모임")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        text: sa.ColumnElement[str] = sa.literal("")
        for column in (Gathering.summary, Gathering.host_name, Gathering.place_name, Gathering.address):
            text = text + column + sa.literal(" ")
        query = sa.select(
            Gathering.id.label("id"), Gathering.title.label("title"), (text + Gathering.agenda).label("text")
        )
        query = query.where(*_SHOWN)
        if campaign_id is not None:
            query = query.where(Gathering.campaign_id == campaign_id)
        return rank_rows(words, query)

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = sa.select(Gathering).where(Gathering.id.in_(ids), *_SHOWN)
        found = {one.id: one for one in db.session.scalars(query.options(joinedload(Gathering.campaign)))}
        return [_found(found[gathering_id]) for gathering_id in ids if gathering_id in found]


def _found(gathering: Gathering) -> Found:
    path = url_for("gatherings.show", gathering_id=gathering.id)
    text = "\n".join(part for part in (gathering.summary, gathering.place_name, gathering.address) if part)
    at = gathering.starts_at or gathering.created_at
    return Found(gathering.title, text, path, gathering.campaign, at, str(gathering.state.label))
