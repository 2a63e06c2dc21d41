from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from forum.core.access import Role
from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.campaigns.queries import get_campaign, phase_of

FORM = {
    "slug": "netzero-2026",
    "title": "2026 탄소중립 국민포럼",
    "kind": "FORUM",
    "summary": "함께 이야기해요",
    "proposing_opens": "2026-12-01T09:00",
    "proposing_closes": "2026-12-31T18:00",
    "voting_opens": "2026-12-01T09:00",
    "voting_closes": "",
    "review_opens": "",
    "review_closes": "",
    "referral_opens": "",
    "referral_closes": "",
    "answer_opens": "",
    "answer_closes": "",
}


@pytest.fixture
def admin(client, make):
    return client.login(make.admin())


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}])
def test_who_may_open_the_admin_pages(client, make, role):
    campaign = make.campaign()
    client.login(make.account(role))
    wanted = 200 if role is Role.ADMIN else 403
    for path in ("/admin/campaigns", "/admin/campaigns/new", f"/admin/campaigns/{campaign.slug}"):
        assert client.get(path).status_code == wanted
    assert client.post("/admin/campaigns/new", data=FORM).status_code == (302 if role is Role.ADMIN else 403)


def test_the_list_names_every_campaign_and_leads_to_its_form(admin, make):
    make.campaign(slug="first", title="<b>첫</b> 포럼")
    page = admin.get("/admin/campaigns").text
    assert "&lt;b&gt;첫&lt;/b&gt; 포럼" in page
    assert 'href="/admin/campaigns/first"' in page


def test_an_empty_list_says_what_to_do(admin):
    assert "아직 포럼이 없어요" in admin.get("/admin/campaigns").text


def test_the_empty_form_comes_with_the_usual_calendar(admin):
    page = admin.get("/admin/campaigns/new").text
    assert len(re.findall(r'type="datetime-local" value="\d{4}-\d\d-\d\dT\d\d:\d\d"', page)) == 10


def test_making_a_campaign_in_seoul_time(admin):
    assert admin.post("/admin/campaigns/new", data=FORM).status_code == 302
    campaign = get_campaign("netzero-2026")
    proposing, voting = phase_of(campaign, PhaseKind.PROPOSING), phase_of(campaign, PhaseKind.VOTING)
    assert proposing.opens_at.astimezone(SEOUL).isoformat() == "2026-12-01T09:00:00+09:00"
    assert voting.closes_at is None
    assert len(campaign.phases) == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "한글 주소", "영어 소문자"),
        ("slug", "taken", "이미 쓰이고"),
        ("title", "", "제목을 입력해"),
        ("title", "제" * 101, "100자까지"),
        ("kind", "NONSENSE", ""),
        ("kind", "", ""),
        ("proposing_closes", "2026-11-30T09:00", "시작보다 늦어야"),
        ("proposing_closes", "언젠가", ""),
        ("proposing_opens", "2026-02-30T09:00", ""),
        ("proposing_opens", "0001-01-01T00:00", "2000년"),
        ("voting_closes", "9999-12-31T23:59", "2000년"),
    ],
)
def test_what_was_typed_stays_beside_the_message(admin, make, field, value, words):
    make.campaign(slug="taken")
    response = admin.post("/admin/campaigns/new", data=FORM | {field: value})
    assert response.status_code == 400
    assert words in response.text
    assert 'aria-invalid="true"' in response.text
    kept = {"slug": "netzero-2026", "title": FORM["title"], "proposing_opens": "2026-12-01T09:00"}
    kept.pop(field, None)
    for typed in kept.values():
        assert f'value="{typed}"' in response.text
    assert "함께 이야기해요</textarea>" in response.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Campaign)) == 1


def seen_on(page):
    return re.search(r'name="seen" value="(\w+)"', page)[1]


def test_editing_keeps_address_and_kind(admin, make):
    make.campaign(slug="kept")
    page = admin.get("/admin/campaigns/kept").text
    assert 'name="slug"' not in page
    changes = {name: value for name, value in FORM.items() if name not in {"slug", "kind"}}
    changes |= {"title": "고친 제목", "seen": seen_on(page)}
    assert admin.post("/admin/campaigns/kept", data=changes).status_code == 302
    campaign = get_campaign("kept")
    assert (campaign.title, campaign.kind.name) == ("고친 제목", "FORUM")
    assert {phase.kind for phase in campaign.phases} == {PhaseKind.PROPOSING, PhaseKind.VOTING}


def test_a_bad_edit_changes_nothing(admin, make):
    make.campaign(slug="kept", title="그대로")
    bad = FORM | {"title": "바꿈", "proposing_closes": "2026-01-01T00:00"}
    bad["seen"] = seen_on(admin.get("/admin/campaigns/kept").text)
    assert admin.post("/admin/campaigns/kept", data=bad).status_code == 400
    assert get_campaign("kept").title == "그대로"


def test_a_page_that_is_out_of_date_comes_back_with_the_present_values_beside_what_was_typed(admin, make):
    campaign = make.campaign(slug="kept", title="처음 제목")
    old = {"seen": seen_on(admin.get("/admin/campaigns/kept").text)}
    campaign.title = "다른 관리자의 제목"
    wrong = admin.post("/admin/campaigns/kept", data=FORM | old | {"voting_closes": "언젠가"})
    assert (wrong.status_code, seen_on(wrong.text)) == (400, old["seen"])  # nothing new was shown yet
    for form in (FORM | old, FORM):
        response = admin.post("/admin/campaigns/kept", data=form | {"title": "내가 쓴 제목"})
        assert response.status_code == 409
        for words in ("다른 관리자의 제목</dd>", 'value="내가 쓴 제목"'):
            assert words in response.text
    again = FORM | {"title": "내가 쓴 제목", "seen": seen_on(response.text)}
    assert admin.post("/admin/campaigns/kept", data=again).status_code == 302


def test_an_unknown_campaign(admin):
    assert admin.get("/admin/campaigns/nowhere").status_code == 404
