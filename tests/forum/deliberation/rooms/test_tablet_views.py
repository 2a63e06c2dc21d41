"""A tablet that is passed round: one person after the other, and nobody sees what the one before did."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, GatheringTablet, IdeaRoom, RoomIdeaWay
from forum.deliberation.rooms.results import people_of, table_of
from forum.deliberation.rooms.running import finish_gathering
from forum.people.passes.models import GuestPass, PassKind

TEXT = {"title": "버스를 자주", "body": "버스가 더 자주 오면 좋겠습니다"}


def form(n=1, **values):
    return {"age": "yes", "agrees": "y", "idempotency_key": f"key-of-form-{n}"} | values


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING", seats=2)


@pytest.fixture
def tablet(client, room):
    client.login(room.organiser)
    client.post(f"/gatherings/{room.id}/tablets", data={"idempotency_key": "a1b2c3d4" * 4})
    return client


def test_the_next_person_begins_checked_in_and_sees_nothing_of_the_one_before(tablet, room):
    assert tablet.post("/tablet", data=form()).headers["Location"] == "/tablet"
    assert "<strong>1번</strong>" in tablet.get("/tablet").text
    assert tablet.post("/tablet/idea", data=TEXT).status_code == 303
    [placed] = db.session.scalars(sa.select(IdeaRoom))
    assert placed.way is RoomIdeaWay.TABLET
    assert "버스를 자주" in tablet.get("/tablet/votes").text
    assert tablet.post("/tablet/votes", data={"idea": str(placed.idea_id), "value": "agree"}).status_code == 303
    assert "모두 투표했어요" in tablet.get("/tablet/votes").text
    tablet.post("/tablet/next", data={"x": "1"})
    page = tablet.get("/tablet")
    assert "시작하기" in page.text
    assert "1번" not in page.text
    assert "no-store" in page.headers["Cache-Control"]
    tablet.post("/tablet", data=form(2))
    page = tablet.get("/tablet/votes").text
    assert 'aria-pressed="true"' not in page
    assert "제안 1개 가운데 0개에" in page
    entries = db.session.scalars(sa.select(GatheringEntry).order_by(GatheringEntry.number)).all()
    assert [(one.way, one.number, one.admitted_by_id) for one in entries] == [
        (EntryWay.TABLET, n, room.organiser_id) for n in (1, 2)
    ]
    assert {one.kind for one in db.session.scalars(sa.select(GuestPass))} == {PassKind.TABLET}
    assert table_of(room)[0].agree == 1


def test_a_double_click_is_one_person_and_the_seats_hold(tablet, room):
    for n in (1, 1, 2):
        assert tablet.post("/tablet", data=form(n)).status_code == 303
        tablet.post("/tablet/next", data={"x": "1"})
    assert tablet.post("/tablet", data=form(3)).status_code == 409
    assert people_of(room.id).n_joined == 2


@pytest.mark.parametrize(("answers", "status"), [({"age": "no"}, 200), ({"age": ""}, 400), ({"agrees": ""}, 400)])
def test_who_is_younger_or_does_not_agree_has_no_pass(tablet, room, answers, status):
    wanted = form(**answers)
    fields = {name: value for name, value in wanted.items() if value}
    assert tablet.post("/tablet", data=fields).status_code == status
    assert people_of(room.id).n_joined == 0


def test_a_closed_tablet_starts_nobody_and_stops_who_holds_it(tablet, new_client, room):
    tablet.post("/tablet", data=form())
    desk = new_client().login(room.organiser)
    [found] = db.session.scalars(sa.select(GatheringTablet.id))
    assert desk.post(f"/gatherings/{room.id}/tablets/{found}/close").status_code == 303
    assert desk.post(f"/gatherings/{room.id}/tablets/999/close").status_code == 404
    assert tablet.post("/tablet/idea", data=TEXT).status_code == 409
    assert "닫았어요" in tablet.get("/tablet").text
    tablet.post("/tablet/next", data={"x": "1"})
    assert tablet.post("/tablet", data=form(2)).status_code == 409
    assert people_of(room.id).n_joined == 1


def test_after_the_end_a_tablet_says_so(tablet, room):
    tablet.post("/tablet", data=form())
    finish_gathering(room, room.organiser, 1, room.revision)
    assert "끝났어요" in tablet.get("/tablet").text
    assert tablet.post("/tablet/idea", data=TEXT).status_code == 409


def test_other_browsers_are_no_tablets(client, room):
    for path in ("/tablet", "/tablet/idea", "/tablet/votes", "/tablet/idle"):
        assert client.get(path).status_code == 404
    for path in ("/tablet", "/tablet/idea", "/tablet/votes", "/tablet/next"):
        assert client.post(path, data=form()).status_code == 404


def test_nobody_writes_before_they_begin(tablet):
    assert tablet.post("/tablet/idea", data=TEXT).status_code == 403
    assert tablet.get("/tablet/votes").status_code == 403


def test_the_cookie_of_a_tablet_opens_no_other_room(tablet, make):
    other = make.gathering(state="RUNNING")
    tablet.post("/tablet", data=form())
    assert tablet.get(f"/gatherings/{other.id}/room").status_code == 403
    own = db.session.scalars(sa.select(GatheringEntry.gathering_id)).one()
    assert tablet.get(f"/gatherings/{own}/room").headers["Location"] == "/tablet"


def test_a_page_that_nobody_touches_hides_what_is_there_and_forgets_nothing(tablet, room):
    tablet.post("/tablet", data=form())
    assert 'content="180;url=/tablet/idle"' in tablet.get("/tablet").text
    idle = tablet.get("/tablet/idle").text
    assert "1번" not in idle
    assert "계속하기" in idle
    assert "<strong>1번</strong>" in tablet.get("/tablet").text
    assert 'http-equiv="refresh"' not in tablet.get("/tablet/idea").text, "nothing that is being written is lost"


def test_a_tablet_is_opened_only_while_the_room_is(client, make):
    gathering = make.gathering()
    client.login(gathering.organiser)
    with clock.at(gathering.starts_at):
        assert client.post(f"/gatherings/{gathering.id}/tablets").status_code in {400, 409}
    assert not db.session.scalars(sa.select(GatheringTablet)).all()
    assert client.get("/gatherings").status_code == 200, "still signed in"


def test_the_cookie_that_remembers_a_sign_in_is_gone_from_a_tablet(client, room):
    client.login(room.organiser)
    client.set_cookie("remember_token", "somebody")
    answer = client.post(f"/gatherings/{room.id}/tablets", data={"idempotency_key": "a1b2c3d4" * 4})
    [cookie] = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("remember_token=")]
    assert "remember_token=;" in cookie
