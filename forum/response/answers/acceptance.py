"""Which ideas of a letter its answer accepts: the one rule behind certificates, their preview and their revocation.

1. An idea with a decision of its own is accepted if that is 수용 or 일부 수용, whatever the answer as a whole says.
2. Without one, an idea is accepted if the answer is 수용 and the theme's summary cites it ([#147]): the summary is what
   was accepted. It cannot change any more, since a theme that was sent is no draft.
3. Nothing else is. An answer 일부 수용 does not say by itself which part it accepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.response.referrals.models import (
    BECAME_POLICY,
    Answer,
    AnswerPoint,
    Decision,
    Referral,
    ReferralIdea,
)
from forum.voice.ideas.models import SHOWN_STATES, Idea


@dataclass(frozen=True)
class AcceptedIdea:
    """An idea that an answer accepts.

    :param has_own_decision: the ministry decided on it by itself; else the accepted summary cites it
    :param gets_certificate: its author has an open account here, and the idea is not withdrawn or hidden
    """

    idea_id: int
    title: str
    decision: Decision
    has_own_decision: bool
    gets_certificate: bool


@dataclass(frozen=True)
class Outcome:
    """What the publication of a draft means for certificates.

    :param gets: ideas whose authors will hold a certificate, with those that have one already
    :param kept: ids of those in `gets` whose certificate stays as it is
    :param without: accepted ideas that get none: imported, withdrawn, hidden, of a closed account, or of a guest
    :param loses: ideas that the published answer accepts, and the draft does not
    """

    gets: Sequence[AcceptedIdea]
    kept: frozenset[int]
    without: Sequence[AcceptedIdea]
    loses: Sequence[AcceptedIdea]


def accepted_ideas() -> sa.Subquery:
    """Return the ideas that each answer accepts, drafts too: the caller chooses the answer.

    Columns: answer_id, referral_id, idea_id, position, title (as quoted), decision (수용 or 일부 수용),
    has_own_decision, participant_id, and account_id: of the author who gets the certificate, or NULL if nobody can.
    """
    accepted = sa.case(
        (AnswerPoint.decision.is_not(None), AnswerPoint.decision),
        (sa.and_(Answer.decision == Decision.ACCEPTED, is_cited()), Answer.decision),
    )
    query: sa.Select[Any] = (
        sa.select(
            Answer.id.label("answer_id"),
            Answer.referral_id,
            ReferralIdea.idea_id,
            ReferralIdea.position,
            ReferralIdea.title,
            accepted.label("decision"),
            AnswerPoint.decision.is_not(None).label("has_own_decision"),
            Idea.author_id.label("participant_id"),
            sa.case((Idea.state.in_(SHOWN_STATES), Account.id)).label("account_id"),
        )
        .select_from(Answer)
        .join(Referral, Referral.id == Answer.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .join(ReferralIdea, ReferralIdea.referral_id == Referral.id)
        .join(Idea, Idea.id == ReferralIdea.idea_id)
        .outerjoin(
            AnswerPoint, sa.and_(AnswerPoint.answer_id == Answer.id, AnswerPoint.idea_id == ReferralIdea.idea_id)
        )
        .outerjoin(Participant, Participant.id == Idea.author_id)
        .outerjoin(Account, sa.and_(Account.id == Participant.account_id, Account.active))
        .where(accepted.in_(BECAME_POLICY))
    )
    return query.subquery("accepted_idea")


def is_cited() -> sa.ColumnElement[bool]:
    """Return the condition that the summary of the `Theme` cites the `ReferralIdea`."""
    return Theme.summary.like(sa.literal("%[#") + sa.cast(ReferralIdea.idea_id, sa.String) + sa.literal("]%"))


def ideas_accepted_by(answer_id: int) -> list[AcceptedIdea]:
    """Return the ideas that an answer accepts, in the order of the letter."""
    accepted = accepted_ideas()
    names = ("idea_id", "title", "decision", "has_own_decision")
    query: sa.Select[Any] = (
        sa.select(*(accepted.c[name] for name in names), accepted.c.account_id.is_not(None))
        .where(accepted.c.answer_id == answer_id)
        .order_by(accepted.c.position)
    )
    return [AcceptedIdea(*row) for row in db.session.execute(query)]


def outcome_of(draft: Answer) -> Outcome:
    """Return which ideas get a certificate, and which lose theirs, when a draft is published."""
    accepted = ideas_accepted_by(draft.id)
    published = draft.referral.published_answer
    before = {one.idea_id: one for one in (ideas_accepted_by(published.id) if published else ())}
    after = {one.idea_id: one.decision for one in accepted}
    return Outcome(
        gets=[one for one in accepted if one.gets_certificate],
        kept=frozenset(key for key, one in before.items() if after.get(key) is one.decision),
        without=[one for one in accepted if not one.gets_certificate],
        loses=[one for one in before.values() if one.idea_id not in after and one.gets_certificate],
    )


def cited_in_letter(referral_id: int, idea_ids: Iterable[int]) -> set[int]:
    """Return which of these ideas of a letter its theme's summary cites."""
    query = (
        sa.select(ReferralIdea.idea_id)
        .join(Referral, Referral.id == ReferralIdea.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(ReferralIdea.referral_id == referral_id, ReferralIdea.idea_id.in_(list(idea_ids)), is_cited())
    )
    return set(db.session.scalars(query))
