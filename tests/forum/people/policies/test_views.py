from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.people.policies.models import PolicyAgreement, PolicyKind
from forum.people.policies.services import publish_shipped, publish_version
from forum.voice.ideas.models import Idea
from tests.factories import AGREED
from tests.forum.people.policies.test_services import WORDS

SCRIPT_WORDS = WORDS | {"text": "## <script>alert(1)</script>\n\n{{OPERATOR_NAME}}"}


@pytest.fixture
def pending(make):
    return make.citizen(must_agree=True)


@pytest.mark.parametrize("kind", list(PolicyKind), ids=lambda kind: kind.slug)
def test_everybody_reads_each_document_with_the_operators_facts(client, kind):
    page = client.get(f"/policies/{kind.slug}").text
    assert f"<h1>{kind.label}</h1>" in page
    assert "{{" not in page


def test_the_footer_names_the_operator_and_the_officer_on_every_page(app, client):
    footer = client.get("/account/login").text.split("<footer")[1]
    assert "<strong>개인정보 처리방침</strong>" in footer
    for name in ("OPERATOR_NAME", "OPERATOR_ADDRESS", "OPERATOR_EMAIL", "PRIVACY_OFFICER", "PRIVACY_OFFICER_CONTACT"):
        assert app.config[name] in footer


@pytest.mark.parametrize("path", ["/policies/nonsense", "/policies/terms/2", "/policies/TERMS"])
def test_what_is_no_document_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_the_registration_page_shows_the_texts_and_keeps_a_ticked_box(client):
    page = client.get("/account/register").text
    assert "동의를 거부" in page or "동의하지 않을 권리" in page
    page = client.post("/account/register", data={"email": "", "agree_terms": "1"}).text
    assert 'name="agree_terms" value="1" checked' in page
    assert 'name="agree_consent" value="1" aria-invalid' in page


def test_who_has_not_agreed_is_asked_before_the_next_page_of_their_own(client, pending):
    client.login(pending)
    asked = client.get("/notices")
    assert (asked.status_code, asked.location) == (302, "/policies/agree?next=/notices")
    done = client.post("/policies/agree", data=AGREED | {"next": "/notices"})
    assert (done.status_code, done.location) == (303, "/notices")
    assert client.get("/notices").status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PolicyAgreement)) == 2


def test_reading_taking_ones_data_leaving_and_signing_out_need_no_agreement(make, client, pending):
    campaign = make.campaign()
    client.login(pending)
    for path in ("/", f"/c/{campaign.slug}", "/policies/terms", "/profile/data", "/profile/leave", "/account/change"):
        assert client.get(path).status_code == 200, path
    with client.post("/profile/data") as archive:
        assert archive.status_code == 200
    assert client.post("/account/logout").status_code == 302


def test_an_idea_is_held_until_its_author_agrees_and_is_not_lost(make, client, pending):
    campaign = make.campaign()
    path = f"/c/{campaign.slug}/ideas/new"
    idea = {"title": "학교 지붕에 태양광을", "body": "학교 지붕마다 태양광 발전기를 놓으면 좋겠습니다."}
    client.login(pending)
    held = client.post(path, data=idea)
    assert held.status_code == 409
    assert f"/policies/agree?next={path.replace('/', '%2F')}" in held.text
    assert idea["body"] in held.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Idea)) == 0
    assert client.post("/policies/agree", data=AGREED | {"next": path}).location == path
    assert idea["body"] in client.get(path).text
    assert client.post(path, data=idea).status_code == 303


def test_a_vote_is_held_too(make, client, pending):
    idea = make.idea(make.campaign())
    client.login(pending)
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code == 409
    answer = client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}, headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert "동의" in answer.json["error"]["message"]


def test_without_both_boxes_the_page_comes_back(client, pending):
    client.login(pending)
    page = client.post("/policies/agree", data={"agree_terms": "1"})
    assert page.status_code == 400
    assert "읽고 동의에 표시해 주세요" in page.text


def test_another_sites_address_is_not_followed(client, pending):
    client.login(pending)
    data = AGREED | {"next": "https://evil.example/"}
    assert client.post("/policies/agree", data=data).location == "/profile"


def test_who_has_agreed_is_not_asked_again(make, client):
    client.login(make.citizen())
    assert client.get("/policies/agree").status_code == 303


def test_an_admin_sees_a_preview_and_publishes_what_was_seen(make, client):
    publish_shipped()
    client.login(make.admin())
    assert "이용약관" in client.get("/admin/policies").text
    sent = SCRIPT_WORDS | {"version": "1"}
    preview = client.post("/admin/policies/terms", data=sent | {"preview": "1"}).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in preview
    assert "<script>alert(1)" not in preview
    assert "예시 운영기관" in preview
    assert "지난 판" not in client.get("/policies/terms").text
    assert client.post("/admin/policies/terms", data=sent).location == "/policies/terms"
    assert "2판" in client.get("/policies/terms").text
    assert "지난 판이에요" in client.get("/policies/terms/1").text


def test_a_version_that_came_meanwhile_answers_409(make, client):
    publish_shipped()
    publish_version(PolicyKind.GUIDE, make.admin(), 1, **WORDS)
    client.login(make.admin())
    page = client.post("/admin/policies/guide", data=WORDS | {"version": "1"})
    assert page.status_code == 409
    assert "다른 판" in page.text
