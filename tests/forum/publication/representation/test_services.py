from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.people.accounts.models import RoleGrant
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.publication.representation.services import count_participants, store_counts
from forum.publication.representation.tasks import count_all
from forum.voice.ideas.models import CommentState, IdeaState


def ages(campaign) -> dict[str, int]:
    db.session.flush()
    return dict(count_participants(campaign.id)[Dimension.AGE])


def stored(campaign) -> dict[tuple[str, str], int]:
    rows = db.session.scalars(sa.select(ParticipantCount).where(ParticipantCount.campaign_id == campaign.id))
    return {(row.dimension.value, row.code): row.people for row in rows}


def born(years: int) -> int:
    return clock.today().year - years


def test_who_proposed_voted_or_commented_counts_once(make):
    idea = make.idea(author=make.citizen(birth_year=born(34), region_code="26"))
    both = make.citizen(birth_year=born(9))
    make.vote(idea, both)
    make.comment(idea, both)
    make.comment(idea, make.citizen(birth_year=None))
    make.vote(make.idea(make.campaign()), make.citizen(birth_year=born(50)))
    db.session.flush()
    counts = count_participants(idea.campaign_id)
    assert counts[Dimension.AGE] == {"30": 1, "10": 1, "": 1}
    assert counts[Dimension.REGION] == {"26": 1, "": 2}


def test_staff_the_departed_and_what_is_out_of_sight_do_not_count(make):
    campaign = make.campaign()
    departed, promoted, child = make.citizen(), make.citizen(), make.child(waits_for_consent=False)
    idea = make.idea(campaign, author=departed)
    make.vote(idea, promoted)
    make.vote(idea, child)
    assert sum(ages(campaign).values()) == 3
    departed.active, child.waits_for_consent = False, True
    db.session.add(RoleGrant(account_id=promoted.id, role=Role.ANALYST))
    make.comment(idea, make.citizen(), state=CommentState.HIDDEN)
    make.idea(campaign, state=IdeaState.WITHDRAWN)
    assert ages(campaign) == {}


def test_the_daily_task_counts_each_campaign_once_a_day(make):
    idea = make.idea(author=make.citizen(birth_year=born(70), region_code="11"))
    empty = make.campaign()
    db.session.commit()
    assert count_all() == 2
    assert stored(idea.campaign) == {("AGE", "70"): 1, ("REGION", "11"): 1}
    assert stored(empty) == {("AGE", ""): 0, ("REGION", ""): 0}
    assert count_all() == 0


@pytest.mark.parametrize(("came", "shown"), [(4, 1), (5, 6)])
def test_the_figures_stay_until_enough_people_came(make, came, shown):
    """Otherwise the difference of two days would tell the age of the one person who came between them."""
    idea = make.idea(author=make.citizen(birth_year=born(41)))
    db.session.commit()
    count_all()
    for _n in range(came):
        make.vote(idea, make.citizen(birth_year=born(41)))
    db.session.commit()
    assert count_all() == 0
    with clock.at(clock.now() + timedelta(days=1)):
        assert count_all() == (shown > 1)
        assert count_all() == 0
    assert stored(idea.campaign)["AGE", "40"] == shown


def test_a_second_worker_leaves_what_the_first_has_stored(make):
    idea = make.idea()
    db.session.flush()
    counts = count_participants(idea.campaign_id)
    assert store_counts(idea.campaign_id, counts)
    assert not store_counts(idea.campaign_id, counts)
