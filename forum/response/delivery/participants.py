"""Who took part in a theme before people were asked about one of its milestones: they rate it, and nobody else.

They wrote an idea of the theme, or voted on one: for it, against it, or passed. A vote counts from when the forum
recorded it (`VoteEvent.at`); `Vote.cast_at` is what a device says. Votes that were cleared, or that a moderator
excluded, give no say.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import ThemeIdea
from forum.core.access import STAFF_ROLES
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant, RoleGrant
from forum.response.delivery.models import MilestoneRating, RatingRound
from forum.response.referrals.models import Answer, Milestone, Referral
from forum.response.referrals.queries import is_current_answer
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote, VoteEvent


def took_part(participant_id: Any, theme_id: Any, before: Any) -> sa.ColumnElement[bool]:
    """Return the condition that somebody took part in a theme before a moment: values or columns."""
    wrote = sa.exists().where(
        ThemeIdea.theme_id == theme_id,
        Idea.id == ThemeIdea.idea_id,
        Idea.author_id == participant_id,
        Idea.created_at < before,
    )
    recorded = sa.exists().where(
        VoteEvent.idea_id == Vote.idea_id, VoteEvent.participant_id == participant_id, VoteEvent.at < before
    )
    voted = sa.exists().where(
        ThemeIdea.theme_id == theme_id,
        Vote.idea_id == ThemeIdea.idea_id,
        Vote.participant_id == participant_id,
        Vote.excluded_by_id.is_(None),
        recorded,
    )
    return sa.or_(wrote, voted)


def people_to_ask(round_: RatingRound) -> list[int]:
    """Return the accounts of those who may rate in this round and have not, by id. Two statements."""
    theme_id = round_.milestone.answer.referral.theme_id
    ideas = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme_id)
    authors = sa.select(Idea.author_id).where(Idea.id.in_(ideas), Idea.created_at < round_.opened_at)
    counted = sa.and_(Vote.idea_id.in_(ideas), Vote.excluded_by_id.is_(None))
    recorded = sa.exists().where(
        VoteEvent.idea_id == Vote.idea_id,
        VoteEvent.participant_id == Vote.participant_id,
        VoteEvent.at < round_.opened_at,
    )
    voters = sa.select(Vote.participant_id).where(counted, recorded)
    rated = sa.exists().where(MilestoneRating.round_id == round_.id, MilestoneRating.author_id == Participant.id)
    is_staff = sa.exists().where(
        RoleGrant.account_id == Account.id, RoleGrant.revoked_at.is_(None), RoleGrant.role.in_(STAFF_ROLES)
    )
    query = (
        sa.select(Account.id)
        .join(Participant, Participant.account_id == Account.id)
        .where(
            Participant.id.in_(authors.where(Idea.author_id.is_not(None)).union(voters)),
            Account.active,
            ~Account.waits_for_consent,
            ~is_staff,
            ~rated,
        )
        .order_by(Account.id)
    )
    return list(db.session.scalars(query))


def _may_be_rated_by(participant_id: int) -> sa.Select[RatingRound]:
    """Select the open rounds about present answers in which somebody has a say."""
    voted = sa.select(Vote.idea_id).where(Vote.participant_id == participant_id)
    own_ideas = voted.union(sa.select(Idea.id).where(Idea.author_id == participant_id))
    own_themes = sa.select(ThemeIdea.theme_id).where(ThemeIdea.idea_id.in_(own_ideas))
    return (
        sa.select(RatingRound)
        .join(Milestone, Milestone.id == RatingRound.milestone_id)
        .join(Answer, Answer.id == Milestone.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .where(
            RatingRound.ended_at.is_(None),
            Referral.theme_id.in_(own_themes),  # few themes: the rest is asked of them alone
            took_part(participant_id, Referral.theme_id, RatingRound.opened_at),
            is_current_answer(),
        )
    )


def waiting_rounds(participant_id: int) -> sa.Select[RatingRound]:
    """Select the open rounds in which somebody has a say and has not rated, the oldest first."""
    rated = sa.exists().where(MilestoneRating.round_id == RatingRound.id, MilestoneRating.author_id == participant_id)
    return _may_be_rated_by(participant_id).where(~rated).order_by(RatingRound.opened_at, RatingRound.id)
