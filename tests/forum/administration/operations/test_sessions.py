"""`flask forum check` finds what does not agree in a joint session. Each test plants one error."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.sessions import SESSION_CHECKS
from forum.core.extensions import db
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.grants import take_over
from forum.deliberation.joint.models import JointGrant, JointMove, JointSession
from forum.deliberation.joint.moves import move_to
from tests.unguarded import switch_triggers_off


@pytest.fixture
def session(make):
    """A running session that was moved twice, with a device that took over its host's role."""
    made = make.joint_session()
    take_over(made, codes_of(made, [])[0].code)
    move_to(made, 1, made.host, seen=0)
    move_to(made, 3, made.host, seen=1)
    return made


def differences():
    return [line for check in SESSION_CHECKS for line in check().differences]


def test_what_services_wrote_agrees(session):
    assert differences() == []
    assert sum(check().n_checked for check in SESSION_CHECKS) == 4


def test_a_gap_in_the_moves_is_found(session):
    switch_triggers_off("joint_move")
    db.session.execute(sa.update(JointMove).where(JointMove.number == 2).values(number=3))
    assert len(differences()) == 1


def test_moves_out_of_the_order_of_time_are_found(session):
    switch_triggers_off("joint_move")
    first = db.session.get_one(JointMove, (session.id, 1))
    earlier = first.moved_at.replace(year=2020)
    db.session.execute(sa.update(JointMove).where(JointMove.number == 2).values(moved_at=earlier))
    assert len(differences()) == 1


def test_a_running_session_without_a_step_is_found(make):
    make.joint_session()
    assert len(differences()) == 1


def test_an_open_room_of_a_finished_session_is_found(make):
    make.joint_session([make.gathering(state="RUNNING")], state="FINISHED")
    assert len(differences()) == 1


def test_a_device_after_the_end_is_found(session, make):
    db.session.execute(
        sa.update(JointSession).values(state="CANCELLED", cancelled_at=session.started_at, cancel_reason="큰비")
    )
    assert len(differences()) == 1


def test_two_devices_in_one_role_are_found(session):
    db.session.execute(sa.text("DROP INDEX uq_joint_grant_host"))
    db.session.add(JointGrant(session_id=session.id, secret_hash="0" * 64))
    db.session.flush()
    found = differences()
    db.session.rollback()
    assert len(found) == 1
