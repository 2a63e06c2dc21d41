"""Double clicks and two people at once, and what changes between the look and the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.response.datarequests.deciding import approve_request, refuse_request
from forum.response.datarequests.models import DataRequest, Mark, RequestDecision, RequestReview, Verdict
from forum.response.datarequests.queries import get_request
from forum.response.datarequests.reviewing import review_request
from forum.response.datarequests.services import ask_for_data
from forum.response.datasets.queries import get_dataset
from tests.forum.response.datarequests.steps import ask, refuse, review_by_panel, seat_panel, terms, words
from tests.races import at_once, changed_meanwhile


def who(account_id: int) -> Account:
    return db.session.get_one(Account, account_id)


def together(app: Any, *acts: Callable[[], object]) -> list[str]:
    return sorted(type(one).__name__ for one in at_once(app, acts))


def count(model: type[Any]) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def test_two_clicks_ask_once(app, make):
    seat_panel(make)
    dataset, author = make.restricted_dataset().id, make.citizen().id
    click = lambda: ask_for_data(get_dataset(dataset), who(author), words())  # noqa: E731
    assert together(app, click, click) == ["NoneType", "WrongState"]
    assert count(DataRequest) == 1


def test_of_two_members_on_one_page_one_looks_again_and_nobody_reviews_twice(app, make):
    panel, request = seat_panel(make), ask(make.restricted_dataset(), make.citizen())
    request_id, members = request.id, [one.id for one in panel]

    def review(member: int) -> Callable[[], object]:
        def act() -> object:
            found = get_request(request_id, SYSTEM)
            marks = {one.id: Mark.YES for one in found.criteria.items}
            return review_request(found, who(member), marks, Verdict.FIT, "쓰임이 분명해요.", seen=1)

        return act

    assert together(app, review(members[0]), review(members[1])) == ["NoneType", "WrongState"]
    assert count(RequestReview) == 1


def test_two_decide_at_once_and_one_decision_stands(app, make):
    panel, request = seat_panel(make), ask(make.restricted_dataset(), make.citizen())
    review_by_panel(request, panel)
    request_id, seen, first, second = request.id, request.revision, make.analyst().id, make.admin().id
    found = lambda: get_request(request_id, SYSTEM)  # noqa: E731
    results = together(
        app,
        lambda: approve_request(found(), who(first), "쓰임이 분명해요.", terms(), seen=seen),
        lambda: refuse_request(found(), who(second), "아직 줄 수 없어요.", seen=seen),
    )
    assert results == ["NoneType", "WrongState"]
    assert count(RequestDecision) == 1


def test_what_changed_before_the_lock_is_seen_under_it(make):
    panel, dataset, analyst = seat_panel(make), make.restricted_dataset(), make.analyst()
    hidden, decided = ask(dataset, make.citizen()), ask(dataset, make.citizen())
    for request in (hidden, decided):
        review_by_panel(request, panel)
    changed_meanwhile(hidden, is_hidden=True)
    changed_meanwhile(decided, state="WITHDRAWN", closed_at=clock.now())
    for request in (hidden, decided):
        with pytest.raises(WrongState):
            refuse(request, analyst)
    child = make.child(waits_for_consent=False)
    changed_meanwhile(child, waits_for_consent=True)
    with pytest.raises((Forbidden, sa.exc.IntegrityError)):
        ask(dataset, child)
