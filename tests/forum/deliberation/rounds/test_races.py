"""A double click on each act of a round, two people at the same moment, and what changes between the look and the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.long_list import add_idea_task, merge_task, propose_task, withdraw_task
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundState,
    StageKind,
    StageState,
    TaskState,
)
from forum.deliberation.rounds.queries import get_round, get_task
from forum.deliberation.rounds.services import close_stage, decide_stage, open_stage
from forum.deliberation.rounds.signing import sign_result
from forum.people.accounts.models import Account
from forum.voice.ideas.models import Idea
from tests.forum.deliberation.rounds.alone import detach
from tests.races import at_once, changed_meanwhile


@pytest.fixture(autouse=True)
def no_hooks(app, monkeypatch):  # the app first: it registers the hooks
    return detach(monkeypatch)


def decided(make: Any) -> tuple[CouncilRound, CouncilTask]:
    """A round whose assembly has chosen one task."""
    round_, analyst = make.council_round(present=StageKind.ASSEMBLY), make.account(Role.ANALYST)
    task = make.task(round_)
    close_stage(round_, analyst, seen=1)
    decide_stage(round_, analyst, [task.id], {}, seen=2)
    return round_, task


def twice(app: Any, act: Callable[[], object]) -> list[object]:
    return at_once(app, [act, act])


def test_a_stage_is_closed_decided_and_opened_once(app, make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    group = make.council_group(round_.term, [])
    task = make.task(round_, subcommittee_id=group.id)
    round_id, task_id, who = round_.id, task.id, analyst.id

    def actor() -> Account:
        return db.session.get_one(Account, who)

    for seen, act in (
        (1, lambda: close_stage(get_round(round_id), actor(), seen=1)),
        (2, lambda: decide_stage(get_round(round_id), actor(), [task_id], {}, seen=2)),
        (3, lambda: open_stage(get_round(round_id), actor(), seen=3)),
    ):
        results = twice(app, act)
        assert sorted(map(type, results), key=str) == [type(None), WrongState]
        assert round_.revision == seen + 1
    assert round_.stage(StageKind.SUBCOMMITTEE).state is StageState.OPEN


def test_both_chairs_sign_at_the_same_moment(app, make):
    round_, task = decided(make)
    seats = [seat.account_id for seat in make.chairs(round_.term)]
    round_id, seen = round_.id, round_.revision

    def sign(who: int) -> Callable[[], object]:
        return lambda: sign_result(get_round(round_id), db.session.get_one(Account, who), seen=seen)

    results = at_once(app, [sign(who) for who in seats])
    assert sorted(map(type, results), key=str) == [type(None), WrongState], "the second saw another page"
    missing = seats[0] if results[0] is not None else seats[1]
    sign_result(round_, db.session.get_one(Account, missing), seen=round_.revision)
    assert (round_.state, task.state) == (RoundState.FINISHED, TaskState.CHOSEN)


def test_one_chair_signs_once_with_two_clicks(app, make):
    round_, _task = decided(make)
    civil, _government = make.chairs(round_.term)
    round_id, who, seen = round_.id, civil.account_id, round_.revision
    results = twice(app, lambda: sign_result(get_round(round_id), db.session.get_one(Account, who), seen=seen))
    assert sorted(map(type, results), key=str) == [type(None), WrongState]
    assert (round_.civil_chair_id, round_.government_chair_id) == (civil.id, None)


def test_an_idea_and_a_statement_stand_there_once(app, make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    idea, task, seat = make.idea(round_.campaign), make.task(round_), make.seat(round_.term)
    round_id, task_id, idea_id, who, member = round_.id, task.id, idea.id, analyst.id, seat.account_id
    added = twice(
        app,
        lambda: add_idea_task(get_round(round_id), db.session.get_one(Account, who), db.session.get_one(Idea, idea_id)),
    )
    declared = twice(
        app, lambda: declare_conflict(get_task(task_id), db.session.get_one(Account, member), "우리 모임의 일이에요.")
    )
    for results in (added, declared):
        assert sorted(map(type, results), key=str) == [type(None), WrongState]
    statements = sa.select(sa.func.count()).where(ConflictStatement.task_id == task_id)
    assert db.session.scalar(statements) == 1


def test_two_tasks_are_not_merged_into_each_other(app, make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    one, other, who = make.task(round_).id, make.task(round_).id, analyst.id

    def merge(task: int, target: int) -> Callable[[], object]:
        return lambda: merge_task(
            get_task(task), db.session.get_one(Account, who), get_task(target), "같은 일이에요.", seen=1
        )

    results = at_once(app, [merge(one, other), merge(other, one)])
    assert sorted(map(type, results), key=str) == [type(None), WrongState]
    states = {get_task(one).state, get_task(other).state}
    assert states == {TaskState.IN_ROUND, TaskState.MERGED}


def test_a_task_is_withdrawn_while_somebody_decides(app, make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    task, other = make.task(round_), make.task(round_)
    close_stage(round_, analyst, seen=1)
    ids, round_id, who = [task.id, other.id], round_.id, analyst.id
    results = at_once(
        app,
        [
            lambda: decide_stage(get_round(round_id), db.session.get_one(Account, who), ids, {}, seen=2),
            lambda: withdraw_task(get_task(ids[0]), db.session.get_one(Account, who), "거두어요.", seen=1),
        ],
    )
    assert not any(isinstance(one, InvalidInput) for one in results)
    is_decided = round_.stage(StageKind.LONG_LIST).state is StageState.DECIDED
    assert is_decided is (results[0] is None)
    assert get_task(ids[0]).state is (TaskState.WITHDRAWN if results[1] is None else TaskState.IN_ROUND)


@pytest.mark.parametrize("act", ["propose", "declare", "sign", "withdraw"])
def test_a_seat_that_ends_before_the_lock_does_nothing_more(make, act):
    round_, _task = decided(make) if act == "sign" else (make.council_round(), None)
    seat, _government = make.chairs(round_.term)
    own = make.task(round_) if act == "declare" else None
    if act == "withdraw":
        own = propose_task(round_, seat.account, "구내식당", "남는 음식을 재요.")
    acts = {
        "propose": lambda: propose_task(round_, seat.account, "구내식당", "남는 음식을 재요."),
        "declare": lambda: declare_conflict(own, seat.account, "우리 모임의 일이에요."),
        "sign": lambda: sign_result(round_, seat.account, seen=round_.revision),
        "withdraw": lambda: withdraw_task(own, seat.account, "거두어요.", seen=1),
    }
    changed_meanwhile(seat, ended_at=clock.now(), end_reason="사임")
    with pytest.raises(Forbidden):
        acts[act]()
