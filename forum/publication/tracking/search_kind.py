from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.themes.models import Theme
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.response.referrals.models import EventType, MinistryAssignment, Referral, ReferralEvent
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class InterimAnswerSearch(SearchKind):
    """Finds what ministries said before they answered, by the theme's title and their words."""

    code = "interim"
    label = _l("중간 답변")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        columns = (ReferralEvent.id.label("id"), Theme.title.label("title"), ReferralEvent.reason.label("text"))
        query = (
            sa.select(*columns)
            .join(Referral, Referral.id == ReferralEvent.referral_id)
            .join(Theme, Theme.id == Referral.theme_id)
            .where(ReferralEvent.act == EventType.INTERIM_ANSWERED)
        )
        return rank_rows(words, query if campaign_id is None else query.where(Theme.campaign_id == campaign_id))

    def show(self, ids: Sequence[int]) -> list[Found]:
        query = (
            sa.select(ReferralEvent, Referral)
            .join(Referral, Referral.id == ReferralEvent.referral_id)
            .where(ReferralEvent.id.in_(ids), ReferralEvent.act == EventType.INTERIM_ANSWERED)
            .options(
                joinedload(Referral.theme).joinedload(Theme.campaign),
                joinedload(ReferralEvent.assignment).joinedload(MinistryAssignment.ministry),
            )
        )
        events = {event.id: _found(event, letter) for event, letter in db.session.execute(query)}
        return [events[event_id] for event_id in ids if event_id in events]


def _found(event: ReferralEvent, letter: Referral) -> Found:
    ministry = event.assignment.ministry.name if event.assignment else ""
    title = _("%(ministry)s의 중간 답변: %(title)s", ministry=ministry, title=letter.title or letter.theme.title)
    path = path_for("referrals.show", referral_id=letter.id)
    return Found(title, event.reason, path, letter.theme.campaign, event.at, str(event.act.label))
