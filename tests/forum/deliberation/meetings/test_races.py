"""Two people at once, and a member's two devices."""

from __future__ import annotations

from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.deliberation.council.models import Seat
from forum.deliberation.council.services import end_seat
from forum.deliberation.meetings.models import AttendanceWay, Choice, CouncilMeeting, CouncilMinutes, Motion
from forum.deliberation.meetings.queries import present_at
from forum.deliberation.meetings.services import arrive, cast_ballot, close_meeting, close_motion, sign_minutes
from forum.people.accounts.models import Account
from tests.forum.deliberation.meetings.scene import meeting_under_way
from tests.races import at_once


def voting(motion_id, account_id, choice):
    def act():
        cast_ballot(db.session.get_one(Motion, motion_id), db.session.get_one(Account, account_id), choice)

    return act


def closing(motion_id, account_id):
    def act():
        close_motion(db.session.get_one(Motion, motion_id), db.session.get_one(Account, account_id), seen=1)

    return act


def test_two_members_vote_at_once_and_both_count(app, make):
    scene = meeting_under_way(make)
    motion = make.motion(scene.item)
    ids = [one.id for one in scene.members[:2]]
    assert at_once(app, [voting(motion.id, one, Choice.YES) for one in ids]) == [None, None]
    assert len(motion.ballots) == 2


def test_two_devices_of_a_member_cast_one_ballot(app, make):
    scene = meeting_under_way(make)
    motion, member = make.motion(scene.item), scene.members[0].id
    results = at_once(app, [voting(motion.id, member, choice) for choice in (Choice.YES, Choice.NO)])
    assert sorted(type(one) for one in results if one is not None) == [WrongState]
    assert [one.revision for one in motion.ballots] == [1]


def test_a_double_click_is_one_ballot(app, make):
    scene = meeting_under_way(make)
    motion, member = make.motion(scene.item), scene.members[0].id
    assert at_once(app, [voting(motion.id, member, Choice.YES)] * 2) == [None, None]
    assert [one.revision for one in motion.ballots] == [1]


def test_a_motion_is_closed_once_and_counts_every_ballot_that_it_holds(app, make):
    scene = meeting_under_way(make)
    motion, secretary = make.motion(scene.item), scene.secretary.id
    acts = [closing(motion.id, secretary)] * 2 + [voting(motion.id, scene.members[0].id, Choice.YES)]
    first, second, vote = at_once(app, acts)
    assert [type(one) for one in (first, second) if one is not None] == [WrongState]
    assert len(motion.ballots) == (vote is None)


def test_a_seat_that_ends_while_its_member_votes_leaves_no_ballot(app, make):
    scene = meeting_under_way(make)
    motion, seat, admin = make.motion(scene.item), scene.seats[2], make.admin().id
    seat_id, member = seat.id, seat.account_id

    def ending():
        end_seat(db.session.get_one(Seat, seat_id), db.session.get_one(Account, admin), "사임", seen=1)

    ended, _voted = at_once(app, [ending, voting(motion.id, member, Choice.YES)])
    assert ended is None
    assert motion.ballots == []


def test_a_member_who_arrives_on_two_devices_is_there_once(app, make):
    scene = meeting_under_way(make, n_present=0)
    meeting_id, seat_id, member = scene.meeting.id, scene.seats[0].id, scene.members[0].id

    def coming():
        seat = db.session.get_one(Seat, seat_id)
        actor = db.session.get_one(Account, member)
        arrive(db.session.get_one(CouncilMeeting, meeting_id), actor, seat, AttendanceWay.ONLINE)

    assert at_once(app, [coming, coming]) == [None, None]
    assert len(present_at(meeting_id)) == 1


def test_both_chairs_sign_at_once(app, make):
    scene = meeting_under_way(make)
    close_meeting(scene.meeting, scene.secretary, seen=1)
    meeting_id = scene.meeting.id

    def signing(account_id):
        def act():
            sign_minutes(
                db.session.get_one(CouncilMinutes, meeting_id), db.session.get_one(Account, account_id), seen=1
            )

        return act

    results = at_once(app, [signing(one.id) for one in scene.members[:2]])
    assert [type(one) for one in results if one is not None] == [WrongState]
    minutes = db.session.get_one(CouncilMinutes, meeting_id)
    assert (minutes.published_at, minutes.revision) == (None, 2)
