from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint.models import ActionKind, JointMove, JointState
from forum.deliberation.joint.step import GRACE, step_of_room, takes_now
from tests.forum.deliberation.rooms.test_views import hold


def stand(session, position, ago=timedelta(minutes=2), number=1):
    """Let a session stand at a step that began some time ago."""
    moved_at = clock.now() - ago - timedelta(seconds=3)
    move = {"session_id": session.id, "number": number, "position": position, "moved_by_id": session.host_id}
    db.session.add(JointMove(**move, moved_at=moved_at, begins_at=moved_at + timedelta(seconds=3)))
    db.session.flush()


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING", join_code="12345678")


def test_the_page_of_a_room_by_itself_has_no_step(client, make, room):
    guest = make.guest()
    make.entry(room, guest)
    assert 'id="room-step"' not in hold(client, guest).get(f"/gatherings/{room.id}/room").text
    make.joint_session([room], state="PLANNED")
    assert step_of_room(room) is None


@pytest.mark.parametrize(("position", "sentence", "part"), [(1, "들어 주세요", ""), (3, "여러 개 써도", "write")])
def test_the_page_shows_the_present_step_and_marks_its_part(client, make, room, position, sentence, part):
    session, guest = make.joint_session([room]), make.guest()
    make.entry(room, guest)
    stand(session, position)
    page = hold(client, guest).get(f"/gatherings/{room.id}/room").text
    assert sentence in page
    assert ('class="panel room-part is-now" id="write"' in page) == (part == "write")
    assert f'data-begins="{step_of_room(room).begins}"' in page


def test_before_the_first_step_the_page_says_that_it_begins_soon(client, make, room):
    make.joint_session([room])
    guest = make.guest()
    make.entry(room, guest)
    assert "곧 시작해요" in hold(client, guest).get(f"/gatherings/{room.id}/room").text


def test_a_move_that_begins_in_a_moment_is_not_shown_yet(make, room):
    session = make.joint_session([room])
    stand(session, 3)
    stand(session, 5, -timedelta(seconds=2), number=2)
    found = step_of_room(room)
    assert (found.move, found.step.position, found.part) == (2, 3, "write")


@pytest.mark.parametrize(
    ("position", "idea", "vote"),
    [(1, False, False), (2, True, False), (3, True, False), (4, False, True), (5, False, True), (6, False, False)],
)
def test_each_step_takes_its_own(make, room, position, idea, vote):
    stand(make.joint_session([room]), position)
    assert (takes_now(room, ActionKind.IDEA), takes_now(room, ActionKind.VOTE)) == (idea, vote)


def test_what_is_under_way_while_the_step_changes_counts_for_the_one_before(make, room):
    session = make.joint_session([room])
    assert takes_now(room, ActionKind.VOTE), "before the first step"
    stand(session, 3)
    stand(session, 5, GRACE / 2, number=2)
    assert takes_now(room, ActionKind.IDEA)
    assert takes_now(room, ActionKind.VOTE)


def test_outside_of_a_running_session_everything_is_taken(make, room):
    session = make.joint_session([room])
    stand(session, 1)
    assert not takes_now(room, ActionKind.IDEA)
    session.state, session.finished_at = JointState.FINISHED, clock.now()
    db.session.flush()
    assert takes_now(room, ActionKind.IDEA)
