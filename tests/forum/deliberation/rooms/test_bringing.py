from __future__ import annotations

import pytest

from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.deliberation.rooms.bringing import bring_idea, take_idea_back
from forum.deliberation.rooms.models import RoomIdeaWay
from forum.deliberation.rooms.queries import rooms_of
from forum.deliberation.rooms.results import table_of
from forum.deliberation.rooms.room import vote_in_room
from forum.people.passes.actor import guest_of
from forum.voice.ideas.models import IdeaState


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING")


def test_a_brought_idea_is_talked_about_here_and_was_not_born_here(make, room):
    idea = make.idea(room.campaign)
    placed = bring_idea(room, make.helper(room), idea.id)
    assert (placed.number, placed.way) == (1, RoomIdeaWay.BROUGHT)
    assert rooms_of([idea.id]) == {}


@pytest.mark.parametrize("which", ["none", "foreign", "missing", "hidden", "withdrawn"])
def test_only_open_ideas_of_the_campaign_are_brought(make, room, which):
    idea_id = {
        "none": lambda: None,
        "foreign": lambda: make.idea().id,
        "missing": lambda: 999_999,
        "hidden": lambda: make.idea(room.campaign, state=IdeaState.HIDDEN).id,
        "withdrawn": lambda: make.idea(room.campaign, state=IdeaState.WITHDRAWN).id,
    }[which]()
    with pytest.raises(InvalidInput):
        bring_idea(room, room.organiser, idea_id)


def test_it_is_brought_once_and_not_without_end(make, room, monkeypatch):
    idea = make.idea(room.campaign)
    bring_idea(room, room.organiser, idea.id)
    with pytest.raises(WrongState, match="벌써"):
        bring_idea(room, room.organiser, idea.id)
    monkeypatch.setattr("forum.deliberation.rooms.bringing.MAX_BROUGHT", 1)
    with pytest.raises(WrongState, match="1개까지"):
        bring_idea(room, room.organiser, make.idea(room.campaign).id)


def test_it_goes_back_until_somebody_in_the_room_has_voted(make, room):
    idea, other = make.room_idea(room), make.room_idea(room)
    make.vote(idea, make.citizen())  # elsewhere in the forum
    take_idea_back(room, room.organiser, idea.id)
    vote_in_room(room, guest_of(make.entry(room).guest_pass), other.id, 1)
    with pytest.raises(WrongState, match="투표"):
        take_idea_back(room, room.organiser, other.id)
    assert [row.idea_id for row in table_of(room)] == [other.id]


def test_what_was_written_here_stays(make, room):
    idea = make.room_idea(room, make.entry(room))
    with pytest.raises(WrongState):
        take_idea_back(room, room.organiser, idea.id)
    with pytest.raises(NotFound):
        take_idea_back(room, room.organiser, make.idea().id)


def test_others_set_no_table_and_nobody_after_the_end(make, room):
    idea = make.idea(room.campaign)
    for actor in (make.facilitator(), make.citizen(), make.analyst()):
        with pytest.raises(Forbidden):
            bring_idea(room, actor, idea.id)
    over = make.gathering(state="FINISHED", campaign=room.campaign)
    with pytest.raises(WrongState):
        bring_idea(over, over.organiser, idea.id)
