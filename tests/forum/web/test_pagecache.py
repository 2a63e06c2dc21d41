from __future__ import annotations

import contextvars
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from flask import session

from forum import create_app
from forum.core import clock
from forum.core.extensions import db
from forum.voice.campaigns.queries import get_campaign
from forum.web.gate import public
from forum.web.pagecache import PageCache, same_for_visitors
from tests.conftest import test_config


@pytest.fixture(scope="module")
def caching(tmp_path_factory):
    """Applications that keep pages for a minute, by the address of their database: to make one takes a second."""
    made = {}

    def get(url):
        if url not in made:
            made[url] = create_app(test_config(url, tmp_path_factory.mktemp("caching"), VISITOR_CACHE_SECONDS=60))
        return made[url]

    return get


@pytest.fixture
def kept(app, caching, monkeypatch):
    """A second application on the same database, which has kept no page yet; return a function for GET."""
    other = caching(app.config["DATABASE_URL"])
    monkeypatch.setitem(other.extensions, "visitor_pages", PageCache(60))

    def get(path, client=None, **options):
        db.session.commit()
        visit = (client or other.test_client()).get
        context = contextvars.Context()
        context.run(clock._pinned.set, clock._pinned.get())
        return context.run(visit, path, **options)

    yield get, other
    with other.app_context():
        db.engine.dispose()


def test_a_visitors_page_is_made_once(kept, make, count_queries):
    get, _other = kept
    campaign = make.campaign(slug="kept")
    make.idea(campaign, title="먼저 온 제안")
    first = get("/c/kept/ideas")
    make.idea(campaign, title="나중에 온 제안")
    second = get("/c/kept/ideas")
    assert "먼저 온 제안" in first.text
    assert second.data == first.data
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert second.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]


def test_each_address_is_a_page_of_its_own(kept, make):
    get, _other = kept
    campaign = make.campaign(slug="kept")
    make.idea(campaign, title="수송 제안", region_code="11")
    assert "수송 제안" in get("/c/kept/ideas").text
    assert "수송 제안" not in get("/c/kept/ideas?region=26").text


def test_it_is_made_anew_after_its_seconds(kept, make):
    get, _other = kept
    campaign = make.campaign(slug="kept")
    make.idea(campaign)
    now = clock.now()
    for seconds, count in ((0, 1), (59, 1), (61, 2)):
        with clock.at(now + timedelta(seconds=seconds)):
            assert f"제안 {count}건" in get("/c/kept/ideas").text
        if not seconds:
            make.idea(campaign)


def test_whoever_has_a_cookie_sees_the_present(kept, make):
    get, other = kept
    idea = make.idea(make.campaign(slug="kept"))
    voter = make.citizen()
    db.session.commit()
    client = other.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = voter.fs_uniquifier, True
    assert "아직 투표가 없어요" in get("/c/kept/ideas").text
    assert "아직 투표가 없어요" in get("/c/kept/ideas", client).text
    make.vote(idea, voter)
    assert "찬성 1<" in get("/c/kept/ideas", client).text
    assert "아직 투표가 없어요" in get("/c/kept/ideas").text


def test_a_chosen_look_is_a_page_of_its_own_in_the_cache(kept, make):
    get, other = kept
    make.idea(make.campaign(slug="kept"))
    db.session.commit()
    dark = other.test_client()
    dark.set_cookie("look", "dark")
    assert 'data-look="dark"' in get("/c/kept/ideas", dark).text
    make.idea(get_campaign("kept"))
    db.session.commit()
    assert "제안 1건" in get("/c/kept/ideas", dark).text  # from the cache, cookie or not
    assert "data-look" not in get("/c/kept/ideas").text


def test_nothing_of_somebody_signed_in_is_kept(kept, make):
    get, other = kept
    make.idea(make.campaign(slug="kept"))
    reader = make.citizen(display_name="김숨은이름")
    db.session.commit()
    client = other.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = reader.fs_uniquifier, True
    assert "김숨은이름" in get("/c/kept/ideas", client).text
    assert "김숨은이름" not in get("/c/kept/ideas").text


def test_what_is_not_found_is_asked_for_again(kept, make):
    get, _other = kept
    assert get("/c/kept").status_code == 404
    make.campaign(slug="kept")
    assert get("/c/kept").status_code == 200


@pytest.mark.parametrize(
    "other_address",
    [
        {"environ_overrides": {"SCRIPT_NAME": "/evil"}},
        {"base_url": "https://localhost"},
        {"base_url": "http://127.0.0.1"},
    ],
    ids=["folder", "scheme", "host"],
)
def test_a_page_of_another_address_is_another_page(kept, make, other_address):
    get, _other = kept
    make.idea(make.campaign(slug="kept"))
    foreign = get("/c/kept/ideas", **other_address)
    assert foreign.status_code == 200
    own = get("/c/kept/ideas")
    assert "/evil" not in own.text
    assert "/evil" not in own.headers.get("Location", "")
    assert len(_other.extensions["visitor_pages"].pages) == 2


def test_a_page_in_another_language_is_another_page(kept, make, monkeypatch):
    get, other = kept
    make.campaign(slug="kept")
    get("/c/kept/ideas")
    monkeypatch.setattr(other.extensions["babel"], "locale_selector", lambda: "en")
    get("/c/kept/ideas")
    assert len(other.extensions["visitor_pages"].pages) == 2


@pytest.mark.parametrize("when", ["in the view", "after it"])
def test_a_page_that_sets_a_cookie_is_never_kept(kept, make, monkeypatch, when):
    """The session's cookie is set after all `after_request` functions."""
    get, other = kept
    make.campaign(slug="kept")
    view = other.view_functions["ideas.listing"]

    def counting(**values):
        session["visits"] = 1
        return view(**values)

    counting.is_public = counting.is_same_for_visitors = True
    if when == "in the view":
        monkeypatch.setitem(other.view_functions, "ideas.listing", counting)
    else:
        monkeypatch.setitem(other.after_request_funcs, None, [*other.after_request_funcs[None], _set_visits])
    for _visit in range(2):
        assert "Set-Cookie" in get("/c/kept/ideas").headers
    assert not other.extensions["visitor_pages"].pages


def _set_visits(response):
    session["visits"] = 1
    return response


def test_a_kept_page_carries_no_cookie(kept, make):
    get, other = kept
    make.idea(make.campaign(slug="kept"))
    first, second = get("/c/kept/ideas"), get("/c/kept/ideas")
    assert len(other.extensions["visitor_pages"].pages) == 1
    assert "Set-Cookie" not in first.headers
    assert "Set-Cookie" not in second.headers


def test_an_old_page_is_better_than_none(kept, make, monkeypatch):
    get, other = kept
    make.idea(make.campaign(slug="kept"), title="먼저 온 제안")
    get("/c/kept/ideas")
    now = clock.now()
    monkeypatch.setitem(other.view_functions, "ideas.listing", _out_of_order)
    for seconds, status in ((61, 200), (119, 200), (121, 503)):
        with clock.at(now + timedelta(seconds=seconds)):
            response = get("/c/kept/ideas")
        assert response.status_code == status
        assert ("먼저 온 제안" in response.text) is (status == 200)


@public
@same_for_visitors
def _out_of_order(**_values):
    raise sa.exc.OperationalError("SELECT", {}, psycopg.errors.LockNotAvailable())


def test_one_request_makes_a_page_anew_and_the_others_get_the_old_one(kept, make, monkeypatch):
    get, other = kept
    campaign = make.campaign(slug="kept")
    make.idea(campaign, title="먼저 온 제안")
    get("/c/kept/ideas")
    make.idea(campaign, title="나중에 온 제안")
    view, meanwhile = other.view_functions["ideas.listing"], []

    @public
    @same_for_visitors
    def slow(**values):
        if not meanwhile:
            meanwhile.append("")
            meanwhile[0] = get("/c/kept/ideas").text
        return view(**values)

    monkeypatch.setitem(other.view_functions, "ideas.listing", slow)
    with clock.at(clock.now() + timedelta(seconds=61)):
        renewed = get("/c/kept/ideas").text
        assert "나중에 온 제안" not in meanwhile[0]
        assert "나중에 온 제안" in renewed
        assert get("/c/kept/ideas").text == renewed
