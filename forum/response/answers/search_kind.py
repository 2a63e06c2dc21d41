from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from forum.analysis.themes.models import Theme
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.response.referrals.models import Answer, MinistryAssignment, Referral
from forum.response.referrals.queries import is_current_answer
from forum.system.finding.few_rows import rank_rows
from forum.system.finding.registry import Found, SearchKind
from forum.system.finding.search import Hit, SearchWords


class AnswerSearch(SearchKind):
    """Finds published answers that no later version replaced, by the theme's title and the reason given."""

    code = "answers"
    label = _l("답변")

    def rank(self, words: SearchWords, campaign_id: int | None) -> list[Hit]:
        columns = (Answer.id.label("id"), Theme.title.label("title"), Answer.reason.label("text"))
        query = sa.select(*columns).join(Answer.referral).join(Referral.theme).where(is_current_answer())
        return rank_rows(words, query if campaign_id is None else query.where(Theme.campaign_id == campaign_id))

    def show(self, ids: Sequence[int]) -> list[Found]:
        campaign = joinedload(Answer.referral).joinedload(Referral.theme).joinedload(Theme.campaign)
        ministries = joinedload(Answer.referral).joinedload(Referral.assignments)
        query = (
            sa.select(Answer)
            .where(Answer.id.in_(ids), is_current_answer())
            .options(campaign, ministries.joinedload(MinistryAssignment.ministry))
        )
        answers = {answer.id: answer for answer in db.session.scalars(query).unique()}
        return [_found(answers[answer_id]) for answer_id in ids if answer_id in answers]


def _found(answer: Answer) -> Found:
    theme, path = answer.referral.theme, url_for("referrals.show", referral_id=answer.referral_id)
    at, title = answer.published_at or answer.created_at, answer.referral.title or theme.title
    by_whom = _("%(ministry)s의 답변: %(title)s", ministry=answer.referral.lead.ministry.name, title=title)
    return Found(by_whom, answer.reason, path, theme.campaign, at, str(answer.decision.label))
