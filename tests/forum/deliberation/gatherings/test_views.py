from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import AgeGroup, Gathering, GatheringState, Registration
from forum.deliberation.gatherings.panels import PanelPlace
from forum.deliberation.gatherings.pausing import register_pause
from forum.deliberation.gatherings.registering import register_person
from forum.people.accounts.services import revoke_role
from forum.voice.campaigns.models import Campaign
from forum.web import panels
from tests.factories import SCRIPT

LINK = "https://meet.example.org/secret-room"


@pytest.fixture(autouse=True)
def _without_panels_and_pauses(monkeypatch):
    from forum.deliberation.gatherings import pausing

    monkeypatch.setattr(panels, "_panels", {})
    monkeypatch.setattr(pausing, "_finders", [])


def fields(**values: str) -> dict[str, str]:
    starts = (clock.now() + timedelta(days=2)).astimezone(clock.SEOUL)
    return {
        "title": f"푸른중학교 모임 {SCRIPT}",
        "summary": "난방 이야기",
        "age_group": "TEENS",
        "region_code": "11",
        "place_name": "푸른중학교 도서실",
        "agenda": "여는 말\n투표",
        "starts_at": f"{starts:%Y-%m-%dT%H:%M}",
        "ends_at": f"{starts + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "seats": "12",
        "held_seats": "2",
    } | values


def made() -> Gathering:
    return db.session.scalars(sa.select(Gathering).order_by(Gathering.id.desc()).limit(1)).one()


def test_a_facilitator_opens_and_announces_one(client, make):
    facilitator, campaign = make.facilitator(), make.campaign()
    client.login(facilitator)
    assert client.get(f"/c/{campaign.slug}/gatherings/new").status_code == 200
    response = client.post(f"/c/{campaign.slug}/gatherings/new", data=fields())
    assert response.status_code == 303
    gathering = made()
    assert response.location == f"/gatherings/{gathering.id}/desk"
    assert gathering.age_group is AgeGroup.TEENS
    assert f"{gathering.starts_at.astimezone(clock.SEOUL):%Y-%m-%dT%H:%M}" == fields()["starts_at"]
    page = client.get(response.location).text
    assert "모임 알리기" in page
    assert SCRIPT not in page
    assert client.post(f"/gatherings/{gathering.id}/announce", data={"seen": "1"}).status_code == 303
    db.session.refresh(gathering)
    assert gathering.state is GatheringState.PLANNED
    assert gathering.title in db.session.get(Gathering, gathering.id).title


def test_what_was_typed_stays_beside_its_message(client, make):
    campaign = make.campaign()
    client.login(make.facilitator())
    response = client.post(f"/c/{campaign.slug}/gatherings/new", data=fields(seats="999", online_url="javascript:x"))
    assert response.status_code == 400
    assert "푸른중학교 도서실" in response.text
    assert "자리는 1개부터 300개까지예요." in response.text
    assert "온라인 주소는 https://로" in response.text
    for odd in ({"starts_at": "어제"}, {"seats": "１２"}, {"seats": "많이"}):
        assert client.post(f"/c/{campaign.slug}/gatherings/new", data=fields(**odd)).status_code == 400


def test_the_writer_is_told_what_is_masked(client, make):
    campaign = make.campaign()
    client.login(make.facilitator())
    data = fields(access_notes="문이 닫혔으면 010-1234-5678로 전화해 주세요")
    page = client.get(client.post(f"/c/{campaign.slug}/gatherings/new", data=data).location).text
    assert "전화번호" in page
    assert "010-1234-5678" not in made().access_notes


def test_an_empty_form_and_one_of_nobody_make_no_gathering(client, make):
    campaign = make.campaign()
    client.login(make.citizen())
    assert client.get(f"/c/{campaign.slug}/gatherings/new").status_code == 403
    assert client.post(f"/c/{campaign.slug}/gatherings/new", data=fields()).status_code == 403
    client.login(make.facilitator())
    assert client.post(f"/c/{campaign.slug}/gatherings/new", data={"csrf": ""}).status_code == 400
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Gathering)) == 0


def test_an_edit_carries_what_its_page_showed(client, make):
    gathering = make.gathering()
    client.login(gathering.organiser)
    page = client.get(f"/gatherings/{gathering.id}/edit").text
    assert 'name="seen" value="1"' in page
    assert client.post(f"/gatherings/{gathering.id}/edit", data=fields(seen="1")).status_code == 303
    refused = client.post(f"/gatherings/{gathering.id}/edit", data=fields(seen="1", title="늦게 고친 제목"))
    assert refused.status_code == 409
    assert "늦게 고친 제목" in refused.text  # nothing typed is lost
    assert "푸른중학교 모임" in refused.text  # and the new state is shown
    assert 'name="seen" value="2"' in refused.text


def test_what_is_missing_is_said_on_the_desk(client, make):
    gathering = make.gathering(state="DRAFT", starts_at=None, ends_at=None)
    client.login(gathering.organiser)
    response = client.post(f"/gatherings/{gathering.id}/announce", data={"seen": "1"})
    assert response.status_code == 400
    assert "시작하고 끝나는 때를 정해 주세요" in response.text


# the list


def test_the_list_shows_coming_ones_first_and_then_past_ones(client, make):
    campaign, now = make.campaign(), clock.now()

    def at(days: int, title: str, state: str = "PLANNED") -> None:
        starts = now + timedelta(days=days)
        times = {"starts_at": starts, "ends_at": starts + timedelta(hours=1)}
        make.gathering(state=state, campaign=campaign, title=title, **times)

    at(9, "아흐레 뒤 모임")
    at(2, "이틀 뒤 모임")
    at(-9, "아흐레 전 모임", "FINISHED")
    at(-2, "이틀 전 모임", "FINISHED")
    at(3, "준비하는 모임", "DRAFT")
    make.gathering(campaign=campaign, title="숨긴 모임이에요", is_hidden=True)
    make.gathering(title="다른 포럼의 모임")
    page = client.get(f"/c/{campaign.slug}/gatherings").text
    shown = ["이틀 뒤 모임", "아흐레 뒤 모임", "이틀 전 모임", "아흐레 전 모임"]
    assert [page.index(title) for title in shown] == sorted(page.index(title) for title in shown)
    for title in ("준비하는 모임", "숨긴 모임이에요", "다른 포럼의 모임"):
        assert title not in page


def test_the_list_is_filtered_by_region_age_and_day(client, make):
    campaign = make.campaign()
    make.gathering(campaign=campaign, title="서울의 모임", region_code="11")
    make.gathering(campaign=campaign, title="부산 청소년 모임", region_code="26", age_group=AgeGroup.TEENS)
    later = clock.now() + timedelta(days=40)
    make.gathering(campaign=campaign, title="나중의 모임", starts_at=later, ends_at=later + timedelta(hours=1))
    path = f"/c/{campaign.slug}/gatherings"
    assert "부산 청소년" not in client.get(f"{path}?region=11").text
    assert "서울의 모임" not in client.get(f"{path}?age=TEENS").text
    day = later.astimezone(clock.SEOUL).date()
    of_that_day = client.get(f"{path}?from={day}").text
    assert "나중의 모임" in of_that_day
    assert "서울의 모임" not in of_that_day
    odd_ones = ("region=99", "age=ROBOTS", "from=2026-13-45", "from=0001-01-01", "from=내일", "page=0", "page=99")
    for odd in (*odd_ones, "page=x"):
        assert client.get(f"{path}?{odd}").status_code == 200


def test_the_list_has_pages(app, client, make, monkeypatch):
    monkeypatch.setitem(app.config, "PAGE_SIZE", 2)
    campaign = make.campaign()
    for n in range(5):
        starts = clock.now() + timedelta(days=n + 1)
        make.gathering(campaign=campaign, title=f"모임 {n}째", starts_at=starts, ends_at=starts + timedelta(hours=1))
    path = f"/c/{campaign.slug}/gatherings"
    assert "모임 1째" in client.get(path).text
    assert "모임 2째" not in client.get(path).text
    assert "모임 4째" in client.get(f"{path}?page=3").text


def test_an_empty_list_says_so(client, make):
    campaign = make.campaign()
    assert "다가오는 모임이 없어요" in client.get(f"/c/{campaign.slug}/gatherings").text
    assert client.get("/c/no-such/gatherings").status_code == 404


# the page


def test_everybody_reads_an_announced_gathering(client, make):
    gathering = make.gathering(access_notes="승강기가 있어요", online_url=LINK)
    page = client.get(f"/gatherings/{gathering.id}").text
    for words in (
        "주민센터 2층",
        "승강기가 있어요",
        "자리 10개 가운데 10개 남았어요",
        "로그인하고 신청하기",
        "여는 말",
    ):
        assert words in page
    assert SCRIPT not in page
    assert LINK not in page  # nobody but those with a seat walks into the online room
    day = (gathering.ends_at.astimezone(clock.SEOUL) + timedelta(days=30)).date()
    assert f"{day.year}년 {day.month}월 {day.day}일에 지워요" in page
    assert 'property="og:title"' in page


@pytest.mark.parametrize("values", [{"state": "DRAFT"}, {"is_hidden": True}])
def test_what_is_not_public_is_not_found_but_by_who_runs_it(client, make, values):
    gathering = make.gathering(**values)
    helper, organiser = make.helper(gathering), gathering.organiser
    for reader, status in [
        (None, 404),
        (make.citizen(), 404),
        (make.facilitator(), 404),
        (helper, 200),
        (organiser, 200),
        (make.admin(), 200),
        (make.analyst(), 200 if gathering.is_hidden else 404),
    ]:
        if reader:
            client.login(reader)
        assert client.get(f"/gatherings/{gathering.id}").status_code == status, reader
        assert client.get(f"/gatherings/{gathering.id}/calendar.ics").status_code == 404
    assert client.get("/gatherings/99999").status_code == 404


def test_a_person_registers_waits_and_gives_up(client, new_client, make):
    gathering, second = make.gathering(seats=1, online_url=LINK), new_client()
    person, other = make.citizen(), make.citizen()
    path = f"/gatherings/{gathering.id}"
    client.login(person)
    for _n in range(2):
        assert client.post(f"{path}/register").status_code == 303
    page = client.get(path).text
    assert "내 자리가 있어요" in page
    assert LINK in page
    second.login(other)
    assert "대기로 신청하기" in second.get(path).text
    second.post(f"{path}/register")
    page = second.get(path).text
    assert "대기 1번째" in page
    assert LINK not in page
    assert client.post(f"{path}/unregister").status_code == 303
    assert "내 자리가 있어요" in second.get(path).text
    assert client.post(f"{path}/unregister").status_code == 409


def test_a_refused_registration_says_why_on_the_page(client, make):
    gathering = make.gathering(state="FINISHED")
    client.login(make.citizen())
    response = client.post(f"/gatherings/{gathering.id}/register")
    assert response.status_code == 409
    assert "끝난 모임이에요" in response.text
    client.login(make.child())
    page = client.get(f"/gatherings/{make.gathering().id}").text
    assert "보호자가 동의한 뒤에" in page


def test_a_pause_is_said_where_people_would_register(client, make):
    gathering = make.gathering()
    register_pause(lambda: "선거 기간이라 모임을 쉬어요.")
    client.login(make.citizen())
    assert "선거 기간이라 모임을 쉬어요." in client.get(f"/gatherings/{gathering.id}").text
    assert client.post(f"/gatherings/{gathering.id}/register").status_code == 409
    assert "선거 기간이라 모임을 쉬어요." in client.get(f"/c/{gathering.campaign.slug}/gatherings").text


def test_a_sample_says_that_it_is_one(client, make):
    gathering = make.gathering()
    db.session.get(Campaign, gathering.campaign_id).is_sample = True
    page = client.get(f"/gatherings/{gathering.id}").text
    assert "연습용 예시예요" in page
    assert "[예시]" in page
    assert "[예시]" in client.get(f"/gatherings/{gathering.id}/calendar.ics").text


def test_panels_of_other_slices_stand_on_the_page_and_on_the_desk(app, client, make):
    gathering = make.gathering()
    app.jinja_env.loader  # noqa: B018  (templates of slices are found by their blueprints)
    for place in PanelPlace:
        panels.register_panel(panels.Panel(place, 10, "gatherings/_seats.html", lambda one, _actor: {"id": one.id}))
    client.login(gathering.organiser)
    assert client.get(f"/gatherings/{gathering.id}").text.count("가운데 10개 남았어요") == 2
    assert client.get(f"/gatherings/{gathering.id}/desk").text.count("가운데 10개 남았어요") == 2


# the desk


def test_names_are_for_those_who_run_it(client, make):
    gathering, person = make.gathering(), make.citizen(display_name="푸른하늘")
    helper = make.helper(gathering)
    register_person(gathering, person)
    path = f"/gatherings/{gathering.id}/desk"
    for reader, status, sees in [
        (gathering.organiser, 200, True),
        (helper, 200, True),
        (make.admin(), 200, False),
        (make.facilitator(), 403, False),
        (person, 403, False),
        (make.analyst(), 403, False),
    ]:
        client.login(reader)
        response = client.get(path)
        assert response.status_code == status
        assert ("푸른하늘" in response.text.replace(reader.display_name, "")) is sees or reader is person
    client.login(helper)
    assert client.get(path).headers["Cache-Control"] == "private, no-store"
    assert "푸른하늘" not in client.get(f"/gatherings/{gathering.id}").text


def test_a_removed_helper_and_a_lost_role_bite_on_the_next_request(client, new_client, make):
    gathering, second = make.gathering(), new_client()
    helper, organiser, admin = make.helper(gathering), gathering.organiser, make.admin()
    client.login(organiser)
    second.login(helper)
    path = f"/gatherings/{gathering.id}"
    assert second.get(f"{path}/desk").status_code == 200
    assert client.post(f"{path}/helpers/{helper.id}/remove").status_code == 303
    assert second.get(f"{path}/desk").status_code == 403
    revoke_role(organiser, admin)
    assert client.get(f"{path}/desk").status_code == 403
    assert client.post(f"{path}/announce", data={"seen": "1"}).status_code == 403


def test_helpers_are_named_by_their_address(client, make):
    gathering, person = make.gathering(), make.citizen()
    client.login(gathering.organiser)
    path = f"/gatherings/{gathering.id}/helpers"
    assert client.post(path, data={"email": person.email}).status_code == 303
    refused = client.post(path, data={"email": "nobody@example.org"})
    assert refused.status_code == 400
    assert "nobody@example.org" in refused.text


def test_the_desk_cancels_with_a_reason(client, make):
    gathering, person = make.gathering(), make.citizen()
    register_person(gathering, person)
    client.login(gathering.organiser)
    path = f"/gatherings/{gathering.id}/cancel"
    assert "신청한 사람 1명에게" in client.get(path).text
    assert client.post(path, data={"seen": "1", "reason": ""}).status_code == 400
    assert client.post(path, data={"seen": "1", "reason": "비가 많이 와요"}).status_code == 303
    assert "비가 많이 와요" in client.get(f"/gatherings/{gathering.id}").text
    assert "취소할 수 없어요" in client.get(path).text


def test_a_running_one_asks_once_more(client, make):
    gathering = make.gathering(state="RUNNING")
    client.login(gathering.organiser)
    path = f"/gatherings/{gathering.id}/cancel"
    refused = client.post(path, data={"seen": "1", "reason": "불이 났어요"})
    assert refused.status_code == 400
    assert "불이 났어요" in refused.text
    assert client.post(path, data={"seen": "1", "reason": "불이 났어요", "is_confirmed": "y"}).status_code == 303


def test_a_draft_is_deleted(client, make):
    gathering = make.gathering(state="DRAFT")
    client.login(gathering.organiser)
    path = f"/gatherings/{gathering.id}/cancel"
    assert "흔적 없이 지워요" in client.get(path).text
    assert client.post(path, data={"seen": "1"}).location == "/gatherings"
    assert client.get(path).status_code == 404


def test_a_copy_names_and_links_what_it_follows(client, make):
    original = make.gathering(state="FINISHED", title="처음 연 모임이에요")
    other = make.facilitator()
    client.login(other)
    assert "이 모임을 본떠 열기" in client.get(f"/gatherings/{original.id}").text
    response = client.post(f"/gatherings/{original.id}/copy")
    assert response.status_code == 303
    copy = made()
    page = client.get(f"/gatherings/{copy.id}").text
    assert f'href="/gatherings/{original.id}"' in page
    assert "먼저 열린 모임을 본떠" in page
    client.login(make.citizen())
    assert client.post(f"/gatherings/{original.id}/copy").status_code == 403


def test_a_handed_over_gathering_leaves_the_old_organiser(client, make):
    gathering, other = make.gathering(), make.facilitator()
    first = gathering.organiser
    client.login(first)
    path = f"/gatherings/{gathering.id}/organiser"
    assert client.post(path, data={"seen": "1", "facilitator": make.citizen().email}).status_code == 400
    assert client.post(path, data={"seen": "1", "facilitator": other.email}).status_code == 303
    assert client.get(f"/gatherings/{gathering.id}/desk").status_code == 403
    client.login(other)
    assert client.get(f"/gatherings/{gathering.id}/desk").status_code == 200


def test_facilitators_begin_at_their_own_list_and_admins_see_who_has_no_organiser(client, make):
    mine, helped = make.gathering(title="내가 연 모임이에요"), make.gathering(title="돕는 모임이에요")
    others = make.gathering()
    make.helper(helped, mine.organiser)
    client.login(mine.organiser)
    page = client.get("/gatherings").text
    assert "내가 연 모임이에요" in page
    assert "돕는 모임이에요" in page
    assert f"/gatherings/{others.id}/desk" not in page
    revoke_role(others.organiser, make.admin())
    client.login(make.admin())
    page = client.get("/gatherings").text
    assert f"/gatherings/{others.id}/desk" in page
    assert f"/gatherings/{mine.id}/desk" not in page
    assert "떠났거나" in client.get(f"/gatherings/{others.id}/desk").text


def test_a_forum_leads_to_its_coming_gatherings(client, make):
    gathering = make.gathering(title="곧 열리는 모임")
    make.gathering(campaign=gathering.campaign, state="FINISHED", title="지난 모임이에요")
    page = client.get(f"/c/{gathering.campaign.slug}").text
    assert "곧 열리는 모임" in page
    assert "지난 모임이에요" not in page


def test_my_activity_lists_my_gatherings(client, make):
    gathering, person = make.gathering(title="내가 신청한 모임"), make.citizen()
    client.login(person)
    assert "내가 신청한 모임" not in client.get("/mine").text
    register_person(gathering, person)
    page = client.get("/mine").text
    assert "내가 신청한 모임" in page
    assert "자리 있음" in page


# the calendar


def test_a_calendar_takes_the_gathering_in(client, make):
    gathering = make.gathering(
        summary="쉼표, 쌍반점; 빗금\\ 그리고\n다음 줄", address="서울 성북구", online_url=LINK, revision=3
    )
    response = client.get(f"/gatherings/{gathering.id}/calendar.ics")
    assert response.content_type == "text/calendar; charset=utf-8"
    assert f"filename=gathering-{gathering.id}.ics" in response.headers["Content-Disposition"]
    assert response.headers["Content-Disposition"].startswith("attachment")
    calendar = Calendar.from_ical(response.data)
    (event,) = calendar.walk("VEVENT")
    assert event["uid"] == f"gathering-{gathering.id}@127.0.0.1"
    assert event["sequence"] == 3
    assert event["status"] == "CONFIRMED"
    assert str(event["summary"]) == gathering.title
    assert "쉼표, 쌍반점; 빗금\\ 그리고\n다음 줄" in str(event["description"])
    assert event.decoded("dtstart") == gathering.starts_at.replace(microsecond=0)
    assert event.decoded("dtend") == gathering.ends_at.replace(microsecond=0)
    assert event.decoded("dtstart").utcoffset() == timedelta(0)
    assert str(event["location"]) == "주민센터 2층 서울 성북구"
    assert event.decoded("dtstamp") == gathering.updated_at.replace(microsecond=0)
    assert LINK not in response.text
    assert "\r\n" in response.text
    assert all(len(line) <= 75 for line in response.data.split(b"\r\n"))


def test_a_cancelled_gathering_is_cancelled_in_the_calendar(client, make):
    gathering = make.gathering(state="CANCELLED", cancel_reason="비가 많이 와요")
    calendar = Calendar.from_ical(client.get(f"/gatherings/{gathering.id}/calendar.ics").data)
    (event,) = calendar.walk("VEVENT")
    assert event["status"] == "CANCELLED"
    assert str(event["summary"]).startswith("[취소]")
    assert "비가 많이 와요" in str(event["description"])


def test_nothing_of_a_registration_is_left_by_a_refused_button(client, make):
    gathering = make.gathering()
    client.login(make.analyst())
    assert client.post(f"/gatherings/{gathering.id}/register").status_code == 403
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0
