"""Count who takes part in a campaign, by age group and region."""

from __future__ import annotations

from collections import Counter
from datetime import date

import sqlalchemy as sa

from forum.core import clock
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.extensions import db
from forum.core.reference import regions
from forum.people.accounts.models import Account, Participant, RoleGrant
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.publication.representation.population import age_group
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import SHOWN_STATES, Comment, CommentState, Idea
from forum.voice.votes.models import Vote

Counts = dict[Dimension, Counter[str]]


def count_participants(campaign_id: int) -> Counts:
    """Return how many people took part, by dimension and code; those who did not tell have an empty code.

    Counted is who has an open account without a role, and proposed, commented or voted. What is withdrawn or hidden
    does not count, nor do children who wait for a guardian's consent.
    """
    took_part = _participant_ids(campaign_id).subquery()
    has_role = sa.exists().where(RoleGrant.account_id == Account.id, RoleGrant.revoked_at.is_(None))
    query = (
        sa.select(Account.birth_year, Account.region_code, sa.func.count())
        .join(Participant, Participant.account_id == Account.id)
        .join(took_part, took_part.c[0] == Participant.id)
        .where(Account.active, ~Account.waits_for_consent, ~has_role)
        .group_by(Account.birth_year, Account.region_code)
    )
    year, known = clock.today().year, regions()
    counts: Counts = {dimension: Counter() for dimension in Dimension}
    for birth_year, region_code, n in db.session.execute(query):
        counts[Dimension.AGE][age_group(birth_year, year) if birth_year else ""] += n
        counts[Dimension.REGION][region_code if region_code in known else ""] += n
    return counts


def store_counts(campaign_id: int, counts: Counts) -> bool:
    """Replace the campaign's figures, unless they were checked today or too few people have come or gone.

    The caller commits.

    :return: whether they were replaced
    """
    db.session.execute(sa.select(Campaign.id).where(Campaign.id == campaign_id).with_for_update(key_share=True))
    if checked_on(campaign_id) == clock.today():  # another worker was faster
        return False
    own = ParticipantCount.campaign_id == campaign_id
    total = sa.select(sa.func.sum(ParticipantCount.people)).where(own, ParticipantCount.dimension == Dimension.AGE)
    before = db.session.scalar(total)
    if before is not None and abs(counts[Dimension.AGE].total() - before) < MIN_PEOPLE_PER_CELL:
        db.session.execute(sa.update(ParticipantCount).where(own).values(checked_on=clock.today()))
        return False
    db.session.execute(sa.delete(ParticipantCount).where(own))
    db.session.execute(
        sa.insert(ParticipantCount),
        [
            {"campaign_id": campaign_id, "dimension": dimension, "code": code, "people": n}
            for dimension, cells in counts.items()
            for code, n in (cells or {"": 0}).items()
        ],
    )
    return True


def checked_on(campaign_id: int) -> date | None:
    """Return the day of the campaign's figures, or None if its participants were never counted."""
    query = sa.select(sa.func.max(ParticipantCount.checked_on)).where(ParticipantCount.campaign_id == campaign_id)
    return db.session.scalar(query)


def _participant_ids(campaign_id: int) -> sa.CompoundSelect[int]:
    in_campaign = sa.and_(Idea.campaign_id == campaign_id, Idea.state.in_(SHOWN_STATES))
    proposed = sa.select(Idea.author_id).where(in_campaign, Idea.author_id.is_not(None))
    commented = (
        sa.select(Comment.author_id)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(in_campaign, Comment.state == CommentState.VISIBLE)
    )
    counted = sa.and_(in_campaign, Vote.excluded_by_id.is_(None))
    voted = sa.select(Vote.participant_id).join(Idea, Idea.id == Vote.idea_id).where(counted)
    return sa.union(proposed, commented, voted)
