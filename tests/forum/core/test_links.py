from __future__ import annotations

import pytest
from flask import url_for
from werkzeug.routing import BuildError

from forum.core.links import link_to, path_for


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Nothing here depends on the database."""
    return str(request.param)


PAGES = [
    ("thread.idea", {"idea_id": 17}),
    ("referrals.show", {"referral_id": 3}),
    ("answers.draft", {"referral_id": 3}),
]


@pytest.mark.parametrize(("endpoint", "values"), PAGES)
def test_a_path_needs_no_request_and_is_the_one_that_a_request_would_give(app, endpoint, values):
    path = path_for(endpoint, **values)
    with app.test_request_context("/"):
        assert path == url_for(endpoint, **values)


def test_a_link_begins_with_the_address_of_the_site_whatever_the_host_header_says(app):
    with app.test_request_context("/", headers={"Host": "evil.example"}):
        assert link_to("thread.idea", idea_id=17) == f"{app.config['BASE_URL']}/ideas/17"


def test_a_page_that_is_not_there_has_no_path(app):
    with pytest.raises(BuildError):
        path_for("thread.nothing")
