from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum import clock
from forum.campaigns.models import Campaign, CampaignKind, Phase, PhaseKind
from forum.errors import NotFound, WrongState
from forum.extensions import db
from forum.korean import moment


def get_campaign(slug: str) -> Campaign:
    """:raise NotFound:"""
    query = sa.select(Campaign).where(Campaign.slug == slug).options(selectinload(Campaign.phases))
    can_be = slug.isascii() and "\x00" not in slug  # PostgreSQL takes no NUL, nor half of a surrogate pair
    campaign = db.session.scalar(query) if can_be else None
    if campaign is None:
        raise NotFound(f"‘{slug[:60]}’ 포럼이 없습니다. 주소나 이름을 확인해 주세요.")
    return campaign


def all_campaigns() -> Sequence[Campaign]:
    """Forums first, the newest on top; each with its phases."""
    forum_first = sa.case((Campaign.kind == CampaignKind.FORUM, 0), else_=1)
    query = sa.select(Campaign).options(selectinload(Campaign.phases)).order_by(forum_first, Campaign.id.desc())
    return db.session.scalars(query).all()


def phase_of(campaign: Campaign, kind: PhaseKind) -> Phase | None:
    return next((phase for phase in campaign.phases if phase.kind is kind), None)


def is_open(campaign: Campaign, kind: PhaseKind) -> bool:
    """Is this phase open now? Its first moment belongs to it, its closing moment does not."""
    phase = phase_of(campaign, kind)
    if phase is None:
        return False
    now = clock.now()
    return phase.opens_at <= now and (phase.closes_at is None or now < phase.closes_at)


def why_closed(campaign: Campaign, kind: PhaseKind) -> str:
    """Empty where the phase is open, otherwise a sentence for the person who finds it closed."""
    if is_open(campaign, kind):
        return ""
    phase = phase_of(campaign, kind)
    if phase is None:
        return f"이 포럼에는 {kind.label} 단계가 없습니다."
    if clock.now() < phase.opens_at:
        return f"{kind.label} 단계는 {moment(phase.opens_at)}에 열립니다. 조금만 기다려 주세요."
    return f"{kind.label} 단계는 {moment(phase.closes_at)}에 끝났습니다."


def require_open(campaign: Campaign, kind: PhaseKind) -> None:
    """:raise WrongState: the phase is closed; the message says since or until when"""
    sentence = why_closed(campaign, kind)
    if sentence:
        raise WrongState(sentence)
