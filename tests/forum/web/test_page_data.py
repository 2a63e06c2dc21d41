from __future__ import annotations

import pytest

from forum.web import page_data as registry
from forum.web.page_data import page_data, provide_page_data


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
    monkeypatch.setattr(registry, "PAGE_DATA", {})


def test_a_page_gets_what_others_registered_for_it_and_nothing_else():
    provide_page_data("themes/show.html", "referrals", lambda theme: [f"letter about {theme}"])
    provide_page_data("themes/show.html", "loud", str.upper)
    provide_page_data("elsewhere.html", "broken", lambda subject: 1 / 0)
    assert page_data("themes/show.html", "solar") == {"referrals": ["letter about solar"], "loud": "SOLAR"}
    assert page_data("nobody/asked.html", "solar") == {}


def test_registering_again_replaces():
    for word in ("first", "second"):
        provide_page_data("themes/show.html", "word", lambda theme, word=word: word)
    assert page_data("themes/show.html", None) == {"word": "second"}
