from __future__ import annotations

import sqlalchemy as sa

from forum.core import clock
from forum.core.database import reading
from forum.core.extensions import db
from forum.publication.representation.models import ParticipantCount
from forum.publication.representation.services import count_participants, store_counts
from forum.system.jobs.registry import periodic_task
from forum.voice.campaigns.models import Campaign


@periodic_task("representation.count_participants")
def count_all() -> int:
    """Count the participants of each campaign once a day. Commits after each campaign.

    :return: how many campaigns have new figures
    """
    with reading():
        today = sa.exists().where(
            ParticipantCount.campaign_id == Campaign.id, ParticipantCount.checked_on == clock.today()
        )
        campaign_ids = db.session.scalars(sa.select(Campaign.id).where(~today).order_by(Campaign.id)).all()
        db.session.rollback()
    return sum(count_one(campaign_id) for campaign_id in campaign_ids)


def count_one(campaign_id: int) -> bool:
    """Count a campaign's participants with no lock held: with many votes it takes seconds. Commits.

    :return: whether it has new figures
    """
    with reading():
        counts = count_participants(campaign_id)
        db.session.rollback()
    replaced = store_counts(campaign_id, counts)
    db.session.commit()
    return replaced
