from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.themes.models import Theme
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.answers.acceptance import is_cited
from forum.response.answers.models import AnswerWriter
from forum.response.referrals.models import Answer, AnswerPoint, Referral, ReferralIdea, ReferralIdeaRoom
from forum.response.referrals.queries import REFERRAL_LOADERS
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.models import Idea

MAX_POINTS = 20  # rows for ideas in one form


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


@dataclass(frozen=True)
class IdeasToAnswer:
    """Ideas of a letter that may get a line each, in the letter's order, and how many the letter has in all."""

    ideas: Sequence[ReferralIdea]
    total: int


def ideas_to_answer(referral_id: int, also: Collection[int] = ()) -> IdeasToAnswer:
    """Return the ideas to answer first: those with a line, the letter's representatives, those its summary cites.

    If it has none of these, the first five.

    :param also: ids of further ideas to return
    """
    has_line = (
        sa.exists()
        .where(AnswerPoint.idea_id == ReferralIdea.idea_id, AnswerPoint.answer_id == Answer.id)
        .where(Answer.referral_id == referral_id)
    )
    chosen = has_line | ReferralIdea.is_representative | is_cited() | ReferralIdea.idea_id.in_(list(also))
    order = (has_line.desc(), ReferralIdea.is_representative.desc(), is_cited().desc(), ReferralIdea.position)
    query = (
        sa.select(ReferralIdea, chosen, sa.func.count().over())
        .join(Referral, Referral.id == ReferralIdea.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(ReferralIdea.referral_id == referral_id)
        .options(joinedload(ReferralIdea.idea), joinedload(ReferralIdea.room).joinedload(ReferralIdeaRoom.gathering))
        .order_by(chosen.desc(), *order)
        .limit(MAX_POINTS)
    )
    found = db.session.execute(query).all()
    wanted = [quoted for quoted, is_chosen, _n in found if is_chosen] or [quoted for quoted, _is, _n in found[:5]]
    return IdeasToAnswer(sorted(wanted, key=lambda quoted: quoted.position), found[0][2] if found else 0)


def letter_ideas(referral_id: int) -> Sequence[ReferralIdea]:
    """Return the first ideas of a letter, in its order, as many as the form takes."""
    query = sa.select(ReferralIdea).where(ReferralIdea.referral_id == referral_id).order_by(ReferralIdea.position)
    return db.session.scalars(query.limit(MAX_POINTS)).all()


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


def words_when_returned(answer_id: int) -> dict[str, Any] | None:
    """Return the `fingerprints` of a draft as it was when it was last returned; None if they were not kept."""
    query = (
        sa.select(AuditEntry.after)
        .where(AuditEntry.action == "answers.return", AuditEntry.subject_type == Answer.__tablename__)
        .where(AuditEntry.subject_id == answer_id)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return (db.session.scalar(query) or {}).get("words")


def latest_version(referral_id: int) -> int:
    """Return the version of the latest published answer; 0 if there is none."""
    query = sa.select(sa.func.max(Answer.version)).where(
        Answer.referral_id == referral_id, Answer.published_at.is_not(None)
    )
    return db.session.scalar(query) or 0
