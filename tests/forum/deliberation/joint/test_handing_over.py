from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.grants import WrongCode, take_over
from forum.deliberation.joint.handing_over import hand_over_session
from forum.deliberation.joint.models import JointMove, JointSession
from forum.deliberation.joint.moves import move_to
from forum.deliberation.joint.queries import rooms_in
from forum.people.accounts.models import Account
from forum.people.accounts.services import revoke_role
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice, OutboxMail
from tests.races import at_once, changed_meanwhile


def codes(session):
    return [one.code for one in codes_of(session, rooms_in(session.id))]


def test_the_host_hands_a_session_to_another_facilitator(make):
    session, other = make.joint_session(state="PLANNED"), make.facilitator()
    first = session.host
    assert hand_over_session(session, first, f"  {other.email.upper()} ", 1) is other
    assert (session.host, session.revision) == (other, 2)
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "joint.hand_over")).one()
    assert (entry.actor_id, entry.before, entry.after["host"]) == (first.id, {"host": first.id}, other.id)
    told = db.session.scalars(
        sa.select(Notice.account_id).where(Notice.kind == "joint.handed_over").order_by(Notice.id)
    )
    assert list(told) == [other.id, first.id]
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    assert mail.recipient == other.email
    assert f"/joint/{session.id}" in mail.body
    with pytest.raises(Forbidden):
        hand_over_session(session, first, first.email, 2)


def test_it_is_handed_over_while_it_runs_and_the_new_host_moves_it(make):
    session, other = make.joint_session(), make.facilitator()
    first = session.host
    hand_over_session(session, first, other.email, 1)
    with pytest.raises(Forbidden):
        move_to(session, 2, first, seen=0)
    assert move_to(session, 2, other, seen=0).moved_by_id == other.id


def test_the_online_room_goes_with_it_and_other_rooms_of_the_host_stay(make):
    host, other = make.facilitator(), make.facilitator()
    own = make.gathering(host, "RUNNING")
    online = make.gathering(host, "RUNNING", campaign=own.campaign)
    session = make.joint_session([own], host=host)
    make.joint_room(session, online, is_online=True)
    hand_over_session(session, host, other.email, 1)
    assert (online.organiser_id, own.organiser_id) == (other.id, host.id)


def test_the_hosts_code_and_device_end_and_those_of_the_rooms_stay(make):
    session, other = make.joint_session(), make.facilitator()
    host_code, room_code = codes(session)
    by_host, _secret = take_over(session, host_code)
    by_room, _secret = take_over(session, room_code)
    hand_over_session(session, session.host, other.email, 1)
    assert (by_host.revoked_at is None, by_room.revoked_at is None) == (False, True)
    assert codes(session)[1] == room_code
    with pytest.raises(WrongCode):
        take_over(session, host_code)
    take_over(session, codes(session)[0])
    hand_over_session(session, other, make.facilitator().email, 2)
    assert host_code not in codes(session)  # the third host's is not the first one's either


def test_only_a_facilitator_who_may_take_part_becomes_host(make):
    session, role_lost = make.joint_session(), make.facilitator()
    revoke_role(role_lost, make.admin())
    unfit = [make.citizen(), make.analyst(), make.facilitator(confirmed=False), session.host, role_lost]
    for email in [one.email for one in unfit] + ["nobody@example.org", "no address", ""]:
        with pytest.raises(InvalidInput) as refused:
            hand_over_session(session, session.host, email, 1)
        assert set(refused.value.errors) == {"facilitator"}


def test_an_admin_hands_over_only_for_who_has_left(make):
    session, admin, other = make.joint_session(), make.admin(), make.facilitator()
    with pytest.raises(Forbidden):
        hand_over_session(session, admin, other.email, 1)
    revoke_role(session.host, admin)
    hand_over_session(session, admin, other.email, 1)
    assert session.host_id == other.id


@pytest.mark.parametrize("state", ["FINISHED", "CANCELLED"])
def test_what_has_ended_is_not_handed_over(make, state):
    session = make.joint_session(state=state)
    with pytest.raises(WrongState):
        hand_over_session(session, session.host, make.facilitator().email, 1)


def test_a_page_that_is_out_of_date_hands_nothing_over(make):
    session = make.joint_session()
    host = session.host
    with pytest.raises(WrongState):
        hand_over_session(session, host, make.facilitator().email, 9)
    assert session.host is host


def test_the_permission_is_asked_again_under_the_lock(make):
    session, other = make.joint_session(), make.facilitator()
    first = session.host
    changed_meanwhile(session, host_id=other.id)
    with pytest.raises(Forbidden):
        hand_over_session(session, first, make.facilitator().email, 1)


def test_of_two_presses_at_once_one_counts(app, make):
    session, one, other = make.joint_session(), make.facilitator(), make.facilitator()
    host_id, session_id, emails = session.host_id, session.id, [one.email, other.email]

    def act(email):
        def hand_over():
            found = db.session.get_one(JointSession, session_id)
            hand_over_session(found, db.session.get_one(Account, host_id), email, 1)

        return hand_over

    results = at_once(app, [act(email) for email in emails])
    assert sorted(result is None for result in results) == [False, True]
    assert isinstance(next(result for result in results if result), Forbidden | WrongState)
    done = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "joint.hand_over")).one()
    assert db.session.get_one(JointSession, session_id).host_id == done.after["host"]


def test_a_move_and_a_handing_over_at_once_leave_one_host(app, make):
    session, other = make.joint_session(), make.facilitator()
    host_id, session_id, email = session.host_id, session.id, other.email

    def loaded():
        return db.session.get_one(JointSession, session_id), db.session.get_one(Account, host_id)

    def move():
        found, host = loaded()
        move_to(found, 2, host, seen=0)

    def hand_over():
        found, host = loaded()
        hand_over_session(found, host, email, 1)

    moved, handed = at_once(app, [move, hand_over])
    assert handed is None
    assert moved is None or isinstance(moved, Forbidden)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JointMove)) == (1 if moved is None else 0)


# in the browser


def test_the_old_host_is_out_at_the_next_request(client, new_client, make):
    session, other = make.joint_session(), make.facilitator()
    first, second = client.login(session.host), new_client().login(other)
    page = first.get(f"/joint/{session.id}").text
    assert f"/joint/{session.id}/hand-over" in page
    assert 'name="seen" value="1"' in first.get(f"/joint/{session.id}/hand-over").text
    assert second.get(f"/joint/{session.id}/host").status_code == 403
    data = {"facilitator": other.email, "seen": 1}
    done = first.post(f"/joint/{session.id}/hand-over", data=data)
    assert (done.status_code, done.headers["Location"]) == (303, f"/joint/{session.id}")
    for path in ("host", "codes", "edit", "cancel", "hand-over"):
        assert first.get(f"/joint/{session.id}/{path}").status_code == 403
    assert first.post(f"/joint/{session.id}/moves", data={"seen": 0, "position": 1}).status_code == 403
    assert f"/joint/{session.id}/hand-over" not in first.get(f"/joint/{session.id}").text
    assert second.post(f"/joint/{session.id}/moves", data={"seen": 0, "position": 1}).status_code == 303


def test_what_is_wrong_stays_in_the_form(client, make):
    session = make.joint_session()
    data = {"facilitator": "nobody@example.org", "seen": 1}
    page = client.login(session.host).post(f"/joint/{session.id}/hand-over", data=data)
    assert page.status_code == 400
    assert "nobody@example.org" in page.text
    page = client.post(f"/joint/{session.id}/hand-over", data=data | {"seen": 9})
    assert page.status_code == 409
    assert 'name="seen" value="1"' in page.text
