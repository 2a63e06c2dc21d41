"""One stuck lock leaves threads for what needs no lock."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.joint.models import RoomAction
from forum.people.passes.codes import new_code
from forum.web import slots
from forum.web.slots import DatabaseSlots, Slots, Threads, limit_database_use


@pytest.fixture
def limited(app, monkeypatch):
    """The application as in a process of four threads: three may use the database, two of them to write."""
    monkeypatch.setitem(app.extensions, "database_slots", None)
    limit_database_use(app, 4)
    return app.extensions["database_slots"]


def fill(each: Slots, monkeypatch) -> None:
    """Take all slots, and let the moment pass in which they might be given back."""
    while each.used < each.limit:
        assert each.take()
    monkeypatch.setattr(slots, "STUCK_AFTER_SECONDS", 0)


def used(limited: DatabaseSlots) -> list[int]:
    threads = limited.threads
    return [threads.used, threads.used_again, limited.everybody.used, limited.writers.used]


def test_slots_follow_from_the_threads(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "database_slots", None)
    for threads, limits in ((1, (1, 1)), (2, (2, 2)), (4, (3, 2)), (8, (6, 4)), (12, (10, 8)), (24, (10, 8))):
        limit_database_use(app, threads)
        made = app.extensions["database_slots"]
        assert (made.everybody.limit, made.writers.limit) == limits


def test_while_writers_are_stuck_others_are_told_at_once_and_pages_are_served(limited, make, client, monkeypatch):
    everybody, writers = limited.everybody, limited.writers
    idea = make.idea(make.campaign(slug="busy"))
    client.login(make.citizen())
    db.session.commit()
    fill(writers, monkeypatch)
    refused = client.post(f"/ideas/{idea.id}/vote", json={"value": 1})
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    page = client.post(f"/ideas/{idea.id}/comments", data={"body": "오래 생각하고 쓴 의견입니다."})
    assert page.status_code == 503
    assert "오래 생각하고 쓴 의견입니다." in page.text
    assert client.get("/c/busy/ideas").status_code == 200
    assert everybody.used == 0


def test_while_all_are_stuck_only_what_needs_no_database_is_served(limited, make, client, monkeypatch):
    make.campaign(slug="busy")
    fill(limited.everybody, monkeypatch)
    assert client.get("/c/busy/ideas").status_code == 503
    assert client.get("/healthz").status_code == 200
    with client.get("/static/css/site.css") as file:
        assert file.status_code == 200
    assert client.get("/nowhere").status_code == 404


@pytest.mark.parametrize("path", ["/", "/nowhere", "/moderation"])
def test_every_slot_is_given_back(limited, client, path):
    client.get(path)
    client.post(path)
    assert used(limited) == [0, 0, 0, 0]


def test_a_slot_is_given_back_after_an_error(app, limited, client, monkeypatch):
    from forum.publication.tracking import views

    def broken():
        raise RuntimeError

    monkeypatch.setattr(views, "all_campaigns", broken)
    assert client.get("/").status_code == 500
    assert used(limited) == [0, 0, 0, 0]


def test_a_request_waits_while_the_others_come_out_well():
    each, taken = Slots(1), []
    each.take()
    waiting = threading.Thread(target=lambda: taken.append(each.take()))
    waiting.start()
    each.give_back(succeeded=True)
    waiting.join(5)
    assert taken == [True]


def test_some_wait_through_a_stall_and_the_rest_are_told_at_once(app, monkeypatch):
    """A disk that stalls for half a second refused hundreds of voters, who all came back at once."""
    monkeypatch.setitem(app.extensions, "database_slots", None)
    limit_database_use(app, 24)
    everybody, writers = app.extensions["database_slots"].everybody, app.extensions["database_slots"].writers
    assert everybody.limit + everybody.patient + writers.patient + slots.SPARE_THREADS == 24
    each, taken = Slots(1, patient=1), []
    each.take()
    each._moved_at -= 1  # nobody has come out for longer than STUCK_AFTER_SECONDS
    waiting = threading.Thread(target=lambda: taken.append(each.take()))
    waiting.start()
    while not each.waiting:
        time.sleep(0.001)
    assert not each.take()
    each.give_back(succeeded=True)
    waiting.join(5)
    assert taken == [True]


def test_who_waits_patiently_is_not_refused_while_others_come_out(monkeypatch):
    monkeypatch.setattr(slots, "PATIENCE_SECONDS", 0.0)
    each, taken = Slots(1, patient=1), []
    each.take()
    waiting = threading.Thread(target=lambda: taken.append(each.take()))
    waiting.start()
    each.give_back(succeeded=True)
    waiting.join(5)
    assert taken == [True]


def test_a_request_does_not_wait_while_the_others_time_out():
    each = Slots(1)
    each.take()
    each.give_back(succeeded=True)
    each.take()
    each.give_back(succeeded=False)
    each._moved_at -= 1
    assert each.take()  # there is a slot, but taking it is no progress either
    begun = time.monotonic()
    assert not each.take()
    assert time.monotonic() - begun < slots.STUCK_AFTER_SECONDS


@pytest.fixture
def phone(make, new_client):
    """What a phone in a room sends: its address, and one vote with a key of its own."""
    gathering, code = make.gathering(state="RUNNING"), new_code()
    guest = make.guest(code=code, admitted_at=clock.now())
    entry, idea = make.entry(gathering, guest), make.room_idea(gathering)
    db.session.commit()
    client, action = new_client(), {"key": str(uuid.uuid4()), "kind": "vote", "age": 0, "move": None, "value": 1}
    client.hold_pass(code)
    body = {"entry": entry.number, "actions": [action | {"idea": idea.id}]}
    address = f"/gatherings/{gathering.id}/room/actions"
    return lambda: client.post(address, json=body, headers={"Accept": "application/json"})


def test_what_is_sent_again_by_itself_gives_way_to_its_like_and_others_are_served(limited, make, client, phone):
    """Of four threads one is for actions of phones: the second gets 503 at once, nothing of it is stored."""
    make.campaign(slug="busy")
    db.session.commit()
    assert limited.threads.enter(is_sent_again=True)
    refused = phone()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert refused.json["error"]["status"] == 503
    assert client.get("/c/busy/ideas").status_code == 200
    assert client.post("/account/login", data={}).status_code != 503
    assert db.session.scalars(sa.select(RoomAction)).all() == []
    limited.threads.leave(is_sent_again=True)
    assert phone().json["actions"][0]["status"] == "done"
    assert phone().json["actions"][0]["status"] == "again"
    assert used(limited) == [0, 0, 0, 0]


def test_it_gives_way_where_others_leave_no_thread_but_the_spare_ones():
    threads = Threads(limit=3, limit_again=2)
    assert [threads.enter(is_sent_again=False) for _n in range(3)] == [True, True, True]
    assert not threads.enter(is_sent_again=True)
    assert threads.enter(is_sent_again=False)  # nobody else is ever sent away here
    threads.leave(is_sent_again=False)
    threads.leave(is_sent_again=False)
    assert threads.enter(is_sent_again=True)
    assert (threads.used, threads.used_again) == (3, 1)


def test_only_what_a_script_sends_again_is_marked(app):
    """A form that a person sends is never sent away for this: nothing would send it again."""
    marked = {name for name, view in app.view_functions.items() if getattr(view, "is_sent_again", False)}
    assert marked == {"joint.act"}
