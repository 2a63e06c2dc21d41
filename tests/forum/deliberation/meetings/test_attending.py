from __future__ import annotations

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.council.services import change_seat, forget_member
from forum.deliberation.meetings.models import AttendanceWay, MeetingState
from forum.deliberation.meetings.queries import present_at, quorum_now, stays_of
from forum.deliberation.meetings.services import arrive, leave
from tests.forum.deliberation.meetings.scene import meeting_under_way

HERE, ONLINE = AttendanceWay.IN_PERSON, AttendanceWay.ONLINE


@pytest.fixture
def scene(make):
    return meeting_under_way(make, n_present=0)


def test_a_member_arrives_once(scene):
    seat = scene.seats[0]
    assert arrive(scene.meeting, seat.account, seat, HERE) is arrive(scene.meeting, seat.account, seat, HERE)
    assert len(stays_of(scene.meeting.id)) == 1


def test_who_goes_on_by_video_has_two_stays(scene):
    seat = scene.seats[0]
    arrive(scene.meeting, seat.account, seat, HERE)
    arrive(scene.meeting, seat.account, seat, ONLINE)
    assert [one.way for one in present_at(scene.meeting.id)] == [ONLINE]
    assert len(stays_of(scene.meeting.id)) == 2


def test_members_note_only_themselves(scene):
    seat, other = scene.seats[:2]
    with pytest.raises(Forbidden):
        arrive(scene.meeting, other.account, seat, HERE)
    arrive(scene.meeting, seat.account, seat, HERE)
    with pytest.raises(Forbidden):
        leave(scene.meeting, other.account, seat)


def test_the_secretariat_notes_everybody(make, scene):
    unsigned = make.seat(scene.term, account_id=None)
    for seat in (*scene.seats[:2], unsigned):
        arrive(scene.meeting, scene.secretary, seat, HERE)
    assert quorum_now(scene.meeting).present == 3
    leave(scene.meeting, scene.secretary, unsigned)
    leave(scene.meeting, scene.secretary, unsigned)
    assert not quorum_now(scene.meeting).is_reached


def test_only_a_seat_with_a_substitute_is_stood_in_for(scene):
    with pytest.raises(InvalidInput):
        arrive(scene.meeting, scene.secretary, scene.seats[0], HERE, by_substitute=True)


def test_nobody_attends_for_two_seats(scene):
    own, other = scene.seats[:2]
    other.substitute_name, other.substitute_id = "대리인", own.account_id
    db.session.flush()
    arrive(scene.meeting, own.account, own, HERE)
    with pytest.raises(WrongState):
        arrive(scene.meeting, own.account, other, HERE, by_substitute=True)


@pytest.mark.parametrize("closes", [False, True], ids=["another stands in", "the account is closed"])
def test_who_stands_in_no_more_has_left_and_the_member_has_not(make, scene, closes):
    admin, deputy = make.account(Role.ADMIN), make.citizen()
    absent, present = scene.seats[:2]
    for seat, account in ((absent, deputy), (present, make.citizen())):
        seat.substitute_name, seat.substitute_id = "대리인", account.id
    db.session.flush()
    arrive(scene.meeting, deputy, absent, HERE, by_substitute=True)
    arrive(scene.meeting, present.account, present, HERE)
    seen = absent.revision
    if closes:
        forget_member(deputy.id, admin)
    else:
        for seat in (absent, present):
            change_seat(seat, admin, seat.name, seat.office, "새 대리인", make.citizen(), seen=seat.revision)
    assert [one.seat_id for one in present_at(scene.meeting.id)] == [present.id]
    assert absent.revision == seen + 1


def test_a_seat_that_ended_or_is_of_another_term_does_not_arrive(make, scene):
    ended = make.seat(scene.term, ended_at=clock.now(), end_reason="사임")
    for seat in (ended, make.seat()):
        with pytest.raises(WrongState):
            arrive(scene.meeting, scene.secretary, seat, HERE)


@pytest.mark.parametrize("state", [MeetingState.PLANNED, MeetingState.CLOSED])
def test_nobody_arrives_at_a_meeting_that_is_not_open(make, scene, state):
    meeting = make.meeting(scene.term, state=state)
    with pytest.raises(WrongState):
        arrive(meeting, scene.secretary, scene.seats[0], HERE)


@pytest.mark.parametrize(("role", "allowed"), [("ANALYST", True), ("ADMIN", True), ("CITIZEN", False)])
def test_who_notes_attendance(make, scene, role, allowed):
    actor, seat = make.account(Role(role)), scene.seats[0]
    if allowed:
        arrive(scene.meeting, actor, seat, HERE)
    else:
        with pytest.raises(Forbidden):
            arrive(scene.meeting, actor, seat, HERE)
    assert bool(present_at(scene.meeting.id)) is allowed
