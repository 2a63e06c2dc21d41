from __future__ import annotations

import pytest

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.meetings.models import Choice, CouncilMinutesState, MeetingState
from forum.deliberation.meetings.services import (
    cast_ballot,
    close_meeting,
    close_motion,
    edit_minutes,
    leave,
    record_dissent,
    sign_minutes,
)
from forum.deliberation.meetings.writing import missing_signatures
from forum.people.accounts.models import CouncilSeat
from forum.system.notices.models import Notice
from tests.forum.deliberation.meetings.scene import approval, meeting_under_way, offered

DRAFT, PUBLISHED = CouncilMinutesState.DRAFT, CouncilMinutesState.PUBLISHED


@pytest.fixture
def scene(make):
    return meeting_under_way(make, n_present=4)


@pytest.fixture
def minutes(scene):
    return close_meeting(scene.meeting, scene.secretary, seen=1)


def test_the_draft_says_what_happened(make, scene):
    yes_or_no, choosing = make.motion(scene.item), approval(make, scene)
    for member, choice in zip(scene.members, (Choice.YES, Choice.YES, Choice.YES, Choice.NO), strict=False):
        cast_ballot(yes_or_no, member, choice)
        cast_ballot(choosing, member, approved=[offered(choosing)[0].id])
    close_motion(yes_or_no, scene.secretary, seen=1)
    close_motion(choosing, scene.secretary, seen=1)
    record_dissent(yes_or_no, scene.members[3], "더 따져야 해요")
    leave(scene.meeting, scene.members[3], scene.seats[3])
    minutes = close_meeting(scene.meeting, scene.secretary, seen=1)
    assert scene.meeting.state is MeetingState.CLOSED
    for words in (
        scene.meeting.title,
        f"찬성 3명: {', '.join(one.name for one in scene.seats[:3])}",
        "가결",
        f"소수 의견 ({scene.seats[3].name}): 더 따져야 해요",
        f"1. {offered(choosing)[0].title}: 찬성 4명",
        f"{scene.seats[3].name}",
        "에 나갔어요",
        scene.seats[4].name,
    ):
        assert words in minutes.text
    assert [one["seat_id"] for one in minutes.facts["absent"]] == [scene.seats[4].id]


def test_a_meeting_with_an_open_motion_is_not_closed(make, scene):
    make.motion(scene.item)
    with pytest.raises(WrongState):
        close_meeting(scene.meeting, scene.secretary, seen=1)


def test_only_an_open_meeting_is_closed(make, scene, minutes):
    for meeting in (scene.meeting, make.meeting()):
        with pytest.raises(WrongState):
            close_meeting(meeting, scene.secretary, seen=meeting.revision)


def test_minutes_wait_for_the_other_chair(scene, minutes):
    sign_minutes(minutes, scene.members[0], seen=1)
    sign_minutes(minutes, scene.members[0], seen=1)  # a double click
    assert (minutes.state, missing_signatures(minutes)) == (DRAFT, [CouncilSeat.GOVERNMENT])
    with pytest.raises(WrongState):
        sign_minutes(minutes, scene.members[1], seen=1)
    sign_minutes(minutes, scene.members[1], seen=2)
    assert (minutes.state, missing_signatures(minutes)) == (PUBLISHED, [])
    assert db.session.query(Notice).filter_by(kind="council_minutes").count() == 5


def test_a_chairs_substitute_signs_in_their_name(make, scene, minutes):
    stand_in = make.citizen()
    scene.seats[1].substitute_name, scene.seats[1].substitute_id = "대리인", stand_in.id
    db.session.flush()
    sign_minutes(minutes, stand_in, seen=1)
    assert minutes.government_chair_id == scene.seats[1].id


def test_members_who_are_no_chair_do_not_sign(make, scene, minutes):
    for actor in (scene.members[2], scene.secretary, make.citizen()):
        with pytest.raises(Forbidden):
            sign_minutes(minutes, actor, seen=1)


def test_other_words_are_signed_again(scene, minutes):
    sign_minutes(minutes, scene.members[0], seen=1)
    edit_minutes(minutes, scene.secretary, minutes.text, seen=2)
    assert minutes.civil_chair_id is not None
    edit_minutes(minutes, scene.secretary, "고친 회의록", seen=2)
    assert (minutes.text, minutes.civil_chair_id) == ("고친 회의록", None)


def test_published_minutes_never_change(make, scene, minutes):
    for member in scene.members[:2]:
        sign_minutes(minutes, member, seen=minutes.revision)
    with pytest.raises(WrongState):
        edit_minutes(minutes, scene.secretary, "고친 회의록", seen=minutes.revision)


def test_dissent_is_recorded_until_the_minutes_are_published(make, scene):
    motion = make.motion(scene.item)
    for member, choice in zip(scene.members, (Choice.YES, Choice.YES, Choice.YES, Choice.NO), strict=False):
        cast_ballot(motion, member, choice)
    close_motion(motion, scene.secretary, seen=1)
    minutes = close_meeting(scene.meeting, scene.secretary, seen=1)
    record_dissent(motion, scene.members[3], "회의 뒤에 적어요")
    for member in scene.members[:2]:
        sign_minutes(minutes, member, seen=minutes.revision)
    with pytest.raises(WrongState):
        record_dissent(motion, scene.members[3], "늦었어요")


def test_only_the_secretariat_edits(scene, minutes):
    with pytest.raises(Forbidden):
        edit_minutes(minutes, scene.members[0], "고친 회의록", seen=1)
    with pytest.raises(InvalidInput):
        edit_minutes(minutes, scene.secretary, " ", seen=1)
    with pytest.raises(WrongState):
        edit_minutes(minutes, scene.secretary, "고친 회의록", seen=2)
