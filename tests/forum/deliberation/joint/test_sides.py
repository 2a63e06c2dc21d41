from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.joint.models import JointRoom
from forum.deliberation.joint.rooms_apart import Side
from forum.deliberation.joint.side_words import comparison_words, side_page
from forum.deliberation.joint.sides import Sides, SideVotes, ideas_of_campaign, sides_of
from forum.deliberation.rooms.models import IdeaRoom, RoomIdeaWay, RoomTally
from forum.voice.ideas.models import Idea, IdeaState


@pytest.fixture
def campaign(make):
    return make.campaign()


@pytest.fixture
def on_tables(make, campaign):
    """Return a function that puts a new idea with so many votes on the tables of finished rooms with these votes."""

    def put(all_votes: tuple[int, int, int], *rooms: tuple[int, int, int]) -> Idea:
        idea = make.idea(campaign)
        idea.tally.agree, idea.tally.disagree, idea.tally.pass_ = all_votes
        for votes in rooms:
            room_votes(idea, make.gathering(state="FINISHED", campaign=campaign), votes)
        return idea

    return put


def room_votes(idea, gathering, votes=None) -> None:
    """Put an idea on a room's table, with the room's final votes where it has ended."""
    db.session.add(
        IdeaRoom(
            gathering_id=gathering.id,
            idea_id=idea.id,
            campaign_id=gathering.campaign_id,
            number=1,
            way=RoomIdeaWay.BROUGHT,
        )
    )
    db.session.flush()
    if votes is not None:
        agree, disagree, passed = votes
        tally = RoomTally(gathering_id=gathering.id, idea_id=idea.id, agree=agree, disagree=disagree, pass_=passed)
        db.session.add(tally)
    db.session.flush()


def found_in(campaign) -> Sides:
    return sides_of(ideas_of_campaign(campaign.id))


def test_both_sides_add_up_to_the_votes_that_the_forum_states(make, campaign, on_tables):
    idea = on_tables((40, 20, 9), (7, 1, 0), (5, 2, 1))
    make.paper(make.gathering(state="FINISHED", campaign=campaign), 9, {})
    [found] = found_in(campaign).ideas
    assert (found.idea_id, found.title, found.paper) == (idea.id, idea.title, None)
    assert (found.in_rooms, found.online) == (SideVotes(12, 3, 1), SideVotes(28, 17, 8))


def test_paper_stands_beside_and_in_neither_side(make, campaign, on_tables):
    idea = on_tables((40, 20, 9), (7, 1, 0))
    gathering = db.session.scalar(sa.select(RoomTally.gathering_id).where(RoomTally.idea_id == idea.id))
    make.paper(db.session.get_one(type(make.gathering()), gathering), 9, {idea: (6, 2, 1)})
    [found] = found_in(campaign).ideas
    assert (found.paper.agree, found.paper.disagree, found.paper.pass_) == (6, 2, 1)
    assert (found.in_rooms.votes, found.online.votes) == (8, 61)
    [card] = side_page(campaign).cards
    assert card.paper == "종이로는 찬성 6표, 반대 2표, 넘김 1표예요."


def test_the_online_room_of_a_joint_session_is_online(make, campaign, on_tables):
    idea = on_tables((40, 20, 9), (7, 1, 0))
    online = make.gathering(state="FINISHED", campaign=campaign)
    session = make.joint_session([online], state="FINISHED")
    db.session.execute(sa.update(JointRoom).where(JointRoom.session_id == session.id).values(is_online=True))
    room_votes(idea, online, (5, 5, 0))
    [found] = found_in(campaign).ideas
    assert (found.in_rooms, found.online) == (SideVotes(7, 1, 0), SideVotes(33, 19, 9))


@pytest.mark.parametrize(
    ("all_votes", "rooms"),
    [
        ((40, 20, 9), [(2, 2, 0)]),  # few in the room
        ((10, 2, 0), [(7, 1, 0)]),  # few online
        ((8, 0, 0), [(8, 0, 0)]),  # none online
        ((40, 20, 9), [(9, 0, 0), (2, 1, 0)]),  # the sum without the large room, told on its page, is the small one
        ((40, 20, 9), [(9, 0, 0), (0, 0, 0)]),
        ((40, 20, 9), [(2, 0, 0), (1, 0, 0)]),
        ((5, 20, 0), [(9, 0, 0)]),  # people of the room have changed their votes since
    ],
)
def test_what_would_tell_of_a_few_people_is_left_out(campaign, on_tables, all_votes, rooms):
    on_tables(all_votes, *rooms)
    assert found_in(campaign) == Sides([], 1)


def test_small_rooms_are_told_as_a_sum_of_five_or_more(campaign, on_tables):
    on_tables((40, 20, 9), (9, 0, 0), (3, 0, 0), (0, 2, 1))
    [found] = found_in(campaign).ideas
    assert (found.in_rooms, found.online) == (SideVotes(12, 2, 1), SideVotes(28, 18, 8))


@pytest.mark.parametrize(("state", "started", "n_told"), [("RUNNING", True, 0), ("PLANNED", False, 1)])
def test_an_idea_is_left_out_while_a_room_talks_about_it(make, campaign, on_tables, state, started, n_told):
    idea = on_tables((40, 20, 9), (7, 1, 0))
    room = make.gathering(state=state, campaign=campaign)
    room_votes(idea, room)
    assert (room.started_at is not None) is started
    assert len(found_in(campaign).ideas) == n_told


def test_an_idea_that_is_not_open_is_not_told(campaign, on_tables):
    on_tables((40, 20, 9), (7, 1, 0)).state = IdeaState.HIDDEN
    db.session.flush()
    assert found_in(campaign) == Sides([], 0)
    assert side_page(campaign) is None


def test_where_the_sides_differ_stands_first_and_says_by_how_much(campaign, on_tables):
    alike = on_tables((95, 3, 0), (30, 1, 0))
    unsure = on_tables((30, 20, 0), (7, 3, 0))
    apart = on_tables((48, 42, 10), (38, 2, 0))
    first, second, third = found_in(campaign).ideas
    assert [one.idea_id for one in (first, second, third)] == [apart.id, alike.id, unsure.id]
    assert (first.is_different, second.found.side) == (True, Side.AGREE)
    assert first.difference_interval == pytest.approx((0.61, 0.87), abs=0.02)
    assert comparison_words(first).startswith("모임에서 100명마다 ")
    assert comparison_words(first).endswith("명쯤 더 찬성해요. 다르다는 것은 아주 확실해요.")
    assert comparison_words(second) == "양쪽 모두 찬성이 절반을 넘어요. 아주 확실해요."
    assert comparison_words(third) == "같은지 다른지는 아직 몰라요."


def test_more_agreement_online_is_said_so(campaign, on_tables):
    on_tables((60, 40, 0), (2, 38, 0))
    [found] = found_in(campaign).ideas
    assert comparison_words(found).startswith("온라인에서 100명마다 ")


def test_shares_of_nobody_and_of_all_have_exact_ends():
    assert SideVotes(12, 0, 0).interval(0)[0] == 0.0
    assert SideVotes(12, 0, 0).interval(12)[1] == 1.0


def test_the_page_of_common_ground_shows_both_sides(make, client, campaign, on_tables):
    path = f"/c/{campaign.slug}/common-ground"
    assert "모임에서 / 온라인에서" not in client.get(path).text
    on_tables((40, 20, 9), (2, 1, 0))
    db.session.commit()
    assert "견줄 수 있는 제안이 아직 없어요" in client.get(path).text
    idea = on_tables((48, 42, 10), (38, 2, 0))
    snapshot = make.snapshot(campaign, [idea])
    db.session.commit()
    page = client.get(path).text
    assert "모임에서는 거의 모두, 온라인에서는 10명 가운데 2명쯤 찬성했어요." in page
    assert "<script>alert" not in page
    assert "제안 1건 가운데 1건에서 뚜렷이 달랐어요." in page
    assert "모임에서 / 온라인에서" in client.get(f"{path}/{snapshot.number}").text
    snapshot.is_current = False
    db.session.commit()
    assert "모임에서 / 온라인에서" not in client.get(f"{path}/{snapshot.number}").text
