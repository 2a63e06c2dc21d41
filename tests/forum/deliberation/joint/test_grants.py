from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering, GatheringState
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.grants import WrongCode, renew_codes, take_over
from forum.deliberation.joint.models import JointGrant, JointMove, JointRoom
from forum.deliberation.joint.planning import cancel_session
from forum.deliberation.joint.queries import rooms_in
from forum.deliberation.joint.taking_part import remove_room
from forum.deliberation.rooms.models import GatheringEntry
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice


def a_session(make, **values):
    """A running session of two rooms, with its codes: the host's, then each room's."""
    one = make.gathering(state="RUNNING")
    rooms = [one, make.gathering(state="RUNNING", campaign=one.campaign)]
    session = make.joint_session(rooms, **values)
    return session, rooms, [found.code for found in codes_of(session, rooms_in(session.id))]


def grants():
    return list(db.session.scalars(sa.select(JointGrant).order_by(JointGrant.id)))


def test_every_role_has_a_code_of_its_own(make):
    session, _rooms, codes = a_session(make)
    other, _other_rooms, other_codes = a_session(make)
    assert len(set(codes + other_codes)) == 6
    assert [found.code for found in codes_of(session, rooms_in(session.id))] == codes
    assert other.nonce != session.nonce


def test_who_takes_over_ends_the_device_before(make):
    session, rooms, codes = a_session(make)
    first, _secret = take_over(session, codes[0])
    second, _secret = take_over(session, codes[0].lower().replace("-", " "))
    room, _secret = take_over(session, codes[1])
    assert (first.revoked_at is None, second.revoked_at is None, room.gathering_id) == (False, True, rooms[0].id)
    told = db.session.execute(sa.select(Notice.account_id, Notice.kind).order_by(Notice.id)).all()
    assert {kind for _account, kind in told} == {"joint.taken_over"}
    assert {account for account, _kind in told} == {session.host_id, rooms[0].organiser_id}
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.actor_id, entry.after["gathering"]) == ("joint.take_over", None, rooms[0].id)


def test_a_code_of_another_session_or_from_before_the_renewal_is_wrong(make):
    session, _rooms, codes = a_session(make)
    other, _other_rooms, _codes = a_session(make)
    for text in (codes[0] + "X", "", "AAAAA-AAAAA", "12345678", "가나다라마바사아자차"):
        with pytest.raises(WrongCode):
            take_over(session, text)
    with pytest.raises(WrongCode):
        take_over(other, codes[0])
    held, _secret = take_over(session, codes[0])
    renew_codes(session, session.host, seen=1)
    assert held.revoked_at is not None
    with pytest.raises(WrongCode):
        take_over(session, codes[0])
    with pytest.raises(Forbidden):
        renew_codes(session, make.facilitator(), seen=2)
    with pytest.raises(WrongState):
        renew_codes(session, session.host, seen=1)


@pytest.mark.parametrize("state", ["FINISHED", "CANCELLED"])
def test_there_is_nothing_to_take_over_once_it_has_ended(make, state):
    session, _rooms, codes = a_session(make, state=state)
    with pytest.raises(WrongState):
        take_over(session, codes[0])


def test_the_end_of_a_session_ends_its_devices(make):
    session, _rooms, codes = a_session(make)
    take_over(session, codes[0])
    take_over(session, codes[1])
    cancel_session(session, session.host, "큰비가 와요", seen=1)
    assert all(grant.revoked_at is not None for grant in grants())


def test_a_room_that_drops_out_takes_its_codes_with_it(make):
    session, rooms, codes = a_session(make)
    take_over(session, codes[1])
    remove_room(session, rooms[0], session.host, seen=1)
    assert grants() == []
    with pytest.raises(WrongCode):
        take_over(session, codes[1])


# in the browser


def test_a_phone_without_an_account_hosts_by_the_code(client, make):
    session, _rooms, codes = a_session(make)
    assert client.get(f"/joint/{session.id}/host").status_code in {302, 401}
    done = client.post(f"/joint/{session.id}/takeover", data={"code": codes[0]})
    assert (done.status_code, done.headers["Location"]) == (303, f"/joint/{session.id}/host")
    page = client.get(f"/joint/{session.id}/host")
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    client.post(f"/joint/{session.id}/moves", data={"seen": 0, "position": 2})
    move = db.session.scalars(sa.select(JointMove)).one()
    assert (move.position, move.moved_by_id, move.grant_id) == (2, None, grants()[0].id)
    for closed in ("edit", "codes", "cancel", "rooms"):
        assert client.get(f"/joint/{session.id}/{closed}").status_code in {302, 401}


def test_the_phone_before_is_closed_out_at_its_next_press(client, new_client, make):
    session, _rooms, codes = a_session(make)
    old, new = client, new_client()
    for phone in (old, new):
        phone.post(f"/joint/{session.id}/takeover", data={"code": codes[0]})
    assert new.post(f"/joint/{session.id}/moves", data={"seen": 0, "position": 1}).status_code == 303
    assert old.post(f"/joint/{session.id}/moves", data={"seen": 1, "position": 2}).status_code in {302, 401}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(JointMove)) == 1


def test_a_phone_runs_a_room_by_its_code_and_no_other(client, make):
    session, (one, other), codes = a_session(make)
    entry = make.entry(one, is_admitted=False)
    done = client.post(f"/joint/{session.id}/takeover", data={"code": codes[1]})
    assert done.headers["Location"] == f"/joint/{session.id}"
    assert "출석 확인" in client.get(f"/joint/{session.id}").text
    assert client.get(f"/gatherings/{one.id}/people").status_code == 200
    client.post(f"/gatherings/{one.id}/people/check-in", data={"seen": str(entry.id)})
    db.session.refresh(entry)
    assert (entry.admitted_at is not None, entry.admitted_by_id) == (True, one.organiser_id)
    act = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "rooms.check_in")).one()
    assert (act.actor_id, act.after["by_code"]) == (None, grants()[0].id)
    assert client.get(f"/gatherings/{other.id}/people").status_code == 403
    assert client.get(f"/joint/{session.id}/host").status_code == 403
    assert client.get(f"/gatherings/{one.id}/desk").status_code == 200
    assert client.get(f"/gatherings/{other.id}/desk").status_code == 403
    alive = client.post(f"/gatherings/{one.id}/alive")
    assert alive.json == {"again": True}
    assert db.session.get_one(JointRoom, one.id).seen_at is not None
    n_people = db.session.scalar(sa.select(sa.func.count()).select_from(GatheringEntry))
    done = client.post(f"/gatherings/{one.id}/finish", data={"revision": one.revision, "n_present": n_people})
    assert done.headers["Location"] == f"/gatherings/{one.id}/desk"
    assert db.session.get_one(Gathering, one.id).state is GatheringState.FINISHED


def test_a_code_tried_again_and_again_is_slowed_and_the_right_one_works_from_elsewhere(client, new_client, make):
    session, _rooms, codes = a_session(make)
    wrong = [f"AAAAA-{n:05d}".replace("0", "Z").replace("1", "Y") for n in range(70)]
    answers = [client.post(f"/joint/{session.id}/takeover", data={"code": code}) for code in wrong]
    assert {400, 429} == {answer.status_code for answer in answers}
    refused = client.post(f"/joint/{session.id}/takeover", data={"code": codes[0]})
    assert (refused.status_code, grants()) == (429, [])
    elsewhere = new_client().post(
        f"/joint/{session.id}/takeover", data={"code": codes[0]}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )
    assert elsewhere.status_code == 303


def test_codes_are_for_the_host_alone_and_kept_nowhere(client, make):
    session, _rooms, codes = a_session(make)
    page = client.login(session.host).get(f"/joint/{session.id}/codes")
    assert all(code in page.text for code in codes)
    assert "no-store" in page.headers["Cache-Control"]
    assert client.login(make.facilitator()).get(f"/joint/{session.id}/codes").status_code == 403
    client.login(session.host).post(f"/joint/{session.id}/codes", data={"seen": 1})
    assert codes[0] not in client.get(f"/joint/{session.id}/codes").text
