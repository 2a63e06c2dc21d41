"""Rooms over HTTP: join, wait, write, vote, read on."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.deliberation.gatherings.models import GatheringState
from forum.deliberation.rooms.models import EntryWay, GatheringEntry, IdeaRoom, RoomIdeaWay
from forum.deliberation.rooms.results import people_of, table_of
from forum.people.passes.actor import SESSION_KEY
from forum.people.passes.models import GuestPass
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote

KEY = "a1b2c3d4" * 4
YES = {"age": "yes", "agrees": "y", "idempotency_key": KEY}


def hold(client, made):
    """Let this browser hold a guest pass."""
    db.session.commit()
    with client.session_transaction() as session:
        session[SESSION_KEY] = made.code
    return client


def n_passes():
    return db.session.scalar(sa.select(sa.func.count()).select_from(GuestPass))


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING", join_code="12345678")


@pytest.mark.parametrize("typed", ["12345678", "1234-5678", " 1234 5678 ", "１２３４－５６７８"])
def test_a_code_is_read_as_people_type_it(client, room, typed):
    assert client.post("/join", data={"code": typed}).headers["Location"] == "/join/12345678"


def test_a_wrong_code_says_so_keeps_what_was_typed_and_is_counted(app, client, room, monkeypatch):
    monkeypatch.setitem(app.config, "WRONG_CODE_LIMIT_PER_NETWORK", "1 per hour")
    response = client.post("/join", data={"code": "8765 4321"})
    assert response.status_code == 400
    assert "8765 4321" in response.text
    assert "모임이 끝나면 번호도 닫혀요" in response.text
    assert client.get("/join/87654321").status_code == 404
    assert client.post("/join", data={"code": "87654321"}).status_code == 429
    assert client.post("/join", data={"code": "12345678"}).status_code == 303, "a school shares one address"


def test_a_guest_joins_once_however_often_the_button_is_pressed(client, new_client, room):
    first = client.post("/join/12345678", data=YES)
    again = client.post("/join/12345678", data=YES)
    lost = new_client().post("/join/12345678", data=YES)  # the first answer never came
    assert [r.headers["Location"] for r in (first, again, lost)] == [f"/gatherings/{room.id}/room"] * 3
    assert people_of(room.id).joined[EntryWay.PHONE] == 1
    assert n_passes() == 1
    page = client.get(f"/gatherings/{room.id}/room").text
    assert "<strong>1번</strong>" in page
    assert 'hx-trigger="every 10s"' in page
    assert client.get("/join/12345678").headers["Location"] == f"/gatherings/{room.id}/room"


def test_somebody_under_14_reads_of_two_other_ways_and_leaves_no_trace(client, room):
    page = client.post("/join/12345678", data=YES | {"age": "no"})
    assert page.status_code == 200
    assert "종이로 참여하기" in page.text
    assert "보호자가 동의하면" in page.text
    assert n_passes() == 0


@pytest.mark.parametrize("missing", ["age", "agrees"])
def test_a_guest_answers_and_agrees_first(client, room, missing):
    response = client.post("/join/12345678", data={name: value for name, value in YES.items() if name != missing})
    assert response.status_code == 400
    assert n_passes() == 0


def test_a_room_that_is_not_open_yet_says_when(client, make):
    make.gathering(state="PLANNED", join_code="11112222")
    assert "아직 시작하지 않았어요" in client.get("/join/11112222").text
    assert client.post("/join/11112222", data=YES).status_code == 409
    assert n_passes() == 0


def test_a_hidden_gathering_has_no_door(client, make):
    make.gathering(state="RUNNING", join_code="11112222", is_hidden=True)
    assert client.get("/join/11112222").status_code == 404
    assert client.post("/join/11112222", data=YES).status_code == 404


def test_an_account_joins_with_itself(client, make, room):
    person = make.citizen()
    client.login(person)
    for _n in range(2):
        assert client.post("/join/12345678").status_code == 303
    [entry] = db.session.scalars(sa.select(GatheringEntry))
    assert (entry.way, entry.participant_id, entry.pass_id) == (EntryWay.ACCOUNT, person.participant.id, None)


@pytest.mark.parametrize("who", ["child", "analyst", "admin"])
def test_who_may_not_take_part_does_not_enter(client, make, room, who):
    client.login(getattr(make, who)())
    assert client.post("/join/12345678").status_code == 403
    assert people_of(room.id).n_joined == 0


def test_only_people_of_the_room_see_it(client, make, room):
    other = make.gathering(state="RUNNING")
    stranger = make.entry(other, who := make.guest())
    assert client.get(f"/gatherings/{room.id}/room").status_code == 403
    hold(client, who)
    assert client.get(f"/gatherings/{other.id}/room").status_code == 200
    for path, data in (("ideas", {"title": "제목", "body": "본문"}), ("votes", {"idea": "1", "value": "agree"})):
        assert client.post(f"/gatherings/{room.id}/room/{path}", data=data).status_code == 403
    assert stranger.gathering_id == other.id


def test_a_guest_writes_and_votes_after_the_check_in(client, make, room):
    entry = make.entry(room, who := make.guest(is_admitted=False), is_admitted=False)
    hold(client, who)
    here = f"/gatherings/{room.id}/room"
    text = {"title": "버스를 자주", "body": "버스가 더 자주 오면 좋겠습니다"}
    assert client.post(f"{here}/ideas", data=text).status_code == 403
    client.login(room.organiser)
    assert client.post(f"/gatherings/{room.id}/people/check-in", data={"seen": str(entry.id)}).status_code == 303
    with client.session_transaction() as session:
        session.clear()
    hold(client, who)
    assert client.post(f"{here}/ideas", data=text).status_code == 303
    [placed] = db.session.scalars(sa.select(IdeaRoom))
    assert (placed.number, placed.way, placed.entry_id) == (1, RoomIdeaWay.PHONE, entry.id)
    answer = client.post(f"{here}/votes", data={"idea": str(placed.idea_id), "value": "agree"})
    assert answer.headers["Location"] == f"{here}#idea-{placed.idea_id}"
    page = client.get(here).text
    assert "출석을 확인한 1명 가운데 <strong>1명이 투표했어요.</strong>" in page
    assert "5명이 투표하면 보여요" in page
    assert "찬성 1" not in page, "one person's vote is nobody's business"
    assert re.search(r'value="agree" aria-pressed="true"', page)
    client.post(f"{here}/votes", data={"idea": str(placed.idea_id), "value": "clear"})
    assert table_of(room)[0].votes == 0


def test_a_guest_does_not_vote_beyond_the_table(client, make, room):
    make.entry(room, who := make.guest())
    elsewhere = make.idea(room.campaign)
    other = make.room_idea(make.gathering(state="RUNNING", campaign=room.campaign))
    hold(client, who)
    for idea in (elsewhere, other):
        answer = client.post(f"/gatherings/{room.id}/room/votes", data={"idea": str(idea.id), "value": "agree"})
        assert answer.status_code == 404
        assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code in {302, 401}
    assert not db.session.scalars(sa.select(Vote)).all()


@pytest.mark.parametrize("data", [{}, {"idea": "x", "value": "agree"}, {"value": "yes"}, {"idea": "²", "value": "1"}])
def test_an_odd_vote_is_refused(client, make, room, data):
    make.entry(room, who := make.guest())
    idea = make.room_idea(room)
    hold(client, who)
    answer = client.post(f"/gatherings/{room.id}/room/votes", data={"idea": str(idea.id)} | data)
    assert answer.status_code in {400, 404}


def test_a_refused_idea_stays_in_the_form(client, make, room):
    make.entry(room, who := make.guest())
    hold(client, who)
    body = "주민등록번호 없이 써 주세요 " * 5
    answer = client.post(f"/gatherings/{room.id}/room/ideas", data={"title": "", "body": body})
    assert answer.status_code == 400
    assert body.strip() in answer.text


def test_an_idea_that_comes_after_the_end_can_be_copied(client, make, room):
    make.entry(room, who := make.guest())
    hold(client, who)
    began_at = room.started_at
    room.state, room.join_code, room.cancelled_at, room.cancel_reason = GatheringState.CANCELLED, None, began_at, "비"
    text = {"title": "버스를 자주", "body": "버스가 더 자주 오면 좋겠습니다"}
    answer = client.post(f"/gatherings/{room.id}/room/ideas", data=text)
    assert answer.status_code == 409
    assert text["body"] in answer.text
    assert "복사" in answer.text
    assert not db.session.scalars(sa.select(Idea)).all()


def test_the_same_idea_sent_twice_with_one_key_is_one(client, make, room):
    make.entry(room, who := make.guest())
    hold(client, who)
    text = {"title": "버스를 자주", "body": "버스가 더 자주 오면 좋겠습니다", "idempotency_key": KEY}
    answers = [client.post(f"/gatherings/{room.id}/room/ideas", data=text) for _n in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert len(db.session.scalars(sa.select(IdeaRoom)).all()) == 1


def test_a_pass_on_two_phones_is_one_person(client, new_client, make, room):
    make.entry(room, who := make.guest())
    idea = make.room_idea(room)
    phones = [hold(client, who), hold(new_client(), who)]
    for phone, value in zip(phones, ("agree", "disagree"), strict=True):
        phone.post(f"/gatherings/{room.id}/room/votes", data={"idea": str(idea.id), "value": value})
    [row] = table_of(room)
    assert (row.agree, row.disagree) == (0, 1)


def test_hostile_titles_are_shown_as_text(client, make, room):
    entry = make.entry(room, who := make.guest())
    make.room_idea(room, entry, title="<script>alert(1)</script>", body="<img src=x onerror=alert(1)>")
    hold(client, who)
    page = client.get(f"/gatherings/{room.id}/room").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_who_runs_the_room_reads_it_and_takes_no_part(client, make, room):
    idea = make.room_idea(room)
    client.login(make.helper(room))
    page = client.get(f"/gatherings/{room.id}/room")
    assert page.status_code == 200
    assert 'name="value"' not in page.text
    answer = client.post(f"/gatherings/{room.id}/room/votes", data={"idea": str(idea.id), "value": "agree"})
    assert answer.status_code == 403
