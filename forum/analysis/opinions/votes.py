"""Read a campaign's votes as the sparse matrices that `nlp.opinion` takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.integrity.queries import open_exclusion_ids
from forum.voice.votes.models import Vote, VoteEvent

if TYPE_CHECKING:
    import numpy as np

ROWS_AT_A_TIME = 50_000


@dataclass(frozen=True)
class CampaignVotes:
    """The votes on a campaign's open ideas at one moment, a row for each.

    :param exclusion_ids: of the exclusions in force, ascending: those whose votes are left out, or are in on purpose
    :param idea_ids: (n_ideas,) ascending, all open ideas
    :param participant_ids: (n_people,) ascending, those with a vote; `birth_years` (0 unknown) and `regions` beside
    :param person: (n_votes,) position among the people; `idea` among the ideas
    :param value: (n_votes,) 1, 0 or -1
    :param shown: (n_votes,) probability with which the idea was shown, NaN where it is unknown
    """

    cut_at: datetime
    last_event_id: int
    exclusion_ids: list[int]
    idea_ids: np.ndarray[Any, Any]
    participant_ids: np.ndarray[Any, Any]
    birth_years: np.ndarray[Any, Any]
    regions: tuple[str, ...]
    person: np.ndarray[Any, Any]
    idea: np.ndarray[Any, Any]
    value: np.ndarray[Any, Any]
    shown: np.ndarray[Any, Any]


def read_votes(campaign_id: int, with_excluded: bool = False) -> CampaignVotes:
    """Return the votes that count: on open ideas, by people whose account is open and waits for no guardian.

    :param with_excluded: those too that a moderator has excluded, to tell what the results would be
    """
    import numpy as np  # belongs into the worker, not into every web process

    cut_at = clock.now()
    last_event_id = db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(VoteEvent.id), 0))) or 0
    exclusion_ids = open_exclusion_ids(campaign_id)  # first: what comes meanwhile is a reason for the next snapshot
    counts = sa.true() if with_excluded else Vote.excluded_by_id.is_(None)
    is_open = sa.and_(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
    idea_ids = np.array(db.session.scalars(sa.select(Idea.id).where(is_open).order_by(Idea.id)).all(), dtype=np.int64)
    columns = _columns(
        sa.select(Vote.participant_id, Vote.idea_id, Vote.value, Vote.shown_probability)
        .join(Idea, Idea.id == Vote.idea_id)
        .join(Participant, Participant.id == Vote.participant_id)
        .outerjoin(Account, Account.id == Participant.account_id)
        .where(is_open, counts, sa.or_(Account.id.is_(None), sa.and_(Account.active, ~Account.waits_for_consent)))
    )
    participant_ids, person = np.unique(columns[0], return_inverse=True)
    birth_years, regions = _about(campaign_id, participant_ids)
    return CampaignVotes(
        cut_at=cut_at,
        last_event_id=last_event_id,
        exclusion_ids=exclusion_ids,
        idea_ids=idea_ids,
        participant_ids=participant_ids,
        birth_years=birth_years,
        regions=regions,
        person=person,
        idea=np.searchsorted(idea_ids, columns[1]),
        value=columns[2],
        shown=columns[3],
    )


def _columns(query: sa.Select[*tuple[Any, ...]]) -> list[Any]:
    """Return participant ids, idea ids, values and probabilities, read in parts: a campaign may have millions."""
    import numpy as np

    parts: list[list[Any]] = [[], [], [], []]
    kinds = (np.int64, np.int64, np.int8, np.float64)
    result = db.session.execute(query, execution_options={"yield_per": ROWS_AT_A_TIME})
    for rows in result.partitions():
        for part, column, kind in zip(parts, zip(*rows, strict=True), kinds, strict=True):
            part.append(np.array(column, dtype=kind))  # None becomes NaN
    return [np.concatenate(part) if part else np.zeros(0, dtype=k) for part, k in zip(parts, kinds, strict=True)]


def _about(campaign_id: int, participant_ids: Any) -> tuple[Any, tuple[str, ...]]:
    """Return years of birth, 0 where unknown, and region codes, "" where untold, in the order of the people."""
    import numpy as np

    query = (
        sa.select(Participant.id, Account.birth_year, Account.region_code)
        .join(Account, Account.id == Participant.account_id)
        .where(
            sa.exists().where(
                Vote.participant_id == Participant.id, Vote.idea_id == Idea.id, Idea.campaign_id == campaign_id
            )
        )
    )
    known = {row.id: (row.birth_year or 0, row.region_code or "") for row in db.session.execute(query)}
    about = [known.get(int(one), (0, "")) for one in participant_ids]
    return np.array([year for year, _region in about], dtype=np.int64), tuple(region for _year, region in about)
