from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.response.pilots.models import MeasureKind, Pilot, PilotDecision, PilotState, ReadingPhase


@pytest.fixture
def office(make):
    return make.ministry()


@pytest.fixture
def officer(make, office):
    return make.approver(office)


@pytest.fixture
def promised(make, office):
    return make.short_answer(referral=make.referral(ministry=office)).referral


def plan_fields(**changes) -> dict[str, str]:
    today = clock.today()
    fields = {
        "seen_revision": "0",
        "title": "횡단보도를 밝게 칠하기",
        "summary": "형광 물감으로 다시 칠해 봐요.",
        "region_code": "11",
        "place": "시험초등학교 앞",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=20)).isoformat(),
        "measure": "멈춘 차",
        "measure_kind": "SHARE",
        "unit": "대",
        "better": "HIGHER",
        "measured_how": "학교 지킴이가 등교 시간에 세요.",
    }
    return fields | changes


def reading_fields(revision: int, k: int) -> dict[str, str]:
    today = clock.today().isoformat()
    return {
        "seen_revision": str(revision),
        "measured_from": today,
        "measured_until": today,
        "measured_by": "시험초등학교",
        "n": "100",
        "k": str(k),
    }


def revision(pilot_id: int) -> int:
    return db.session.scalar(sa.select(Pilot.revision).where(Pilot.id == pilot_id))


def photo() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(file, "JPEG")
    file.seek(0)
    return file


def test_an_office_walks_from_the_promise_to_the_spread(client, new_client, make, promised, officer):
    client.login(officer)
    assert client.post(f"/referrals/{promised.id}/pilots/new", data=plan_fields()).status_code == 303
    pilot_id = db.session.scalar(sa.select(Pilot.id))
    page = f"/pilots/{pilot_id}"
    assert "먼저 ‘하기 전’ 값" in client.get(page).text
    assert client.post(f"{page}/readings/before", data=reading_fields(1, 40)).status_code == 303
    assert client.post(f"{page}/start", data={"seen_revision": revision(pilot_id)}).status_code == 303
    told = {"text": "첫 주에는 비가 왔어요.", "caption": "새로 칠한 횡단보도", "photo": (photo(), "a.jpg")}
    assert client.post(f"{page}/reports/new", data=told).status_code == 303
    assert client.post(f"{page}/readings/after", data=reading_fields(revision(pilot_id), 70)).status_code == 303
    decided = {"seen_revision": revision(pilot_id), "decision": "SPREAD", "reason": "차가 더 멈췄어요."}
    assert client.post(f"{page}/decide", data=decided).status_code == 303
    visitor = new_client()
    shown = visitor.get(page).text
    assert "‘멈춘 차’가 40%에서 70%로 30%p 늘었어요." in shown
    assert "새로 칠한 횡단보도" in shown
    for idea_id in db.session.scalars(sa.text("SELECT idea_id FROM referral_idea")):
        assert f'href="/ideas/{idea_id}"' in shown
    report_id = db.session.scalar(sa.text("SELECT id FROM pilot_report"))
    picture = visitor.get(f"/pilots/reports/{report_id}/photo")
    assert (picture.status_code, picture.mimetype) == (200, "image/webp")
    other = new_client().login(make.officer(make.ministry(name="이어받는 구청")))
    assert "이어받기" in other.get(page).text
    assert other.post(f"{page}/take-over").status_code == 303
    assert "이어받는 구청" in visitor.get(page).text
    assert other.post(f"{page}/take-over").status_code == 409
    slug = promised.theme.campaign.slug
    assert "횡단보도를 밝게 칠하기" in visitor.get(f"/c/{slug}/pilots").text


@pytest.mark.parametrize("path", ["edit", "readings/before", "reports/new", "decide", "cancel"])
def test_another_office_finds_no_page_of_a_pilot(client, make, promised, path):
    pilot = make.pilot(promised)
    client.login(make.officer())
    assert client.get(f"/pilots/{pilot.id}/{path}").status_code == 404
    assert client.post(f"/pilots/{pilot.id}/{path}", data={}).status_code == 404


def test_what_was_typed_stays_when_a_plan_is_refused(client, promised, officer):
    client.login(officer)
    fields = plan_fields(ends_on=(clock.today() - timedelta(days=2)).isoformat())
    refused = client.post(f"/referrals/{promised.id}/pilots/new", data=fields)
    assert refused.status_code == 400
    assert "끝나는 날은 시작하는 날보다 앞설 수 없어요." in refused.text
    assert "형광 물감으로 다시 칠해 봐요." in refused.text


def test_a_photo_without_words_is_refused_and_the_text_stays(client, make, promised, officer):
    pilot = make.pilot(promised)
    client.login(officer)
    told = {"text": "첫 주에는 비가 왔어요.", "caption": " ", "photo": (photo(), "a.jpg")}
    refused = client.post(f"/pilots/{pilot.id}/reports/new", data=told)
    assert refused.status_code == 400
    assert "첫 주에는 비가 왔어요." in refused.text
    assert db.session.scalar(sa.text("SELECT count(*) FROM pilot_report")) == 0


def test_an_office_that_gives_up_says_why(client, new_client, make, promised, officer):
    pilot = make.pilot(promised)
    client.login(officer)
    data = {"seen_revision": pilot.revision, "reason": "장소를 못 구했어요."}
    assert client.post(f"/pilots/{pilot.id}/cancel", data=data).status_code == 303
    assert "장소를 못 구했어요." in new_client().get(f"/pilots/{pilot.id}").text


def test_a_pilot_to_be_changed_is_planned_again_by_a_button(client, make, promised, officer):
    pilot = make.pilot(promised)
    make.reading(pilot)
    pilot.state = PilotState.RUNNING
    db.session.flush()
    make.reading(pilot, ReadingPhase.AFTER)
    client.login(officer)
    data = {"seen_revision": pilot.revision, "decision": PilotDecision.CHANGE.name, "reason": "저녁에는 안 보여요."}
    assert client.post(f"/pilots/{pilot.id}/decide", data=data).status_code == 303
    assert "고친 시범 준비하기" in client.get(f"/pilots/{pilot.id}").text
    assert client.post(f"/pilots/{pilot.id}/again").status_code == 303


@pytest.fixture
def everyday(make, office):
    """A letter of an everyday campaign whose answer promises a pilot."""
    idea = make.everyday_idea()
    theme = make.theme(idea.campaign, [idea], state=ThemeState.APPROVED)
    return make.short_answer(referral=make.referral(theme, office)).referral


def test_an_officer_finds_what_is_promised_under_way_and_to_take_over(client, make, everyday, officer):
    running = make.walked_pilot(None, PilotState.RUNNING, ministry_id=officer.ministry_id, title="해 보는 시범")
    foreign = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.SPREAD, title="다른 기관의 시범")
    client.login(officer)
    desk = client.get("/ministry").text
    assert f"/referrals/{everyday.id}/pilots/new" in desk
    assert f"/pilots/{running.id}" in desk
    assert f"/pilots/{foreign.id}/take-over" in desk
    assert "준비할 시범" not in client.get("/").text  # the menu shows a number, no words


def test_a_letter_shows_its_pilots_and_the_button_to_those_who_may_plan(client, new_client, make, everyday, officer):
    path, button = f"/referrals/{everyday.id}", "시범 준비하기"
    client.login(officer)
    stranger, visitor = new_client().login(make.officer()), new_client()
    assert button in client.get(path).text
    assert button not in stranger.get(path).text
    assert button not in visitor.get(path).text
    pilot = make.pilot(everyday, title="횡단보도 시범")
    db.session.commit()
    shown = client.get(path).text
    assert button not in shown
    assert f"/pilots/{pilot.id}" in shown
    assert "횡단보도 시범" in new_client().get(f"/themes/{everyday.theme_id}").text


def test_the_board_of_an_everyday_forum_leads_to_its_pilots(client, make, everyday):
    campaign = everyday.theme.campaign
    assert f"/c/{campaign.slug}/pilots" in client.get(f"/c/{campaign.slug}/referrals").text
    usual = make.referral().theme.campaign
    assert f"/c/{usual.slug}/pilots" not in client.get(f"/c/{usual.slug}/referrals").text


def test_a_result_is_drawn_with_its_range_and_what_would_be_no_difference(client, make):
    pilot = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.SPREAD)
    shown = client.get(f"/pilots/{pilot.id}").text
    assert shown.count('class="difference"') == 1
    assert "차이 없음" in shown
    once = {"measure_kind": MeasureKind.MEAN}
    alone = make.pilot(**once)
    make.reading(alone, n=1, k=None, mean=3.0, sd=0.0)
    alone.state = PilotState.RUNNING
    db.session.flush()
    make.reading(alone, ReadingPhase.AFTER, n=1, k=None, mean=2.0, sd=0.0)
    shown = client.get(f"/pilots/{alone.id}").text
    assert "한 번씩만 재서" in shown
    assert 'class="difference"' not in shown
