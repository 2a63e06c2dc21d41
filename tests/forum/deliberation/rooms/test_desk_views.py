"""What those who run a room do over HTTP, and its screen."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image, ImageDraw

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings import pausing
from forum.deliberation.gatherings.models import GatheringState
from forum.deliberation.rooms.models import GatheringTablet, IdeaRoom
from forum.deliberation.rooms.pictures import join_link, join_qr
from forum.deliberation.rooms.results import people_of, table_of

PIXELS = 8
"""Of a module of the code, as a photograph of a screen has it."""


@pytest.fixture
def room(make):
    return make.gathering(state="RUNNING", join_code="12345678", title="마을 모임")


@pytest.fixture
def desk(client, room):
    return client.login(room.organiser)


def photographed(svg):
    """Rasterise the code: the paths of segno are runs of modules, drawn as strokes of width 1."""
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    image = Image.new("L", (size * PIXELS, size * PIXELS), 255)
    draw = ImageDraw.Draw(image)
    [path] = re.findall(r'<path[^>]* stroke="#000" d="([^"]+)"', svg)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path):
        values = [float(n) for n in re.findall(r"-?[0-9.]+", numbers)]
        if command == "h":
            box = (x * PIXELS, (y - 0.5) * PIXELS, (x + values[0]) * PIXELS - 1, (y + 0.5) * PIXELS - 1)
            draw.rectangle(box, fill=0)
            x += values[0]
        elif command == "M":
            x, y = values
        else:
            x, y = x + values[0], y + values[1]
    return image


def test_a_photographed_code_leads_into_the_room(client, app):
    [read] = zxingcpp.read_barcodes(photographed(join_qr("12345678")).rotate(7, fillcolor=255))
    assert read.text == join_link("12345678") == f"{app.config['BASE_URL']}/join/12345678"


def test_the_screen_shows_code_and_numbers_and_no_names(desk, make, room):
    make.entry(room, make.citizen(display_name="아무개"))
    page = desk.get(f"/gatherings/{room.id}/screen").text
    assert "1234-5678" in page
    assert "<svg" in page
    assert "/join" in page
    assert "아무개" not in page
    assert "style=" not in page


def test_people_stand_by_number_without_the_names_of_guests(desk, make, room):
    make.entry(room, make.citizen(display_name="아무개"))
    make.entry(room, make.guest(is_admitted=False), is_admitted=False)
    page = desk.get(f"/gatherings/{room.id}/people").text
    assert "아무개" in page
    assert "손님" in page
    assert "보이는 1명 모두 확인" in page


def test_everybody_shown_is_checked_in_with_one_button(desk, make, room):
    shown = [make.entry(room, make.guest(is_admitted=False), is_admitted=False).id for _n in range(2)]
    make.entry(room, make.guest(is_admitted=False), is_admitted=False)
    desk.post(f"/gatherings/{room.id}/people/check-in", data={"seen": " ".join(map(str, shown))})
    assert people_of(room.id).n_admitted == 2


@pytest.mark.parametrize("seen", ["", "x", "1 x", "² 3", "1 " * 500])
def test_odd_lists_of_people_are_refused(desk, room, seen):
    assert desk.post(f"/gatherings/{room.id}/people/check-in", data={"seen": seen}).status_code == 400


def test_a_person_is_taken_back_and_taken_out(desk, make, room):
    entry_id = make.entry(room).id
    desk.post(f"/gatherings/{room.id}/people/{entry_id}/undo")
    assert people_of(room.id).n_admitted == 0
    desk.post(f"/gatherings/{room.id}/people/{entry_id}/take-out")
    assert people_of(room.id).n_joined == 0
    assert desk.post(f"/gatherings/{room.id}/people/{entry_id}/take-out").status_code == 404


def test_ideas_are_found_brought_and_taken_back(desk, make, room):
    idea = make.idea(room.campaign, title="태양광 지붕", body="학교 지붕에 태양광을 놓습니다")
    page = desk.get(f"/gatherings/{room.id}/table?q=태양광").text
    assert "태양광 지붕" in page
    desk.post(f"/gatherings/{room.id}/table", data={"idea": str(idea.id)})
    assert [row.idea_id for row in table_of(room)] == [idea.id]
    assert desk.post(f"/gatherings/{room.id}/table", data={"idea": str(idea.id)}).status_code == 409
    assert desk.post(f"/gatherings/{room.id}/table", data={"idea": "없음"}).status_code == 400
    desk.post(f"/gatherings/{room.id}/table/{idea.id}/take-back")
    assert not db.session.scalars(sa.select(IdeaRoom)).all()


def test_a_gathering_is_started_and_finished_with_its_count(client, make):
    gathering = make.gathering()
    client.login(gathering.organiser)
    with clock.at(gathering.starts_at):
        answer = client.post(f"/gatherings/{gathering.id}/start", data={"revision": str(gathering.revision)})
        assert answer.headers["Location"] == f"/gatherings/{gathering.id}/screen"
        assert client.post(f"/gatherings/{gathering.id}/start", data={"revision": "1"}).status_code == 409
        make.entry(gathering)
        page = client.get(f"/gatherings/{gathering.id}/finish").text
        assert re.search(r'name="n_present"[^>]*value="1"', page)
        fields = {"n_present": "0", "revision": str(gathering.revision)}
        refused = client.post(f"/gatherings/{gathering.id}/finish", data=fields)
        assert refused.status_code == 400
        assert "1명부터 10명 사이로" in refused.text
        answer = client.post(f"/gatherings/{gathering.id}/finish", data=fields | {"n_present": "2"})
        assert answer.headers["Location"] == f"/gatherings/{gathering.id}/desk"
    assert (gathering.state, gathering.n_present) == (GatheringState.FINISHED, 2)
    assert client.get(f"/gatherings/{gathering.id}/finish").status_code == 409


@pytest.mark.parametrize("path", ["people", "table", "screen", "tablets", "finish"])
def test_others_see_nothing_of_the_desk(client, make, room, path):
    address = f"/gatherings/{room.id}/{path}"
    assert client.get(address).status_code == 302
    assert client.login(make.facilitator()).get(address).status_code == 403


def test_a_helper_runs_the_room_but_does_not_end_it(client, make, room):
    client.login(make.helper(room))
    for path in ("people", "table", "screen", "tablets"):
        assert client.get(f"/gatherings/{room.id}/{path}").status_code == 200
    assert client.get(f"/gatherings/{room.id}/finish").status_code == 403


def test_the_pages_of_a_gathering_show_its_room(client, make, room):
    entry = make.entry(room)
    make.room_idea(room, entry, title="버스를 자주")
    page = client.get(f"/gatherings/{room.id}").text
    assert "지금 1명이 모여서 제안 1개를" in page
    assert "버스를 자주" not in page
    client.login(room.organiser)
    assert "출석 확인" in client.get(f"/gatherings/{room.id}/desk").text
    fields = {"n_present": "1", "revision": str(room.revision)}
    assert client.post(f"/gatherings/{room.id}/finish", data=fields).status_code == 303
    page = client.get(f"/gatherings/{room.id}").text
    assert "버스를 자주" in page
    assert "5명보다 적게 투표해서" in page
    assert "모임방을 빼면" not in page, "it would tell by subtraction"


def test_a_paused_gathering_offers_no_start(client, make, monkeypatch):
    gathering = make.gathering()
    client.login(gathering.organiser)
    assert "모임 시작하기" in client.get(f"/gatherings/{gathering.id}/desk").text
    monkeypatch.setattr(pausing, "_finders", [lambda: "선거 기간이라 쉬어요."])
    page = client.get(f"/gatherings/{gathering.id}/desk").text
    assert "선거 기간이라 쉬어요." in page
    assert "모임 시작하기" not in page


def test_a_tablet_is_one_however_often_the_button_is_pressed(desk, new_client, room):
    phone = new_client().login(room.organiser)
    key = {"idempotency_key": "a1b2c3d4" * 4}
    lost = new_client().login(room.organiser)
    for browser in (desk, lost):
        answer = browser.post(f"/gatherings/{room.id}/tablets", data=key)
        assert answer.headers["Location"] == "/tablet"
        assert "시작하기" in browser.get("/tablet").text
        assert browser.get("/gatherings").status_code == 302, "signed out here"
    assert len(db.session.scalars(sa.select(GatheringTablet)).all()) == 1
    assert phone.get(f"/gatherings/{room.id}/people").status_code == 200, "signed in on the phone as before"
