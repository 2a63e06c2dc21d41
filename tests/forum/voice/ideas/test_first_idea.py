"""An idea that a visitor writes before they have an account: from the form over registering to the posted idea."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.queries import account_by_email
from forum.people.policies.models import PolicyKind
from forum.people.policies.services import publish_version
from forum.voice.campaigns.models import Phase, PhaseKind
from forum.voice.ideas.models import Idea, IdeaDraft
from tests.factories import AGREED
from tests.forum.people.policies.test_services import WORDS
from tests.forum.people.signin.test_security import EMAIL, PERSON, mailed_path

TITLE, BODY = "급식 잔반을 <b>저울</b>로 재요", "반마다 남긴 양을 재어 <script>alert(1)</script> 달마다 알려 주세요."
LINK = "/account/confirm/"


@pytest.fixture
def page(make) -> str:
    """The path of the page for a new idea."""
    return f"/c/{make.campaign().slug}/ideas/new"


def write(client, page, **changed):
    return client.post(page, data={"title": TITLE, "body": BODY, "sector": "WASTE", "region_code": "11"} | changed)


def ideas() -> list[Idea]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Idea)))


def drafts() -> list[IdeaDraft]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(IdeaDraft)))


def test_from_writing_to_the_posted_idea(client, page):
    asked = write(client, page)
    assert (asked.status_code, asked.location) == (303, f"/account/register?next={page}")
    form = client.get(asked.location).text
    assert "올리기 전에 1분 가입" in form
    assert "급식 잔반을 &lt;b&gt;저울" in form  # the text stands beside
    client.post("/account/register", data=PERSON | {"next": page})
    assert "확인하고 제안 올리기" in client.get("/account/register/mailed").text
    assert ideas() == []
    link = mailed_path(LINK)
    opened = client.get(link).text
    assert "확인하고 제안 올리기" in opened
    assert "급식 잔반을 &lt;b&gt;저울" in opened
    assert ideas() == []
    posted = client.post(link)
    [idea] = ideas()
    assert (posted.status_code, posted.location) == (303, f"/ideas/{idea.id}")
    assert (idea.title, idea.body, idea.sector.name, idea.region_code) == (TITLE, BODY, "WASTE", "11")
    assert idea.author_id == account_by_email(EMAIL).participant_id
    assert drafts() == []
    assert "제안을 올렸어요" in client.get(posted.location).text


def test_it_is_posted_from_another_device_too_and_only_once(app, client, page):
    write(client, page)
    client.post("/account/register", data=PERSON)
    link, phone, laptop = mailed_path(LINK), app.test_client(), app.test_client()
    phone.post(link)
    laptop.post(link)
    assert len(ideas()) == 1


def test_confirming_alone_leaves_it_a_draft(client, page):
    write(client, page)
    client.post("/account/register", data=PERSON)
    assert client.post(mailed_path(LINK), data={"later": "1"}).location == "/mine"
    assert ideas() == []
    assert [draft.title for draft in drafts()] == [TITLE]
    assert "급식 잔반을" in client.get(page).text


@pytest.mark.parametrize(
    ("changed", "words"), [({"title": ""}, "제목"), ({"body": "900101-1234568 번호"}, "주민등록번호")]
)
def test_what_would_be_refused_is_said_before_registering(client, page, changed, words):
    answer = write(client, page, **changed)
    assert answer.status_code == 400
    assert words in answer.text
    assert "alert(1)" in answer.text or "body" in changed


def test_a_closed_campaign_is_said_before_registering(client, make):
    campaign = make.campaign(open_phases=(PhaseKind.VOTING,))
    answer = write(client, f"/c/{campaign.slug}/ideas/new")
    assert answer.status_code == 409
    assert "급식 잔반을" in answer.text


def test_similar_ideas_are_shown_to_a_visitor_without_asking_to_register(client, page):
    assert write(client, page, look="1").status_code == 200


def test_what_is_refused_at_the_end_stays_a_draft_with_the_reason(client, page):
    write(client, page)
    client.post("/account/register", data=PERSON)
    db.session.execute(sa.update(Phase).values(closes_at=clock.now() - timedelta(seconds=1)))
    db.session.commit()
    answer = client.post(mailed_path(LINK))
    assert answer.location == page
    assert account_by_email(EMAIL).is_confirmed
    assert "올리지 못했어요" in client.get(page).text
    assert ideas() == []
    assert [(draft.title, draft.waits_for_confirmation) for draft in drafts()] == [(TITLE, False)]


def test_it_waits_for_an_agreement_to_terms_that_came_meanwhile(client, page, make):
    write(client, page)
    client.post("/account/register", data=PERSON | {"next": page})
    link = mailed_path(LINK)
    publish_version(PolicyKind.TERMS, make.admin(), 1, **WORDS)
    answer = client.post(link)
    assert ideas() == []
    assert [draft.title for draft in drafts()] == [TITLE]
    assert client.get("/mine").location == "/policies/agree?next=/mine"
    client.post("/policies/agree", data=AGREED | {"agree_terms": "2"})
    assert "급식 잔반을" in client.get(answer.location).text


def test_it_is_in_no_account_that_existed_already(client, page, make):
    known = make.citizen(email=EMAIL, created_at=clock.now() - timedelta(days=2))
    write(client, page)
    client.post("/account/register", data=PERSON | {"next": page})
    assert drafts() == []
    assert "확인하고 제안 올리기" in client.get("/account/register/mailed").text  # the same page as for a new address
    client.login(known)
    assert "급식 잔반을" in client.get(page).text  # this browser still has it


def test_a_childs_text_is_not_kept_before_a_guardian_consents(client, page):
    year = clock.today().year - 12
    write(client, page)
    client.post("/account/register", data=PERSON | {"birth_year": year, "birth_date": f"{year}-01-01"})
    assert drafts() == []
    assert client.post(mailed_path(LINK)).location == "/profile/guardian"
    assert "급식 잔반을" in client.get(page).text  # the browser has it for an hour


def test_a_draft_that_is_changed_meanwhile_is_not_posted_by_the_link(client, page):
    write(client, page)
    client.post("/account/register", data=PERSON)
    link = mailed_path(LINK)
    client.login(account_by_email(EMAIL))
    client.post(page.replace("/new", "/draft"), data={"title": "다시 쓰는 중", "body": ""})
    assert "제안 올리기" not in client.get(link).text.partition("<main")[2]
    client.post(link)
    assert ideas() == []


def test_programs_hear_401(client, page):
    answer = client.post(page, data={"title": TITLE, "body": BODY}, headers={"Accept": "application/json"})
    assert answer.status_code == 401


def test_what_cannot_be_kept_is_shown_to_be_copied(client, page, monkeypatch):
    monkeypatch.setattr("forum.voice.ideas.views.save_refused_form", lambda: "")
    answer = write(client, page)
    main = answer.text.partition("<main")[2]
    assert answer.status_code == 401
    assert "급식 잔반을" in main
    assert ">401<" not in main
    assert "1분 가입" in main
