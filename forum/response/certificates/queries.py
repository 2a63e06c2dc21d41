from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.response.certificates.models import Certificate
from forum.response.referrals.models import BECAME_POLICY, Answer, ReferralIdea
from forum.response.referrals.queries import REFERRAL_LOADERS, is_current_answer
from forum.voice.ideas.models import Idea, IdeaState

SHOWN_STATES = (IdeaState.OPEN, IdeaState.MERGED)


def get_certificate(certificate_id: int) -> Certificate:
    """Return a valid certificate: the current answer accepts, and the idea is not withdrawn or hidden.

    :raise NotFound:
    """
    query = (
        sa.select(Certificate)
        .join(Certificate.idea)
        .where(Certificate.id == certificate_id, Idea.state.in_(SHOWN_STATES))
        .options(
            joinedload(Certificate.idea),
            joinedload(Certificate.participant).joinedload(Participant.account),
            selectinload(Certificate.consent),
            joinedload(Certificate.referral).options(*REFERRAL_LOADERS),
        )
    )
    certificate = db.session.scalar(query)
    if certificate is None:
        raise NotFound("그런 증서가 없습니다.")
    answer = certificate.referral.published_answer
    if answer is None or answer.decision not in BECAME_POLICY:
        raise NotFound("부처가 답변을 고쳐 이 증서는 더 이상 쓰이지 않습니다.")
    return certificate


def certificates_of(idea_id: int) -> Sequence[Certificate]:
    """Return an idea's valid certificates, oldest first."""
    query = (
        sa.select(Certificate)
        .join(Answer, Answer.referral_id == Certificate.referral_id)
        .where(Certificate.idea_id == idea_id, is_current_answer(), Answer.decision.in_(BECAME_POLICY))
        .order_by(Certificate.id)
    )
    return db.session.scalars(query).all()


def ideas_without_certificate(limit: int) -> Sequence[tuple[int, int, int, int, str]]:
    """Return ideas of accepted letters that have no certificate yet.

    :return: (referral id, idea id, author's participant id, author's account id, idea's title)
    """
    query = (
        sa.select(ReferralIdea.referral_id, Idea.id, Participant.id, Account.id, ReferralIdea.title)
        .join(Answer, Answer.referral_id == ReferralIdea.referral_id)
        .join(Idea, Idea.id == ReferralIdea.idea_id)
        .join(Participant, Participant.id == Idea.author_id)
        .join(Account, Account.id == Participant.account_id)
        .outerjoin(
            Certificate,
            sa.and_(Certificate.referral_id == ReferralIdea.referral_id, Certificate.idea_id == ReferralIdea.idea_id),
        )
        .where(
            is_current_answer(),
            Answer.decision.in_(BECAME_POLICY),
            Idea.state.in_(SHOWN_STATES),
            Account.active,
            Certificate.id.is_(None),
        )
        .order_by(ReferralIdea.referral_id, ReferralIdea.position)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in db.session.execute(query)]
