from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote
from tests.forum.publication.digests.collecting.told import content_of, told_world


@pytest.fixture
def told(make):
    return told_world(make)


def test_the_numbers_equal_a_recount(told):
    content = content_of(told.campaign)
    open_here = sa.and_(Idea.campaign_id == told.campaign.id, Idea.state == IdeaState.OPEN)
    votes = sa.select(sa.func.count(Vote.value)).join(Idea, Idea.id == Vote.idea_id).where(open_here)
    counts = content.counts
    assert counts["ideas"] == db.session.scalar(sa.select(sa.func.count(Idea.id)).where(open_here)) == 6
    assert counts["votes"] == db.session.scalar(votes) == 5
    assert (counts["voters"], counts["comments"]) == (3, 1)
    assert (counts["clustered"], counts["unthemed"], counts["without_body"]) == (5, 1, 1)
    assert (counts["themes"], counts["referrals"], counts["answered"], counts["promised"]) == (1, 1, 1, 1)
    assert content.period_counts == {"ideas": 6, "votes": 5, "comments": 1, "answers": 1}
    json.dumps(content.as_dict(), default=str)
