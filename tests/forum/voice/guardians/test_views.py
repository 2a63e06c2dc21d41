from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.queries import account_by_email
from forum.system.notices.models import OutboxMail
from forum.voice.guardians.models import ConsentState, GuardianConsent
from forum.voice.guardians.queries import ANSWER_PURPOSE, MANAGE_PURPOSE, consent_token
from tests.factories import AGREED

ANSWER = {"guardian_name": "김보호", "is_guardian": "y", "may_use_data": "y"}


def mailed_path() -> str:
    db.session.rollback()
    body = db.session.scalars(sa.select(OutboxMail.body).order_by(OutboxMail.id.desc()).limit(1)).one()
    return re.search(r"https?://[^/\s]+(/guardian/\S+)", body)[1]


def the_consent() -> GuardianConsent:
    return db.session.scalars(sa.select(GuardianConsent)).one()


def test_from_registering_to_consent_and_back(client, new_client):
    with clock.at(clock.now()):
        year = clock.today().year - 10
        person = {"email": "aidan@example.org", "display_name": "아이단", "password": "바다가보이는우리학교"} | AGREED
        page = client.post("/account/register", data=person | {"birth_year": str(year), "region_code": ""})
        assert page.status_code == 400
        assert "날짜도 골라 주세요" in page.text
        born = {"birth_year": str(year), "birth_date": f"{year}-01-02", "region_code": "11", "agree_region": "y"}
        assert client.post("/account/register", data=person | born).status_code == 302
        client.post(
            re.search(r"https?://[^/\s]+(/account/confirm/\S+)", db.session.scalar(sa.select(OutboxMail.body)))[1]
        )
        assert "보호자에게 부탁하기" in client.get("/").text
        assert client.post("/profile/guardian", data={"guardian_email": "eomma@example.org"}).status_code == 303
        guardian, path = new_client(), mailed_path()
        page = guardian.get(path).text
        assert "아이단" in page
        assert "개발용 확인 방법" in page
        assert guardian.post(path, data=ANSWER).status_code == 303
        assert not account_by_email("aidan@example.org").waits_for_consent
        path = mailed_path()
        assert path.startswith("/guardian/manage/")
        assert guardian.post(path).status_code == 303
        assert account_by_email("aidan@example.org").waits_for_consent
        assert "동의를 거두셨어요" in guardian.get(path).text


@pytest.mark.parametrize("missing", ["guardian_name", "is_guardian", "may_use_data"])
def test_every_box_is_a_consent_of_its_own(client, make, missing):
    consent = make.consent()
    answer = {name: value for name, value in ANSWER.items() if name != missing}
    response = client.post(f"/guardian/{consent_token(consent, ANSWER_PURPOSE)}", data=answer)
    assert response.status_code == 400
    assert the_consent().state is ConsentState.ASKED


def test_a_guardian_says_no_without_filling_anything_in(client, make):
    path = f"/guardian/{consent_token(make.consent(), ANSWER_PURPOSE)}"
    assert client.post(path, data={"refuse": "1"}).status_code == 303
    assert the_consent().state is ConsentState.REFUSED
    assert "동의하지 않으셨어요" in client.get(path).text


def test_the_child_who_opens_the_link_gets_no_form(client, make):
    consent = make.consent()
    client.login(consent.account)
    path = f"/guardian/{consent_token(consent, ANSWER_PURPOSE)}"
    assert "동의해요</button>" not in client.get(path).text
    assert client.post(path, data=ANSWER).status_code == 403
    assert the_consent().state is ConsentState.ASKED


@pytest.mark.parametrize("text", ["x", "1", "a.b", "한글", "x" * 3_000])
@pytest.mark.parametrize("page", ["/guardian/", "/guardian/manage/"])
def test_a_forged_link_is_no_page(client, make, page, text):
    make.consent()
    assert client.get(page + text).status_code == 404
    assert client.post(page + text, data=ANSWER).status_code == 404


def test_a_link_is_good_for_its_own_purpose_only(client, make):
    consent = make.consent()
    assert client.get(f"/guardian/manage/{consent_token(consent, ANSWER_PURPOSE)}").status_code == 404
    assert client.get(f"/guardian/{consent_token(consent, MANAGE_PURPOSE)}").status_code == 404


@pytest.mark.parametrize("path", ["/guardian/{}", "/guardian/manage/{}"])
def test_looking_changes_nothing(client, make, path):
    child = make.child(waits_for_consent=False)
    consent = the_consent()
    purpose = MANAGE_PURPOSE if "manage" in path else ANSWER_PURPOSE
    assert client.get(path.format(consent_token(consent, purpose))).status_code == 200
    assert the_consent().state is ConsentState.GIVEN
    assert not account_by_email(child.email).waits_for_consent


@pytest.mark.parametrize("email", ["", "nonsense", "a\x00@example.org", "x" * 300])
def test_a_mistyped_address_is_told(client, make, email):
    client.login(make.child())
    response = client.post("/profile/guardian", data={"guardian_email": email})
    assert response.status_code == 400
    assert db.session.scalars(sa.select(GuardianConsent)).all() == []


def test_somebody_of_age_needs_nobody(client, make):
    client.login(make.citizen())
    assert "필요하지 않아요" in client.get("/profile/guardian").text
    assert client.post("/profile/guardian", data={"guardian_email": "eomma@example.org"}).status_code == 403


def test_a_childs_name_is_shown_as_text(client, make):
    consent = make.consent(make.child(display_name="<script>x</script>"))
    assert "<script>x" not in client.get(f"/guardian/{consent_token(consent, ANSWER_PURPOSE)}").text
