"""What the secretariat's forms offer: campaigns for a round, and themes and minutes for its long list."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.themes.models import Theme, ThemeState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.minutes.models import PUBLISHED_STATES, GatheringMinutes
from forum.deliberation.rounds.models import CouncilRound, CouncilTask
from forum.voice.campaigns.models import Campaign

MOST_OFFERED = 200


def campaigns_for_round() -> Sequence[Campaign]:
    """Return the campaigns, the newest first."""
    return db.session.scalars(sa.select(Campaign).order_by(Campaign.id.desc())).all()


def themes_to_add(round_: CouncilRound) -> Sequence[Theme]:
    """Return the approved themes of the round's campaign that are not on its long list, by title."""
    listed = sa.select(CouncilTask.theme_id).where(CouncilTask.round_id == round_.id, CouncilTask.theme_id.is_not(None))
    query = (
        sa.select(Theme)
        .where(Theme.campaign_id == round_.campaign_id, Theme.state == ThemeState.APPROVED, Theme.id.not_in(listed))
        .order_by(Theme.title, Theme.id)
        .limit(MOST_OFFERED)
    )
    return db.session.scalars(query).all()


def minutes_to_add(round_: CouncilRound) -> Sequence[GatheringMinutes]:
    """Return the published minutes of the campaign's gatherings, the newest first."""
    query = (
        sa.select(GatheringMinutes)
        .join(Gathering, Gathering.id == GatheringMinutes.gathering_id)
        .options(joinedload(GatheringMinutes.gathering))
        .where(
            Gathering.campaign_id == round_.campaign_id,
            GatheringMinutes.state.in_(PUBLISHED_STATES),
            ~GatheringMinutes.is_hidden,
        )
        .order_by(GatheringMinutes.id.desc())
        .limit(MOST_OFFERED)
    )
    return db.session.scalars(query).all()
