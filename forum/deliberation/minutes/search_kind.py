from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.minutes.texts import is_found
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class MinutesSearch(SearchKind):
    """Finds published minutes by the gathering's title and the texts of its organiser."""

    code = "minutes"
    label = _l("회의록")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        text = (
            GatheringMinutes.summary + "\n" + GatheringMinutes.agreements + "\n" + GatheringMinutes.open_questions
        ).label("text")
        query = sa.select(GatheringMinutes.id.label("id"), Gathering.title.label("title"), text)
        return rank_rows(words, query.join(GatheringMinutes.gathering).where(is_found(campaign_id)))

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = (
            sa.select(GatheringMinutes)
            .join(GatheringMinutes.gathering)
            .where(GatheringMinutes.id.in_(ids), is_found())
            .options(joinedload(GatheringMinutes.gathering).joinedload(Gathering.campaign))
        )
        found = {minutes.id: minutes for minutes in db.session.scalars(query)}
        return [_found(found[minutes_id]) for minutes_id in ids if minutes_id in found]


def _found(minutes: GatheringMinutes) -> Found:
    gathering = minutes.gathering
    title = _("‘%(title)s’ 모임의 회의록", title=gathering.title)
    text = "\n".join(part for part in (minutes.summary, minutes.agreements, minutes.open_questions) if part)
    path = url_for("minutes.show", gathering_id=gathering.id)
    at = minutes.decided_at or minutes.created_at
    return Found(title, text, path, gathering.campaign, at, str(minutes.state.label))
