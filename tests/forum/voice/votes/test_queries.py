from __future__ import annotations

import pytest

from forum.core.access import ANONYMOUS
from forum.core.errors import InvalidInput
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.queries import next_unvoted, unvoted_page, votes_beside


def ids(page):
    return [idea.id for idea in page.ideas]


@pytest.fixture
def campaign(make):
    return make.campaign()


def test_ideas_with_the_fewest_votes_come_first_and_of_two_the_older_one(make, campaign):
    often, once, never, never_too = (make.idea(campaign) for _ in range(4))
    for idea, n in ((often, 3), (once, 1)):
        for _ in range(n):
            make.vote(idea, value=-1)
    found = unvoted_page(campaign, make.citizen(), "", 10)
    assert ids(found) == [never.id, never_too.id, once.id, often.id]
    assert found.next_cursor == ""


def test_ones_own_ideas_are_not_offered_for_a_vote_but_imported_ones_are(make, campaign):
    author = make.citizen()
    own, other = make.idea(campaign, author), make.idea(campaign)
    imported = make.idea(campaign, external_id="seoul-1")
    assert ids(unvoted_page(campaign, author, "", 10)) == [other.id, imported.id]
    assert next_unvoted(imported, author) == other
    assert votes_beside(campaign, [own.id], author).voter_id == author.participant_id


def test_what_one_voted_on_is_left_out_and_cleared_votes_come_back(make, campaign):
    voter, voted, passed, left = make.citizen(), make.idea(campaign), make.idea(campaign), make.idea(campaign)
    make.vote(voted, voter)
    make.vote(passed, voter, value=0)
    make.vote(left)
    assert ids(unvoted_page(campaign, voter, "", 10)) == [left.id]
    assert len(ids(unvoted_page(campaign, ANONYMOUS, "", 10))) == 3


def test_only_open_ideas_of_this_forum_wait_for_a_vote(make, campaign):
    make.idea(make.campaign())
    target = make.idea(campaign)
    for state in (IdeaState.WITHDRAWN, IdeaState.HIDDEN):
        make.idea(campaign, state=state)
    make.idea(campaign, state=IdeaState.MERGED, merged_into_id=target.id)
    assert ids(unvoted_page(campaign, make.citizen(), "", 10)) == [target.id]


def test_pages_follow_each_other_without_gap_or_repeat(make, campaign):
    made, author, people = [], make.citizen(), [make.citizen() for _ in range(2)]
    for n in range(11):
        idea = make.idea(campaign, author)
        made.append(idea.id)
        for person in people[: n % 3]:
            make.vote(idea, person)
    seen, cursor = [], ""
    while True:
        page = unvoted_page(campaign, ANONYMOUS, cursor, 3)
        seen += ids(page)
        cursor = page.next_cursor
        if not cursor:
            break
    assert sorted(seen) == made
    assert seen != made


@pytest.mark.parametrize("cursor", ["x", "1", "1-", "-1-2", "1-2-3", "１-2", "9" * 30 + "-1"])
def test_a_forged_cursor_is_refused(campaign, cursor):
    with pytest.raises(InvalidInput):
        unvoted_page(campaign, ANONYMOUS, cursor, 3)


def test_the_next_one_to_vote_on_is_another_one(make, campaign):
    voter, here, other = make.citizen(), make.idea(campaign), make.idea(campaign)
    assert next_unvoted(here, voter).id == other.id
    make.vote(other, voter)
    assert next_unvoted(here, voter) is None


def test_votes_beside_a_list_come_in_one_query_and_cost_visitors_none(make, campaign, count_queries):
    voter, ideas = make.citizen(), [make.idea(campaign) for _ in range(5)]
    make.vote(ideas[0], voter)
    wanted = [idea.id for idea in ideas]
    _ = campaign.phases, voter.participant
    found = []
    assert count_queries(lambda: found.append(votes_beside(campaign, wanted, voter))) <= 1
    assert count_queries(lambda: found.append(votes_beside(campaign, wanted, ANONYMOUS))) == 0
    assert (found[0].own, found[0].may_vote, found[0].may_after_sign_in) == ({ideas[0].id: 1}, True, False)
    assert (found[1].own, found[1].may_vote, found[1].may_after_sign_in) == ({}, False, True)
