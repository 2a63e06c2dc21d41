from __future__ import annotations

import pytest

from forum.web.looks import COOKIE


def test_a_choice_is_remembered_in_the_browser_and_leads_back(client):
    answer = client.post("/look", data={"look": "dark", "next": "/policies/terms?x=1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/policies/terms?x=1")
    assert client.get_cookie(COOKIE).value == "dark"
    assert 'data-look="dark"' in client.get("/").text


def test_the_device_decides_again(client):
    client.post("/look", data={"look": "contrast"})
    client.post("/look", data={"look": ""})
    assert client.get_cookie(COOKIE) is None
    assert "data-look" not in client.get("/").text


@pytest.mark.parametrize("there", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_nobody_is_sent_to_another_site(client, there):
    assert client.post("/look", data={"look": "dark", "next": there}).headers["Location"] == "/"


@pytest.mark.parametrize("value", ["red", '"><script>', "DARK"])
def test_an_unknown_look_changes_nothing(client, value):
    client.set_cookie(COOKIE, value)
    assert "data-look" not in client.get("/").text
    client.post("/look", data={"look": value})
    assert client.get_cookie(COOKIE) is None


def test_the_present_choice_is_marked(client):
    client.post("/look", data={"look": "contrast"})
    assert 'value="contrast" aria-pressed="true"' in client.get("/").text
