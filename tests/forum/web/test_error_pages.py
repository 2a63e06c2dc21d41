from __future__ import annotations

import pytest
import sqlalchemy as sa


def test_an_unknown_page_answers_in_korean_with_a_request_id(client):
    response = client.get("/nowhere")
    page = response.get_data(as_text=True)
    assert response.status_code == 404
    assert "찾는 화면이 없어요" in page
    assert response.headers["X-Request-Id"] in page


def test_an_error_keeps_the_menu_and_leads_on(client, make):
    campaign = make.campaign()
    assert client.get("/").status_code == 200  # since then this process knows which forum the menu leads to
    page = client.get("/nowhere").text
    assert f'href="/c/{campaign.slug}/ideas"' in page.partition("<main")[0]
    assert f'href="/c/{campaign.slug}/ideas"' in page.partition("tab-bar")[2]
    assert 'action="/search"' in page
    assert "<h1>찾는 화면이 없어요</h1>" in page
    assert ">404<" not in page


def test_the_menu_of_an_error_needs_neither_a_statement_nor_a_trusted_host(app, client, count_queries):
    app.extensions.pop("last_usual_slug", None)
    assert count_queries(lambda: client.get("/nowhere")) == 0
    page = client.get("/nowhere", headers={"Host": "evil.example"})
    assert page.status_code == 400
    assert 'href="/search"' in page.text
    assert "evil.example" not in page.text


def test_an_error_looks_as_the_reader_chose(client):
    client.set_cookie("look", "dark")
    assert 'data-look="dark"' in client.get("/nowhere").text


@pytest.mark.parametrize("prefix", ["", "/forum"])
def test_the_links_of_an_error_stay_below_the_sites_path(client, prefix):
    page = client.get("/nowhere", environ_overrides={"SCRIPT_NAME": prefix}).text
    assert f'href="{prefix}/search"' in page


def test_programs_get_json(client):
    response = client.get("/nowhere", headers={"Accept": "application/json"})
    assert response.json["error"]["status"] == 404
    assert response.json["error"]["request_id"] == response.headers["X-Request-Id"]


def test_a_wrong_method_says_which_are_right(client):
    response = client.post("/healthz")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, make, app):
    campaign = make.campaign()
    body = {"title": "가", "body": "x" * (app.config["MAX_CONTENT_LENGTH"] + 1)}
    response = client.login(make.citizen()).post(f"/c/{campaign.slug}/ideas/new", data=body)
    assert response.status_code == 413
    assert "너무 커요" in response.get_data(as_text=True)


def test_a_bug_shows_no_details(app, client, monkeypatch):
    from forum.publication.tracking import views

    def broken():
        raise RuntimeError("비밀스러운 사정")

    monkeypatch.setattr(views, "all_campaigns", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = False
    try:
        response = client.get("/")
    finally:
        app.testing = True
        app.config["PROPAGATE_EXCEPTIONS"] = None
    assert response.status_code == 500
    assert "비밀스러운" not in response.get_data(as_text=True)


def test_a_database_that_is_gone_asks_to_come_back_later(client, monkeypatch):
    from forum.publication.tracking import views

    def gone():
        raise sa.exc.OperationalError("SELECT", {}, Exception("database is locked"))

    monkeypatch.setattr(views, "all_campaigns", gone)
    response = client.get("/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"


def test_a_foreign_host_is_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_every_page_carries_its_headers(client):
    response = client.get("/healthz")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("given", ["short", "has space in it", "x" * 65, "café-0000-0000"])
def test_a_request_id_is_taken_over_only_if_it_is_one(client, given):
    assert client.get("/healthz", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given
    fine = "0123456789abcdef"
    assert client.get("/healthz", headers={"X-Request-Id": fine}).headers["X-Request-Id"] == fine


def test_an_htmx_error_takes_the_whole_page(client, make):
    response = client.post(f"/ideas/{make.idea().id}/vote", data={"value": "agree"}, headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Retarget"] == "body"
