from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.accounts.models import Account, Participant
from forum.campaigns.models import Campaign
from forum.errors import NotFound
from forum.extensions import db
from forum.ideas.models import Idea
from forum.ministries.models import Ministry
from forum.referrals.models import Answer, Milestone, PartState, Referral, ReferralPart
from forum.routing.services import PastCase
from forum.themes.models import Theme, ThemeIdea
from forum.votes.models import AGREE, Vote

_WHOLE = (
    joinedload(Referral.theme).joinedload(Theme.campaign),
    selectinload(Referral.parts).joinedload(ReferralPart.ministry),
    selectinload(Referral.answers).selectinload(Answer.milestones),
)


def get_referral(referral_id: int) -> Referral:
    """With its theme, parts, answers and milestones.

    :raise NotFound:
    """
    referral = db.session.scalar(sa.select(Referral).where(Referral.id == referral_id).options(*_WHOLE))
    if referral is None:
        raise NotFound("그런 전달 문서가 없습니다.")
    return referral


def get_milestone(milestone_id: int) -> Milestone:
    """:raise NotFound:"""
    query = (
        sa.select(Milestone)
        .where(Milestone.id == milestone_id)
        .options(joinedload(Milestone.answer).joinedload(Answer.referral).options(*_WHOLE))
    )
    milestone = db.session.scalar(query)
    if milestone is None:
        raise NotFound("그런 이행 단계가 없습니다.")
    return milestone


def referrals_of(theme_id: int) -> Sequence[Referral]:
    """A theme's referrals, oldest first."""
    return db.session.scalars(
        sa.select(Referral).where(Referral.theme_id == theme_id).options(*_WHOLE).order_by(Referral.id)
    ).all()


def board(campaign: Campaign) -> Sequence[Referral]:
    """A campaign's referrals: the next due first, the answered ones last."""
    open_first = sa.case((_is_answered(), 1), else_=0)
    query = (
        sa.select(Referral)
        .join(Referral.theme)
        .where(Theme.campaign_id == campaign.id)
        .options(*_WHOLE)
        .order_by(open_first, Referral.due_on, Referral.id)
    )
    return db.session.scalars(query).all()


def ministry_desk(ministry_id: int) -> Sequence[Referral]:
    """A ministry's own referrals: what waits for it first, by due date."""
    open_first = sa.case((_is_answered(), 1), else_=0)
    query = (
        sa.select(Referral)
        .where(Referral.parts.any(ReferralPart.ministry_id == ministry_id))
        .options(*_WHOLE)
        .order_by(open_first, Referral.due_on, Referral.id)
    )
    return db.session.scalars(query).all()


def past_choices(theme_id: int, limit: int = 300) -> list[PastCase]:
    """The newest referrals of other themes: what was asked, and whom the analysts chose."""
    query = (
        sa.select(Referral.id, Theme.title, Theme.summary, Ministry)
        .join(Referral.theme)
        .join(Referral.parts)
        .join(ReferralPart.ministry)
        .where(ReferralPart.is_lead, Referral.theme_id != theme_id)
        .order_by(Referral.id.desc())
        .limit(limit)
    )
    return [
        PastCase(title, summary, lead, f"/referrals/{referral_id}")
        for referral_id, title, summary, lead in db.session.execute(query)
    ]


def people_of(theme_id: int) -> Sequence[Account]:
    """Everybody whose thread this is: authors of a theme's ideas and those who agreed with one, each once."""
    ideas = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme_id)
    authors = sa.select(Idea.author_id).where(Idea.id.in_(ideas), Idea.author_id.is_not(None))
    supporters = sa.select(Vote.participant_id).where(Vote.idea_id.in_(ideas), Vote.value == AGREE)
    query = (
        sa.select(Account)
        .join(Participant, Participant.account_id == Account.id)
        .where(Participant.id.in_(authors.union(supporters)), Account.active)
        .order_by(Account.id)
    )
    return db.session.scalars(query).all()


def _is_answered() -> sa.ColumnElement[bool]:
    return Referral.parts.any(sa.and_(ReferralPart.is_lead, ReferralPart.state == PartState.ANSWERED))
