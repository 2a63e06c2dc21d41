from __future__ import annotations

import contextvars
from datetime import timedelta

import pytest

from forum import create_app
from forum.core import clock
from forum.core.extensions import db
from tests.conftest import test_config


@pytest.fixture
def kept(app, tmp_path):
    """Start a second application on the same database that caches pages for a minute; return a function for GET."""
    other = create_app(test_config(app.config["DATABASE_URL"], tmp_path, VISITOR_CACHE_SECONDS=60))

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
    assert "찬성 <strong>0" in get("/c/kept/ideas").text
    assert "찬성 <strong>0" in get("/c/kept/ideas", client).text
    make.vote(idea, voter)
    assert "찬성 <strong>1" in get("/c/kept/ideas", client).text
    assert "찬성 <strong>0" in get("/c/kept/ideas").text


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
