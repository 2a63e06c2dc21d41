from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.core import clock
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import moment
from forum.voice.campaigns.models import PARTICIPATION, Campaign, CampaignKind, Phase, PhaseKind


def get_campaign(slug: str) -> Campaign:
    """Return a campaign with its phases.

    :raise NotFound:
    """
    query = sa.select(Campaign).where(Campaign.slug == slug).options(selectinload(Campaign.phases))
    is_valid = slug.isascii() and "\x00" not in slug  # PostgreSQL accepts neither NUL nor lone surrogates
    campaign = db.session.scalar(query) if is_valid else None
    if campaign is None:
        raise NotFound(_("‘%(slug)s’ 포럼이 없어요. 주소나 이름을 확인해 주세요.", slug=slug[:60]))
    return campaign


def reload_campaign(campaign: Campaign) -> None:
    """Read a campaign and its phases again, in place of what this session has read before."""
    query = sa.select(Campaign).where(Campaign.id == campaign.id).options(selectinload(Campaign.phases))
    db.session.scalar(query.execution_options(populate_existing=True))


def all_campaigns() -> Sequence[Campaign]:
    """Return all campaigns with their phases: forums first, then newest first."""
    forum_first = sa.case((Campaign.kind == CampaignKind.FORUM, 0), else_=1)
    query = sa.select(Campaign).options(selectinload(Campaign.phases)).order_by(forum_first, Campaign.id.desc())
    return db.session.scalars(query).all()


def usual_slug() -> str | None:
    """Return the slug of the forum that menus lead to where a page has none of its own; None if there is no forum.

    Forums that take ideas or votes now come first, then the newest.
    """
    now = clock.now()
    runs = sa.and_(Phase.opens_at <= now, sa.or_(Phase.closes_at.is_(None), Phase.closes_at > now))
    takes_part = Campaign.phases.any(sa.and_(Phase.kind.in_(PARTICIPATION), runs))
    forum_first = sa.case((Campaign.kind == CampaignKind.FORUM, 0), else_=1)
    open_first = sa.case((takes_part, 0), else_=1)
    return db.session.scalar(sa.select(Campaign.slug).order_by(open_first, forum_first, Campaign.id.desc()).limit(1))


def main_campaign(campaigns: Sequence[Campaign]) -> Campaign | None:
    """Return the campaign of `usual_slug` among all campaigns, in the order of `all_campaigns`."""
    return next((one for one in campaigns if any(is_open(one, kind) for kind in PARTICIPATION)), None) or next(
        iter(campaigns), None
    )


def phase_of(campaign: Campaign, kind: PhaseKind) -> Phase | None:
    return next((phase for phase in campaign.phases if phase.kind is kind), None)


def is_open(campaign: Campaign, kind: PhaseKind) -> bool:
    """Is this phase open now? The opening time is included, the closing time is not."""
    return not why_closed(campaign, kind)


def why_closed(campaign: Campaign, kind: PhaseKind) -> str:
    """Return why the phase is closed, as a sentence; empty if it is open."""
    phase = phase_of(campaign, kind)
    return why_span_closed(kind, *((phase.opens_at, phase.closes_at) if phase else (None, None)))


def why_span_closed(kind: PhaseKind, opens_at: datetime | None, closes_at: datetime | None) -> str:
    """Return the same as `why_closed`, for a phase whose times are known; no opening time means no such phase."""
    now = clock.now()
    if opens_at is None:
        return _("이 포럼에는 %(stage)s 단계가 없어요.", stage=kind.label)
    if now < opens_at:
        return _(
            "%(stage)s 단계는 %(moment)s에 열려요. 조금만 기다려 주세요.", stage=kind.label, moment=moment(opens_at)
        )
    if closes_at is not None and closes_at <= now:
        return _("%(stage)s 단계는 %(moment)s에 끝났어요.", stage=kind.label, moment=moment(closes_at))
    return ""


def require_open(campaign: Campaign, kind: PhaseKind) -> None:
    """:raise WrongState: the phase is closed; the message says since or until when"""
    sentence = why_closed(campaign, kind)
    if sentence:
        raise WrongState(sentence)
