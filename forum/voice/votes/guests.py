"""The votes of a guest of a gathering, when their pass is joined to an account or they take everything back.

All ideas that the guest wrote or voted on are locked first, in their order, then the people, then votes and tallies: as
voting does, so that neither waits for the other in a circle.
"""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.passes.actor import Guest
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.exclusions import lock_voters
from forum.voice.votes.models import Vote, VoteEvent, VoteExclusion
from forum.voice.votes.services import Ballot, told_if_excluded, write_ballots


def hand_over_votes(from_participant: int, to_participant: int) -> None:
    """Give a guest's votes to an account. Where both voted the later decision counts. The caller commits.

    A vote on an idea that is not open any more stays with the guest's participant; where both have one, it is cleared.

    :raise WrongState: votes of either do not count in a campaign where the guest voted
    """
    _lock_ideas_of(from_participant)
    lock_voters({from_participant, to_participant})
    _refuse_excluded(from_participant, to_participant)
    votes = _votes_of(from_participant)
    own = set(db.session.scalars(sa.select(Vote.idea_id).where(Vote.participant_id == to_participant)))
    moved = {
        vote.idea_id: Ballot(vote.value, vote.shown_probability, vote.cast_at)
        for vote in votes
        if vote.state is IdeaState.OPEN
    }
    cleared = {vote.idea_id: Ballot(None) for vote in votes if vote.idea_id in moved or vote.idea_id in own}
    with told_if_excluded():
        write_ballots(from_participant, cleared)
        write_ballots(to_participant, moved)


def withdraw_votes(participant_id: int) -> None:
    """Clear all votes of a guest. The caller commits.

    One that does not count (`VoteExclusion`) stands in no tally, and is deleted with its event alone.
    """
    _lock_ideas_of(participant_id)
    lock_voters({participant_id})
    votes = _votes_of(participant_id)
    write_ballots(participant_id, {vote.idea_id: Ballot(None) for vote in votes if vote.excluded_by_id is None})
    excluded = [vote.idea_id for vote in votes if vote.excluded_by_id is not None]
    if excluded:
        own = sa.delete(Vote).where(Vote.participant_id == participant_id, Vote.idea_id.in_(excluded))
        db.session.execute(own.execution_options(synchronize_session=False))
        db.session.add_all([VoteEvent(idea_id=one, participant_id=participant_id, value=None) for one in excluded])
        db.session.flush()


def n_votes_of(guest: Guest) -> int | None:
    """Return how many ideas a guest has voted on; None for none."""
    query = sa.select(sa.func.count()).select_from(Vote).where(Vote.participant_id == guest.participant_id)
    return db.session.scalar(query) or None


def _lock_ideas_of(participant_id: int) -> None:
    """Lock the ideas that this person wrote or voted on, in their order, against votes and withdrawals under way."""
    voted = sa.select(Vote.idea_id).where(Vote.participant_id == participant_id)
    theirs = sa.or_(Idea.author_id == participant_id, Idea.id.in_(voted))
    db.session.execute(sa.select(Idea.id).where(theirs).order_by(Idea.id).with_for_update(key_share=True))


def _votes_of(participant_id: int) -> list[sa.Row[tuple[int, int, object, float | None, int | None, IdeaState]]]:
    query = (
        sa.select(Vote.idea_id, Vote.value, Vote.cast_at, Vote.shown_probability, Vote.excluded_by_id, Idea.state)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(Vote.participant_id == participant_id)
        .order_by(Vote.idea_id)
        .with_for_update(of=Vote)
    )
    return list(db.session.execute(query))


def _refuse_excluded(guest_id: int, account_id: int) -> None:
    """:raise WrongState: votes of either person do not count in a campaign where the guest voted"""
    voted_in = sa.select(Idea.campaign_id).join(Vote, Vote.idea_id == Idea.id).where(Vote.participant_id == guest_id)
    of_either = VoteExclusion.participant_id.in_([guest_id, account_id])
    in_force = sa.exists().where(of_either, VoteExclusion.lifted_at.is_(None), VoteExclusion.campaign_id.in_(voted_in))
    if db.session.scalar(sa.select(in_force)):
        raise WrongState(
            _("이 참여권이나 내 계정의 투표를 집계에서 뺀 포럼이 있어요. 그 결정이 바뀌기 전에는 합칠 수 없어요.")
        )
