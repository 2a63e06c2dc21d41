"""Two invented camps: all of them agree on some ideas, others divide them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.models import Account, Participant
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote, VoteEvent
from tests.factories import TALLY_COLUMN, Factories

SHARED, DIVIDING = 4, 8


@dataclass(frozen=True)
class Crowd:
    campaign: Campaign
    shared: list[Idea]
    dividing: list[Idea]
    participant_ids: list[int]


def crowd(make: Factories, n_people: int = 80, campaign: Campaign | None = None, **about: Any) -> Crowd:
    """Add people who all vote on all ideas: nine of ten as their camp does, the camps are halves.

    :param about: values of each account, `birth_year` say
    """
    campaign = campaign or make.campaign()
    shared = [make.idea(campaign, title=f"모두가 바라는 제안 {n}") for n in range(SHARED)]
    dividing = [make.idea(campaign, title=f"의견이 갈리는 제안 {n}") for n in range(DIVIDING)]
    participant_ids = people(n_people, **about)
    rng = np.random.default_rng(0)
    rows = []
    for n, participant_id in enumerate(participant_ids):
        for m, idea in enumerate([*shared, *dividing]):
            value = 1 if m < SHARED or (m % 2 == 0) == (n % 2 == 0) else -1
            rows.append((idea, participant_id, value if rng.random() < 0.9 or m < SHARED else -value))
    cast(rows)
    return Crowd(campaign, shared, dividing, participant_ids)


def people(n: int, **about: Any) -> list[int]:
    """Add citizens by plain inserts; return their participants' ids."""
    first = (db.session.scalar(sa.select(sa.func.max(Account.id))) or 0) + 1
    now = clock.now()
    rows = [
        {
            "email": f"crowd{first + i}@example.org",
            "display_name": f"시민{first + i}",
            "fs_uniquifier": f"crowd-{first + i}",
            "birth_year": 1980,
            "confirmed_at": now,
        }
        | about
        for i in range(n)
    ]
    accounts = [Account(**row) for row in rows]
    participants = [Participant(account=account) for account in accounts]
    db.session.add_all(participants)
    db.session.flush()
    return [one.id for one in participants]


def cast(rows: list[tuple[Idea, int, int]], shown: float | None = None) -> None:
    """Add votes with their events and tallies, as the service would."""
    now = clock.now()
    values = [{"idea_id": idea.id, "participant_id": who, "value": value} for idea, who, value in rows]
    db.session.execute(sa.insert(VoteEvent), [row | {"at": now} for row in values])
    db.session.execute(sa.insert(Vote), [row | {"cast_at": now, "shown_probability": shown} for row in values])
    for idea, _who, value in rows:
        column = TALLY_COLUMN[value]
        setattr(idea.tally, column, getattr(idea.tally, column) + 1)
    db.session.flush()
