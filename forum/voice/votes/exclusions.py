"""Take somebody's votes in a campaign out of the count, and put them back. `voice.integrity` decides whose, and why.

The participant's row is held first: whoever votes holds it from the check on (`queries.require_votable`), so a vote is
either marked here or refused after this. Then come the votes and, last and in the ideas' order, the tallies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from forum.core import clock
from forum.core.database import Base
from forum.core.extensions import db
from forum.people.accounts.models import Participant
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote, VoteExclusion
from forum.voice.votes.services import COUNTERS, move_tallies

_VOTE = Base.metadata.tables[Vote.__tablename__]


def lock_voters(participant_ids: Collection[int]) -> None:
    """Lock these participants, in their order, until the commit: none of them votes meanwhile."""
    query = sa.select(Participant.id).where(Participant.id.in_(sorted(participant_ids)))
    db.session.execute(query.order_by(Participant.id).with_for_update())


def open_exclusions(campaign_id: int, participant_ids: Collection[int]) -> dict[int, VoteExclusion]:
    """Return the exclusions in force of these participants in a campaign, by participant id."""
    query = sa.select(VoteExclusion).where(
        VoteExclusion.campaign_id == campaign_id,
        VoteExclusion.participant_id.in_(sorted(participant_ids)),
        VoteExclusion.lifted_at.is_(None),
    )
    return {one.participant_id: one for one in db.session.scalars(query)}


def exclude_votes(campaign_id: int, participant_ids: Collection[int]) -> list[VoteExclusion]:
    """Begin an exclusion of each participant and mark their votes. The caller holds their locks, and commits.

    :param participant_ids: nobody with an exclusion in force in this campaign
    """
    begun = [VoteExclusion(campaign_id=campaign_id, participant_id=one) for one in sorted(participant_ids)]
    db.session.add_all(begun)
    db.session.flush()
    moved: Counter[tuple[int, int]] = Counter()
    for exclusion in begun:
        own = sa.and_(Vote.participant_id == exclusion.participant_id, Idea.campaign_id == campaign_id)
        query = sa.select(Vote.idea_id, Vote.value).join(Idea, Idea.id == Vote.idea_id).where(own)
        votes = db.session.execute(query.order_by(Vote.idea_id).with_for_update(of=Vote)).all()
        _mark(exclusion.participant_id, [idea_id for idea_id, _value in votes], exclusion.id)
        moved.subtract(Counter((idea_id, value) for idea_id, value in votes))
    _move(moved)
    return begun


def count_votes_again(exclusion: VoteExclusion) -> None:
    """End an exclusion and let its votes count. The caller holds the participant's lock, and commits."""
    marked = sa.and_(Vote.participant_id == exclusion.participant_id, Vote.excluded_by_id == exclusion.id)
    query = sa.select(Vote.idea_id, Vote.value).where(marked).order_by(Vote.idea_id).with_for_update()
    votes = db.session.execute(query).all()
    _mark(exclusion.participant_id, [idea_id for idea_id, _value in votes], None)
    exclusion.lifted_at = clock.now()
    db.session.flush()
    _move(Counter((idea_id, value) for idea_id, value in votes))


def _mark(participant_id: int, idea_ids: Sequence[int], exclusion_id: int | None) -> None:
    if idea_ids:
        own_row = sa.and_(_VOTE.c.participant_id == participant_id, _VOTE.c.idea_id == sa.bindparam("idea"))
        mark = sa.update(_VOTE).where(own_row).values(excluded_by_id=exclusion_id)
        db.session.execute(mark, [{"idea": one} for one in idea_ids])


def _move(votes: Counter[tuple[int, int]]) -> None:
    """Move the tallies by these numbers of votes: (idea id, value) -> how many more."""
    changes = {idea_id: dict.fromkeys(COUNTERS.values(), 0) for idea_id in sorted({idea_id for idea_id, _v in votes})}
    for (idea_id, value), n in votes.items():
        changes[idea_id][COUNTERS[value]] += n
    move_tallies(changes)
    db.session.expire_all()
