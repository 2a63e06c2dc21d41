from __future__ import annotations

import io
import json
import zipfile

import sqlalchemy as sa
from werkzeug.test import TestResponse

from forum import create_app
from forum.core.extensions import db, limiter
from forum.people.accounts.queries import account_by_email
from forum.people.accounts.services import add_account
from forum.system.audit.models import AuditEntry
from tests.conftest import test_config

PASSWORD = "바다가보이는우리학교"
LEAVE = {"posts": "keep", "password": PASSWORD, "idempotency_key": "k" * 12}


def test_leaving_ends_every_session(client, new_client):
    add_account("haeun@example.org", "하은", PASSWORD)
    elsewhere = new_client()
    for browser in (client, elsewhere):
        browser.post("/account/login", data={"email": "haeun@example.org", "password": PASSWORD})
    assert client.get("/profile/leave").status_code == 200
    assert client.post("/profile/leave", data=LEAVE).status_code == 303
    for browser in (client, elsewhere):
        assert browser.get("/profile").status_code == 302
    assert account_by_email("haeun@example.org") is None
    again = client.post("/account/login", data={"email": "haeun@example.org", "password": PASSWORD})
    assert again.status_code == 400


def test_a_wrong_password_or_no_choice_is_told(client):
    client.login(add_account("haeun@example.org", "하은", PASSWORD))
    wrong = client.post("/profile/leave", data=LEAVE | {"password": "틀린비밀번호입니다"})
    assert (wrong.status_code, "비밀번호가 맞지 않아요" in wrong.text) == (400, True)
    assert client.post("/profile/leave", data={"password": PASSWORD}).status_code == 400
    assert account_by_email("haeun@example.org") is not None


def test_staff_are_told_what_stands_in_the_way(client, make):
    from flask_security.utils import hash_password

    client.login(make.analyst(password=hash_password(PASSWORD)))
    response = client.post("/profile/leave", data=LEAVE)
    assert (response.status_code, "역할을 맡고 있어" in response.text) == (409, True)


# Data export
def download(client, **form) -> TestResponse:
    """Return the response after closing it, as a server does; this deletes the archive."""
    with client.post("/profile/data", data=form) as answer:
        answer.get_data()
        return answer


def test_the_page_says_what_is_in_it_and_the_button_hands_it_over(client, make):
    client.login(make.citizen())
    page = client.get("/profile/data")
    assert (page.status_code, "votes.csv" in page.text) == (200, True)
    answer = download(client, idempotency_key="k" * 12)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    again = download(client, idempotency_key="k" * 12)  # the same button, pressed twice
    assert zipfile.ZipFile(io.BytesIO(again.data)).testzip() is None


def test_what_was_written_a_moment_ago_is_in_it(client, make):
    client.login(make.citizen())
    client.post("/profile", data={"display_name": "새로운별명", "region_code": "11"})
    archive = zipfile.ZipFile(io.BytesIO(download(client).data))
    assert json.loads(archive.read("me.json"))["account"][0]["display_name"] == "새로운별명"


def test_a_child_who_waits_takes_its_data_too(client, make):
    client.login(make.child())
    assert download(client).mimetype == "application/zip"


def test_only_people_with_an_office_leave_a_trace(client, new_client, make):
    analyst = make.analyst()
    download(client.login(analyst))
    download(new_client().login(make.citizen()))
    entries = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "accounts.download")).all()
    assert [(entry.actor_id, entry.subject_id) for entry in entries] == [(analyst.id, analyst.id)]


def test_whose_account_was_closed_meanwhile_gets_nothing(client, make):
    person = make.citizen()
    client.login(person)
    person.active = False
    assert download(client).status_code in {302, 401}


def test_ten_an_hour_for_each_person_and_not_for_each_address(app, make, tmp_path):
    counting = create_app(test_config(str(app.config["SQLALCHEMY_DATABASE_URI"]), tmp_path, RATELIMIT_ENABLED=True))
    counting.test_client_class = app.test_client_class
    limiter.reset()
    eager, other = (counting.test_client().login(make.citizen()) for _ in range(2))
    assert [download(eager).status_code for _ in range(11)] == [200] * 10 + [429]
    assert download(other).status_code == 200
    limiter.enabled = False  # all applications of this process share the limiter
    with counting.app_context():
        db.engine.dispose()
