from __future__ import annotations

from forum.accounts.queries import account_by_email
from forum.accounts.services import add_account

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
    assert (wrong.status_code, "비밀번호가 맞지 않습니다" in wrong.text) == (400, True)
    assert client.post("/profile/leave", data={"password": PASSWORD}).status_code == 400
    assert account_by_email("haeun@example.org") is not None


def test_staff_are_told_what_stands_in_the_way(client, make):
    from flask_security.utils import hash_password

    client.login(make.analyst(password=hash_password(PASSWORD)))
    response = client.post("/profile/leave", data=LEAVE)
    assert (response.status_code, "역할을 맡고 있어" in response.text) == (409, True)
