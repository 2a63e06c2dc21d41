from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.themes.models import Theme
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.acceptance import is_cited
from forum.response.answers.models import AnswerWriter
from forum.response.referrals.models import Answer, AnswerPoint, Referral, ReferralIdea
from forum.response.referrals.queries import REFERRAL_LOADERS
from forum.voice.ideas.models import Idea

MAX_POINTS = 20  # as many as the form takes


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
        raise NotFound("그런 답변 초안이 없어요.")
    return answer


def ideas_to_answer(referral_id: int) -> Sequence[ReferralIdea]:
    """Return the ideas that may get a line each: those with one, the letter's representatives, those its summary cites.

    If it has none of these, the first five.
    """
    has_line = (
        sa.exists()
        .where(AnswerPoint.idea_id == ReferralIdea.idea_id, AnswerPoint.answer_id == Answer.id)
        .where(Answer.referral_id == referral_id)
    )
    chosen = has_line | ReferralIdea.is_representative | is_cited()
    query = (
        sa.select(ReferralIdea, chosen)
        .join(Referral, Referral.id == ReferralIdea.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(ReferralIdea.referral_id == referral_id)
        .options(joinedload(ReferralIdea.idea))
        .order_by(has_line.desc(), ReferralIdea.is_representative.desc(), is_cited().desc(), ReferralIdea.position)
        .limit(MAX_POINTS)
    )
    found = db.session.execute(query).all()
    wanted = [quoted for quoted, is_chosen in found if is_chosen] or [quoted for quoted, _ in found[:5]]
    return sorted(wanted, key=lambda quoted: quoted.position)


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


def drafts_written_by(officer: Actor) -> set[int]:
    """Return the drafts of which the officer wrote a revision: they cannot approve them."""
    query = (
        sa.select(Answer.id)
        .outerjoin(AnswerWriter, AnswerWriter.answer_id == Answer.id)
        .where(Answer.published_at.is_(None))
        .where(sa.or_(AnswerWriter.account_id == officer.id, Answer.author_id == officer.id))
    )
    return set(db.session.scalars(query))


def latest_version(referral_id: int) -> int:
    """Return the version of the latest published answer; 0 if there is none."""
    query = sa.select(sa.func.max(Answer.version)).where(
        Answer.referral_id == referral_id, Answer.published_at.is_not(None)
    )
    return db.session.scalar(query) or 0
