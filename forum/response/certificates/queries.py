from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account, Participant
from forum.response.answers.acceptance import accepted_ideas
from forum.response.certificates.models import Certificate, RevocationReason
from forum.response.referrals.models import Answer, Decision
from forum.response.referrals.queries import REFERRAL_LOADERS, is_current_answer
from forum.voice.ideas.models import SHOWN_STATES, Idea


class DueCertificate(NamedTuple):
    """An idea that is accepted and has no certificate in force. `title` is as the letter quotes it."""

    referral_id: int
    idea_id: int
    participant_id: int
    account_id: int
    title: str
    decision: Decision


class DueRevocation(NamedTuple):
    """A certificate in force that the current answer does not bear out; `account_id` only if the account is open."""

    certificate_id: int
    account_id: int | None
    title: str
    reason: RevocationReason


def get_certificate(certificate_id: int) -> Certificate:
    """Return a certificate that is in force or was revoked. A revoked one stays readable whatever became of its idea.

    :raise NotFound: none of this number, its idea is withdrawn or hidden, or it is about to be revoked
    """
    query = (
        sa.select(Certificate)
        .where(Certificate.id == certificate_id)
        .options(
            joinedload(Certificate.idea),
            joinedload(Certificate.participant).joinedload(Participant.account),
            selectinload(Certificate.consent),
            joinedload(Certificate.referral).options(*REFERRAL_LOADERS),
        )
    )
    certificate = db.session.scalar(query)
    if certificate is None:
        raise NotFound(_("그런 증서가 없어요."))
    if certificate.revoked_at is not None:
        return certificate
    if not certificate.is_idea_shown:
        raise NotFound(_("그런 증서가 없어요."))
    if db.session.scalar(sa.select(Certificate.id).where(Certificate.id == certificate_id, ~is_borne_out())):
        raise NotFound(_("부처가 답변을 고쳐서 이 증서는 곧 취소돼요. 잠시 뒤에 다시 열어 보세요."))
    return certificate


def certificates_of(idea_id: int) -> Sequence[Certificate]:
    """Return all certificates of an idea, revoked ones too, oldest first."""
    return db.session.scalars(
        sa.select(Certificate).where(Certificate.idea_id == idea_id).order_by(Certificate.id)
    ).all()


def successor_of(certificate: Certificate) -> Certificate | None:
    """Return the certificate in force of the same idea and letter, if there is one."""
    return db.session.scalar(
        sa.select(Certificate).where(
            Certificate.referral_id == certificate.referral_id,
            Certificate.idea_id == certificate.idea_id,
            Certificate.revoked_at.is_(None),
        )
    )


def is_borne_out() -> sa.ColumnElement[bool]:
    """Return the condition that the current answer accepts the idea of a `Certificate` as the certificate says."""
    accepted = accepted_ideas()
    return _accepts(accepted, is_current_answer()).where(accepted.c.decision == Certificate.decision)


def due_certificates(limit: int) -> list[DueCertificate]:
    """Return accepted ideas that have no certificate in force yet."""
    accepted = accepted_ideas()
    in_force = (
        sa.exists()
        .where(Certificate.referral_id == accepted.c.referral_id, Certificate.idea_id == accepted.c.idea_id)
        .where(Certificate.revoked_at.is_(None))
    )
    query = (
        sa.select(*(accepted.c[name] for name in DueCertificate._fields))
        .join(Answer, Answer.id == accepted.c.answer_id)
        .where(is_current_answer(), accepted.c.account_id.is_not(None), ~in_force)
        .order_by(accepted.c.referral_id, accepted.c.position)
        .limit(limit)
    )
    return [DueCertificate(*row) for row in db.session.execute(query)]


def due_revocations(limit: int) -> list[DueRevocation]:
    """Return certificates in force that the current answer does not bear out, oldest first, with the reason."""
    still_accepted = _accepts(accepted_ideas(), is_current_answer())
    ever_accepted = _accepts(accepted_ideas(), Answer.published_at.is_not(None))
    query = (
        sa.select(Certificate.id, Account.id, Idea.title, Idea.state, still_accepted, ever_accepted)
        .join(Idea, Idea.id == Certificate.idea_id)
        .join(Participant, Participant.id == Certificate.participant_id)
        .outerjoin(Account, sa.and_(Account.id == Participant.account_id, Account.active))
        .where(Certificate.revoked_at.is_(None), ~is_borne_out())
        .order_by(Certificate.id)
        .limit(limit)
    )
    return [
        DueRevocation(number, account_id, title if state in SHOWN_STATES else "", _reason(still, ever))
        for number, account_id, title, state, still, ever in db.session.execute(query)
    ]


def _reason(still_accepted: bool, ever_accepted: bool) -> RevocationReason:
    if still_accepted:
        return RevocationReason.REPLACED
    return RevocationReason.ANSWER_CHANGED if ever_accepted else RevocationReason.ISSUED_IN_ERROR


def _accepts(accepted: sa.Subquery, which: sa.ColumnElement[bool]) -> sa.Exists:
    """Return the condition that an answer, one of `which`, accepts the idea of a `Certificate`, wholly or partly."""
    return (
        sa.exists()
        .where(Answer.id == accepted.c.answer_id, which)
        .where(accepted.c.referral_id == Certificate.referral_id, accepted.c.idea_id == Certificate.idea_id)
    )
