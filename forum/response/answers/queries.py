from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.models import AnswerWriter
from forum.response.referrals.models import Answer, ReferralIdea
from forum.response.referrals.queries import REFERRAL_LOADERS
from forum.voice.ideas.models import Idea

MAX_POINTS = 10


def get_draft(answer_id: int) -> Answer:
    """Return an answer, published or not, with its referral. The caller checks who may read it.

    :raise NotFound:
    """
    query = (
        sa.select(Answer)
        .where(Answer.id == answer_id)
        .options(
            joinedload(Answer.author),
            selectinload(Answer.milestones),
            selectinload(Answer.points),
            joinedload(Answer.referral).options(*REFERRAL_LOADERS),
        )
    )
    answer = db.session.scalar(query)
    if answer is None:
        raise NotFound("그런 답변 초안이 없습니다.")
    return answer


def ideas_to_answer(referral_id: int) -> Sequence[ReferralIdea]:
    """Return the ideas that may get a line each: the letter's representatives, or its first five if it has none."""
    query = (
        sa.select(ReferralIdea)
        .where(ReferralIdea.referral_id == referral_id)
        .options(joinedload(ReferralIdea.idea))
        .order_by(ReferralIdea.is_representative.desc(), ReferralIdea.position)
        .limit(MAX_POINTS)
    )
    found = db.session.scalars(query).all()
    return [quoted for quoted in found if quoted.is_representative] or found[:5]


def authors_of(referral_id: int) -> set[int]:
    """Return the participant ids of the authors of the letter's ideas."""
    query = (
        sa.select(Idea.author_id)
        .join(ReferralIdea, ReferralIdea.idea_id == Idea.id)
        .where(ReferralIdea.referral_id == referral_id, Idea.author_id.is_not(None))
    )
    return {author_id for author_id in db.session.scalars(query) if author_id is not None}


def writers_of(answer: Answer) -> list[Account]:
    """Return everybody who wrote a revision of an answer, by their first one; the last writer if no other is known."""
    query = (
        sa.select(Account)
        .join(AnswerWriter, AnswerWriter.account_id == Account.id)
        .where(AnswerWriter.answer_id == answer.id)
        .order_by(AnswerWriter.revision, Account.id)
    )
    return list(db.session.scalars(query).unique()) or [answer.author]


def writer_ids(answer: Answer) -> set[int]:
    """Return the accounts of everybody who wrote a revision of an answer: none of them may approve it."""
    query = sa.select(AnswerWriter.account_id).where(AnswerWriter.answer_id == answer.id)
    return {answer.author_id, *db.session.scalars(query)}


def latest_version(referral_id: int) -> int:
    """Return the version of the latest published answer; 0 if there is none."""
    query = sa.select(sa.func.max(Answer.version)).where(
        Answer.referral_id == referral_id, Answer.published_at.is_not(None)
    )
    return db.session.scalar(query) or 0
