from __future__ import annotations

import sqlalchemy as sa

from forum.core.extensions import db
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries, get_ministry
from forum.people.ministries.services import load_ministries


def test_loading_again_renews_and_never_removes(app, make):
    own = make.ministry(code="OLD")
    n_rows = load_ministries()
    get_ministry("MCEE").duties = "바뀐 말"
    assert load_ministries() == n_rows
    assert db.session.scalar(sa.select(sa.func.count(Ministry.id))) == n_rows + 1
    assert get_ministry("MCEE").name == "기후에너지환경부"
    assert get_ministry("MCEE").duties != "바뀐 말"
    assert own in all_ministries()
