from __future__ import annotations

import pytest

from forum.publication.figures.recent import recent_figures
from forum.web import recent


@pytest.fixture
def cached(app):
    app.config["VISITOR_CACHE_SECONDS"] = 5
    yield
    app.config["VISITOR_CACHE_SECONDS"] = 0
    app.extensions.pop("forum_recent", None)


def test_figures_are_counted_each_time_where_caching_is_off(make, count_queries):
    campaign = make.campaign()
    make.idea(campaign)
    assert campaign.phases, "a page has loaded them"
    assert count_queries(lambda: recent_figures(campaign)) == count_queries(lambda: recent_figures(campaign)) == 5
    make.idea(campaign)
    assert sum(one.value for one in recent_figures(campaign).sectors) == 2


def test_figures_of_the_last_minute_take_no_statement(make, cached, count_queries, monkeypatch):
    campaign = make.campaign()
    make.idea(campaign)
    recent_figures(campaign)
    make.idea(campaign)
    assert count_queries(lambda: recent_figures(campaign)) == 0
    monkeypatch.setattr(recent, "KEPT_SECONDS", -1)
    assert sum(one.value for one in recent_figures(campaign).sectors) == 2


def test_each_campaign_has_its_own_and_there_is_a_bound(make, cached, monkeypatch):
    monkeypatch.setattr(recent, "MAX_KEPT", 2)
    campaigns = [make.campaign() for _n in range(3)]
    make.idea(campaigns[2])
    assert [len(recent_figures(one).sectors) for one in campaigns] == [0, 0, 1]
