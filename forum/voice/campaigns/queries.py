from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.core import clock
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.korean import moment
from forum.voice.campaigns.models import Campaign, CampaignKind, Phase, PhaseKind


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
    return not why_closed(campaign, kind)


def why_closed(campaign: Campaign, kind: PhaseKind) -> str:
    """Empty where the phase is open, otherwise a sentence for the person who finds it closed."""
    phase = phase_of(campaign, kind)
    return why_span_closed(kind, *((phase.opens_at, phase.closes_at) if phase else (None, None)))


def why_span_closed(kind: PhaseKind, opens_at: datetime | None, closes_at: datetime | None) -> str:
    """As `why_closed`, for a phase whose times are at hand; without an opening there is no such phase."""
    now = clock.now()
    if opens_at is None:
        return f"이 포럼에는 {kind.label} 단계가 없습니다."
    if now < opens_at:
        return f"{kind.label} 단계는 {moment(opens_at)}에 열립니다. 조금만 기다려 주세요."
    if closes_at is not None and closes_at <= now:
        return f"{kind.label} 단계는 {moment(closes_at)}에 끝났습니다."
    return ""


def require_open(campaign: Campaign, kind: PhaseKind) -> None:
    """:raise WrongState: the phase is closed; the message says since or until when"""
    sentence = why_closed(campaign, kind)
    if sentence:
        raise WrongState(sentence)
