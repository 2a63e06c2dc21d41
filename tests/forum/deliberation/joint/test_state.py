from __future__ import annotations

import json

import pytest
from sqlalchemy.exc import OperationalError

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint import state
from forum.deliberation.joint.moves import move_to
from forum.deliberation.joint.planning import cancel_session


@pytest.fixture
def session(app, make):
    app.extensions["joint_states"].answers.clear()  # of other tests, whose sessions had the same ids
    return make.joint_session()


def test_every_screen_gets_one_answer_and_304_until_it_changes(session, client):
    first = client.get(f"/joint/{session.id}/state.json")
    said = json.loads(first.data)
    assert (said["state"], said["move"], said["step"]) == ("RUNNING", 0, None)
    again = client.get(f"/joint/{session.id}/state.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in first.headers
    assert abs(int(again.headers["X-Forum-Time"]) - state.milliseconds(clock.now())) < 60_000


def test_a_move_is_told_with_the_moment_at_which_it_begins(session, client, monkeypatch):
    monkeypatch.setattr(state, "FRESH_SECONDS", 0)
    before = client.get(f"/joint/{session.id}/state.json")
    move = move_to(session, 3, session.host, seen=0)
    db.session.commit()
    after = client.get(f"/joint/{session.id}/state.json", headers={"If-None-Match": before.headers["ETag"]})
    said = json.loads(after.data)
    assert (said["move"], said["before"], said["step"]["kind"]) == (1, 0, "WRITE")
    assert said["step"]["begins"] == state.milliseconds(move.begins_at)


def test_it_counts_the_people_who_are_checked_in_and_the_ideas_of_each_room(make):
    one, other = make.gathering(state="RUNNING"), None
    other = make.gathering(state="RUNNING", campaign=one.campaign)
    session = make.joint_session([one, other])
    entry = make.entry(one)
    make.entry(one, is_admitted=False)
    make.room_idea(one, entry)
    make.room_idea(one)
    said = state.read_state(session.id)
    assert (said["people"], said["ideas"], said["rooms"]) == (1, 2, {str(one.id): 2})


def test_a_process_asks_the_database_twice_a_second_at_most(session, client, count_queries):
    client.get(f"/joint/{session.id}/state.json")

    def ask_often():
        for _n in range(5):
            client.get(f"/joint/{session.id}/state.json")

    assert count_queries(ask_often) <= 8  # of one renewal, should half a second have passed


def test_an_answer_of_a_moment_ago_is_given_while_the_database_is_gone(app, session, monkeypatch):
    cache = state.StateCache()
    before = cache.answer_of(session.id)
    monkeypatch.setattr(state, "FRESH_SECONDS", 0)

    def gone(_session_id):
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(state, "read_state", gone)
    assert cache.answer_of(session.id) is before
    monkeypatch.setattr(state, "STALE_SECONDS", 0)
    with pytest.raises(OperationalError):
        cache.answer_of(session.id)


def test_1500_phones_behind_one_address_are_all_answered(session, new_client):
    path, phones = f"/joint/{session.id}/state.json", new_client()
    etag = phones.get(path).headers["ETag"]
    answers = [phones.get(path, headers={"If-None-Match": etag}) for _n in range(1500)]
    assert {answer.status_code for answer in answers} <= {200, 304}, "none is limited"
    assert not any("X-RateLimit-Limit" in answer.headers or "Set-Cookie" in answer.headers for answer in answers)


def test_all_screens_learn_that_the_session_was_cancelled_while_it_ran(session, client, monkeypatch):
    monkeypatch.setattr(state, "FRESH_SECONDS", 0)
    move_to(session, 3, session.host, seen=0)
    db.session.commit()
    before = client.get(f"/joint/{session.id}/state.json")
    cancel_session(session, session.host, "큰비가 와요", seen=session.revision)
    db.session.commit()
    after = client.get(f"/joint/{session.id}/state.json", headers={"If-None-Match": before.headers["ETag"]})
    said = json.loads(after.data)
    assert (said["state"], said["move"], said["step"]["position"]) == ("CANCELLED", 1, 3)


def test_a_session_that_does_not_exist_is_not_found(client, app):
    assert client.get("/joint/2000000000/state.json").status_code == 404
