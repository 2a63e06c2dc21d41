from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.joint.models import JointMove
from forum.deliberation.joint.moves import LEAD, move_to


def test_a_move_begins_for_everybody_three_seconds_later(make):
    session = make.joint_session()
    move = move_to(session, 1, session.host, seen=0)
    assert (move.number, move.position, move.begins_at - move.moved_at) == (1, 1, LEAD)


def test_of_two_who_press_at_once_the_second_is_told(make):
    session = make.joint_session()
    move_to(session, 1, session.host, seen=0)
    with pytest.raises(WrongState, match="1번째 단계"):
        move_to(session, 2, make.admin(), seen=0)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JointMove)) == 1


def test_only_the_host_and_admins_move(make):
    session = make.joint_session()
    for other in (make.facilitator(), make.analyst(), make.citizen()):
        with pytest.raises(Forbidden):
            move_to(session, 1, other, seen=0)
    move_to(session, 1, make.admin(), seen=0)


@pytest.mark.parametrize("state", ["PLANNED", "FINISHED", "CANCELLED"])
def test_a_session_that_does_not_run_is_not_moved(make, state):
    session = make.joint_session(state=state)
    with pytest.raises(WrongState):
        move_to(session, 1, session.host, seen=0)


def test_a_step_that_is_not_on_the_agenda_is_refused(make):
    session = make.joint_session()
    with pytest.raises(InvalidInput):
        move_to(session, 7, session.host, seen=0)


@pytest.mark.parametrize("statement", ["UPDATE joint_move SET position = 2", "DELETE FROM joint_move"])
def test_moves_are_kept(make, statement):
    session = make.joint_session()
    move_to(session, 1, session.host, seen=0)
    with pytest.raises(DatabaseError, match=r"kept|append"):
        db.session.execute(sa.text(statement))
