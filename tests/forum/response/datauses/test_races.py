"""Double clicks and two people at once, and what changes between the look and the lock."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.dataneeds.subjects import of_thing
from forum.response.datasets.models import Dataset, DatasetState, Sensitivity
from forum.response.datauses.deciding import publish_use, return_use
from forum.response.datauses.models import DataUse, UseState
from forum.response.datauses.services import UseWords, change_use, write_use
from forum.voice.ideas.queries import get_idea
from tests.races import at_once, changed_meanwhile

WORDS = UseWords("병원이 가장 많이 써요", "유형마다 나누어 보았어요.")


def together(app, *acts) -> list[str]:
    return sorted(type(one).__name__ for one in at_once(app, acts))


def test_two_clicks_write_once_and_of_two_acts_on_one_use_one_is_done(app, make):
    closed = make.dataset(state=DatasetState.OFFERED, sensitivity=Sensitivity.AGGREGATE)
    author, analyst, idea, dataset = make.citizen().id, make.analyst().id, make.idea().id, closed.id
    who = lambda account_id: db.session.get_one(Account, account_id)  # noqa: E731
    write = lambda: write_use(of_thing(get_idea(idea)), who(author), WORDS, [dataset])  # noqa: E731
    assert together(app, write, write) == ["NoneType"] * 2
    use_id = db.session.scalars(sa.select(DataUse.id)).one()
    use = lambda: db.session.get_one(DataUse, use_id)  # noqa: E731
    acts = (
        lambda: publish_use(use(), who(analyst), seen=1),
        lambda: return_use(use(), who(analyst), "까닭", seen=1),
        lambda: change_use(use(), who(author), UseWords("고친 것", "다시 셌어요."), [dataset], seen=1),
    )
    assert together(app, *acts) == ["NoneType", "WrongState", "WrongState"]
    assert (use().revision, use().state is UseState.PUBLISHED) == (2, use().published_at is not None)


def test_what_changed_meanwhile_is_seen_behind_the_lock(make):
    dataset, analyst = make.dataset(state=DatasetState.OFFERED), make.analyst()
    hidden, child = make.data_use(state=UseState.WAITING), make.child(waits_for_consent=False)
    idea, of_child = make.idea(), make.data_use(author=child, state=UseState.WAITING)
    changed_meanwhile(dataset, sensitivity="AGGREGATE")
    assert write_use(of_thing(idea), make.citizen(), WORDS, [dataset.id]).state is UseState.WAITING
    changed_meanwhile(hidden, is_hidden=True)
    changed_meanwhile(child, waits_for_consent=True)
    for use in (hidden, of_child):
        with pytest.raises(WrongState):
            publish_use(use, analyst, seen=1)
    changed_meanwhile(idea, state="WITHDRAWN")
    with pytest.raises(WrongState):
        write_use(of_thing(idea), make.citizen(), WORDS, [dataset.id])
    with pytest.raises((Forbidden, sa.exc.IntegrityError)):
        write_use(of_thing(make.idea()), child, WORDS, [dataset.id])
    assert db.session.get_one(Dataset, dataset.id).sensitivity is Sensitivity.AGGREGATE
