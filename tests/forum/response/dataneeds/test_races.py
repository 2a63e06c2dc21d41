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
from forum.response.dataneeds.deciding import offer_dataset, refuse_need, settle_need
from forum.response.dataneeds.models import DataNeed, NeedJoin, NeedOffer
from forum.response.dataneeds.queries import get_need
from forum.response.dataneeds.services import NeedWords, ask_need, change_need, join_need, leave_need
from forum.response.dataneeds.subjects import of_thing
from forum.response.datasets.queries import get_dataset
from forum.voice.ideas.queries import get_idea
from tests.races import at_once, changed_meanwhile

WORDS = NeedWords("상가는 밤에 전기를 얼마나 쓰나요? 010-1234-5678", "시간대별 전기 사용량", "정할 수 있어요.")


def who(account_id: int) -> Account:
    return db.session.get_one(Account, account_id)


def need_of(need_id: int) -> DataNeed:
    return get_need(need_id, SYSTEM).need


def together(app: Any, *acts: Callable[[], object]) -> list[str]:
    return sorted(type(one).__name__ for one in at_once(app, acts))


def count(model: type[Any]) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def test_two_clicks_ask_once_join_once_and_leave_once(app, make):
    idea, author, other = make.idea().id, make.citizen().id, make.citizen().id
    ask = lambda: ask_need(of_thing(get_idea(idea)), who(author), WORDS)  # noqa: E731
    assert together(app, ask, ask) == ["NoneType"] * 2
    need = db.session.scalars(sa.select(DataNeed.id)).one()
    for act, n in ((join_need, 1), (leave_need, 0)):
        click = lambda act=act: act(need_of(need), who(other))  # noqa: E731
        assert together(app, click, click) == ["NoneType"] * 2
        assert count(NeedJoin) == n


def test_somebody_joins_while_the_author_changes_it(app, make):
    author, other = make.citizen(), make.citizen().id
    need, author_id = make.data_need(author=author).id, author.id
    change = lambda: change_need(need_of(need), who(author_id), WORDS, seen=1)  # noqa: E731
    results = together(app, change, lambda: join_need(need_of(need), who(other)))
    assert results in (["NoneType"] * 2, ["NoneType", "WrongState"])
    assert count(NeedJoin) == 1


def test_two_offer_and_two_decide(app, make):
    need, dataset, first, second = make.data_need().id, make.dataset().id, make.analyst().id, make.admin().id

    def offer(by: int) -> Callable[[], None]:
        return lambda: offer_dataset(need_of(need), get_dataset(dataset), who(by), seen=1)

    assert together(app, offer(first), offer(second)) == ["NoneType"] * 2
    assert count(NeedOffer) == 1
    settle = lambda: settle_need(need_of(need), who(first), "밤에 40%를 써요.", seen=2)  # noqa: E731
    refuse = lambda: refuse_need(need_of(need), who(second), "영업 비밀이에요.", seen=2)  # noqa: E731
    assert together(app, settle, refuse) == ["NoneType", "WrongState"]


def test_what_was_hidden_decided_or_revoked_meanwhile_is_refused(make):
    person, analyst = make.citizen(), make.analyst()
    hidden, over, withdrawn = make.data_need(), make.data_need(), make.idea()
    changed_meanwhile(hidden, is_hidden=True)
    changed_meanwhile(over, state="REFUSED", state_reason="영업 비밀이에요.", decided_at=clock.now())
    changed_meanwhile(withdrawn, state="WITHDRAWN")
    dataset = make.dataset()
    for act in (
        lambda: join_need(hidden, person),
        lambda: join_need(over, person),
        lambda: offer_dataset(over, dataset, analyst, seen=1),
        lambda: refuse_need(hidden, analyst, "까닭", seen=1),
        lambda: ask_need(of_thing(withdrawn), person, WORDS),
    ):
        with pytest.raises(WrongState):
            act()
    child = make.child(waits_for_consent=False)
    changed_meanwhile(child, waits_for_consent=True)
    with pytest.raises((Forbidden, sa.exc.IntegrityError)):
        ask_need(of_thing(make.idea()), child, WORDS)
