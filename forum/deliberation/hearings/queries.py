from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from itsdangerous import BadData
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.signing import signer
from forum.deliberation.hearings.models import (
    Hearing,
    HearingFile,
    HearingInvitation,
    HearingQuestion,
    HearingState,
    InvitationState,
    QuestionVote,
    SignedOpinion,
)
from forum.deliberation.rounds.models import CouncilTask
from forum.people.accounts.models import Account, Participant

CONSENT_PURPOSE = "hearing consent"
KEEP_GUARDIAN = timedelta(days=31)


def get_hearing(hearing_id: int) -> Hearing:
    """:raise NotFound:"""
    found = db.session.get(Hearing, hearing_id)
    if found is None:
        raise NotFound(_("그런 직접 설명이 없어요."))
    return found


def get_invitation(invitation_id: int) -> HearingInvitation:
    """:raise NotFound:"""
    found = db.session.get(HearingInvitation, invitation_id)
    if found is None:
        raise NotFound(_("그런 초대가 없어요."))
    return found


def get_question(question_id: int) -> HearingQuestion:
    """:raise NotFound:"""
    found = db.session.get(HearingQuestion, question_id)
    if found is None or found.is_hidden:
        raise NotFound(_("그런 질문이 없어요."))
    return found


def get_opinion(opinion_id: int) -> SignedOpinion:
    """:raise NotFound:"""
    found = db.session.get(SignedOpinion, opinion_id)
    if found is None:
        raise NotFound(_("그런 의견이 없어요."))
    return found


def hearing_of(task_id: int) -> Hearing | None:
    """Return a task's hearing that is not cancelled; None without one."""
    query = sa.select(Hearing).where(Hearing.task_id == task_id, Hearing.state != HearingState.CANCELLED)
    return db.session.scalar(query)


def hearings_of(round_id: int) -> Sequence[Hearing]:
    """Return the hearings of a round, cancelled ones too, in the order of time."""
    query = (
        sa.select(Hearing)
        .join(CouncilTask, CouncilTask.id == Hearing.task_id)
        .where(CouncilTask.round_id == round_id)
        .options(joinedload(Hearing.task))
        .order_by(Hearing.starts_at, Hearing.id)
    )
    return db.session.scalars(query).all()


def invitations_of(hearing_id: int) -> Sequence[HearingInvitation]:
    """Return everybody who was invited with their accounts, for the secretariat, in the order of the invitations."""
    query = (
        sa.select(HearingInvitation)
        .where(HearingInvitation.hearing_id == hearing_id)
        .options(joinedload(HearingInvitation.author).joinedload(Participant.account))
        .order_by(HearingInvitation.id)
    )
    return db.session.scalars(query).all()


def n_invited(hearing_id: int) -> int:
    invited = sa.select(sa.func.count()).select_from(HearingInvitation)
    return db.session.scalar(invited.where(HearingInvitation.hearing_id == hearing_id)) or 0


def invitation_of(hearing_id: int, actor: Actor) -> HearingInvitation | None:
    """Return the actor's own invitation; None without one."""
    if actor.participant_id is None:
        return None
    query = sa.select(HearingInvitation).where(
        HearingInvitation.hearing_id == hearing_id, HearingInvitation.author_id == actor.participant_id
    )
    return db.session.scalar(query)


def has_consent() -> sa.ColumnElement[bool]:
    """Return the condition that an invited person is no minor, or a guardian's consent is in force."""
    given = sa.and_(HearingInvitation.consent_given_at.is_not(None), HearingInvitation.consent_revoked_at.is_(None))
    return sa.or_(~HearingInvitation.is_minor, given)


def _is_public() -> sa.ColumnElement[bool]:
    """Return the condition that everybody may see who explains, how, and what they sent.

    A child whose guardian took the consent to their account back waits, whatever was said of the hearing.
    """
    waits = (
        sa.select(Account.id)
        .join(Participant, Participant.account_id == Account.id)
        .where(Participant.id == HearingInvitation.author_id, Account.waits_for_consent)
    )
    is_accepted = HearingInvitation.state == InvitationState.ACCEPTED
    return sa.and_(is_accepted, ~HearingInvitation.is_hidden, has_consent(), ~waits.exists())


def shown_statements(hearing_id: int) -> Sequence[HearingInvitation]:
    """Return the acceptances that everybody may read: none that is hidden, and no minor's without consent."""
    query = (
        sa.select(HearingInvitation)
        .where(HearingInvitation.hearing_id == hearing_id, _is_public())
        .options(joinedload(HearingInvitation.author).joinedload(Participant.account))
        .order_by(HearingInvitation.id)
    )
    return db.session.scalars(query).all()


def questions_of(hearing_id: int) -> Sequence[HearingQuestion]:
    """Return the questions that everybody may read, those that most people want asked first."""
    query = (
        sa.select(HearingQuestion)
        .where(HearingQuestion.hearing_id == hearing_id, ~HearingQuestion.is_hidden)
        .options(joinedload(HearingQuestion.author).joinedload(Participant.account))
        .order_by(HearingQuestion.n_votes.desc(), HearingQuestion.id)
    )
    return db.session.scalars(query).all()


def wanted_by(actor: Actor, question_ids: Sequence[int]) -> set[int]:
    """Return which of these questions the actor wants asked."""
    if actor.participant_id is None:
        return set()
    query = sa.select(QuestionVote.question_id).where(
        QuestionVote.participant_id == actor.participant_id, QuestionVote.question_id.in_(question_ids)
    )
    return set(db.session.scalars(query))


def files_of(hearing_id: int) -> Sequence[HearingFile]:
    """Return the documents of a hearing that everybody may read, in the order in which they came.

    A proposer's document is shown while their words are, one with an answer while its question is.
    """
    query = (
        sa.select(HearingFile)
        .outerjoin(HearingInvitation, HearingInvitation.id == HearingFile.invitation_id)
        .outerjoin(HearingQuestion, HearingQuestion.id == HearingFile.question_id)
        .where(
            HearingFile.hearing_id == hearing_id,
            sa.or_(HearingFile.invitation_id.is_(None), _is_public()),
            sa.or_(HearingFile.question_id.is_(None), ~HearingQuestion.is_hidden),
        )
        .order_by(HearingFile.id)
    )
    return db.session.scalars(query).all()


def all_files_of(hearing_id: int) -> Sequence[HearingFile]:
    """Return the documents of a hearing, for the secretariat: those that are not shown too."""
    query = sa.select(HearingFile).where(HearingFile.hearing_id == hearing_id)
    return db.session.scalars(query.order_by(HearingFile.id)).all()


def files_sent(invitation: HearingInvitation) -> Sequence[HearingFile]:
    """Return the documents that somebody who explains has sent."""
    query = sa.select(HearingFile).where(HearingFile.invitation_id == invitation.id)
    return db.session.scalars(query.order_by(HearingFile.id)).all()


def get_own_file(file_id: int) -> HearingFile:
    """Return a document for somebody who may take it off, whether or not it is shown.

    :raise NotFound:
    """
    found = db.session.get(HearingFile, file_id)
    if found is None:
        raise NotFound(_("그런 파일이 없어요."))
    return found


def get_file(file_id: int) -> HearingFile:
    """:raise NotFound: there is none, or not everybody may read it"""
    found = db.session.get(HearingFile, file_id)
    if found is None or found.id not in {one.id for one in files_of(found.hearing_id)}:
        raise NotFound(_("그런 파일이 없어요."))
    return found


def opinions_of(*, task_id: int | None = None, theme_id: int | None = None) -> Sequence[SignedOpinion]:
    """Return the signed opinions on a task or a theme that everybody may read, in the order in which they came."""
    about = SignedOpinion.task_id == task_id if task_id is not None else SignedOpinion.theme_id == theme_id
    query = sa.select(SignedOpinion).where(about, SignedOpinion.sent_at.is_not(None), ~SignedOpinion.is_hidden)
    return db.session.scalars(query.order_by(SignedOpinion.sent_at, SignedOpinion.id)).all()


def opinions_asked_of(actor: Actor) -> Sequence[SignedOpinion]:
    """Return the opinions that the actor was asked for and has not sent, the newest first."""
    if actor.participant_id is None:
        return ()
    own = SignedOpinion.author_id == actor.participant_id
    query = sa.select(SignedOpinion).where(own, SignedOpinion.sent_at.is_(None))
    query = query.options(joinedload(SignedOpinion.task), joinedload(SignedOpinion.theme))
    return db.session.scalars(query.order_by(SignedOpinion.id.desc())).all()


def invitations_waiting(actor: Actor) -> Sequence[HearingInvitation]:
    """Return the actor's invitations to hearings that are still to come."""
    if actor.participant_id is None:
        return ()
    query = (
        sa.select(HearingInvitation)
        .join(Hearing, Hearing.id == HearingInvitation.hearing_id)
        .where(HearingInvitation.author_id == actor.participant_id, Hearing.state == HearingState.PLANNED)
        .options(joinedload(HearingInvitation.hearing).joinedload(Hearing.task))
        .order_by(Hearing.starts_at, HearingInvitation.id)
    )
    return db.session.scalars(query).all()


def consent_token(invitation: HearingInvitation) -> str:
    """Return the signed token of the guardian's link. A later request makes it invalid."""
    assert invitation.consent_asked_at is not None
    return str(signer(CONSENT_PURPOSE).dumps([invitation.id, invitation.consent_asked_at.isoformat()]))


def invitation_from_token(token: str) -> HearingInvitation:
    """Return what a guardian's link is about, also after their address was erased: they may take the consent back.

    :raise NotFound: not signed by us, or another was asked since
    """
    try:
        invitation_id, asked_at = signer(CONSENT_PURPOSE).loads(token)
    except (BadData, ValueError):
        raise NotFound(_("이 링크는 쓸 수 없어요.")) from None
    found = db.session.get(HearingInvitation, invitation_id)
    is_valid = (
        found is not None and found.consent_asked_at is not None and found.consent_asked_at.isoformat() == asked_at
    )
    if not is_valid or found is None:
        raise NotFound(_("이 링크는 쓸 수 없어요."))
    return found


def hearings_to_remind(until: datetime) -> Sequence[Hearing]:
    """Return the planned hearings that begin before then, of which nobody was reminded."""
    query = sa.select(Hearing).where(
        Hearing.state == HearingState.PLANNED,
        Hearing.reminded_at.is_(None),
        Hearing.starts_at > clock.now(),
        Hearing.starts_at <= until,
    )
    return db.session.scalars(query.order_by(Hearing.id)).all()
