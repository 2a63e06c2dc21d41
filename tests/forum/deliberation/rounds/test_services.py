from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.rounds import hooks
from forum.deliberation.rounds.conflicts import declare_conflict
from forum.deliberation.rounds.long_list import add_idea_task, merge_task, propose_task, withdraw_task
from forum.deliberation.rounds.models import RoundState, StageKind, StageState, TaskState
from forum.deliberation.rounds.planning import StagePlan, plan_round
from forum.deliberation.rounds.queries import Member, decisions_of, has_tie, tasks_of
from forum.deliberation.rounds.services import close_stage, decide_stage, open_stage
from forum.deliberation.rounds.signing import sign_result
from forum.system.notices.models import Notice
from tests.forum.deliberation.rounds.alone import detach


@pytest.fixture
def no_hooks(app, monkeypatch):  # the app first: it registers the hooks
    return detach(monkeypatch)


def plans(*n_on: int) -> list[StagePlan]:
    today = clock.today()
    return [
        StagePlan(kind, today + timedelta(days=7 * place), today + timedelta(days=7 * place + 6), n)
        for place, (kind, n) in enumerate(zip(StageKind, n_on, strict=True))
    ]


def test_a_round_goes_from_long_list_to_both_signatures(make, no_hooks):
    term, analyst = make.term(), make.account(Role.ANALYST)
    civil, government = make.chairs(term)
    group = make.council_group(term, [civil])
    round_ = plan_round(term, make.campaign(), analyst, "첫 번째", 1, plans(3, 2, 2, 2, 1))
    open_stage(round_, analyst, seen=1)
    tasks = [add_idea_task(round_, analyst, make.idea(campaign=round_.campaign)) for _ in range(3)]
    for task in tasks:
        task.subcommittee_id = group.id
    for n_on in (3, 2, 2, 2):
        close_stage(round_, analyst, seen=round_.revision)
        present = tasks_of(round_.id, TaskState.IN_ROUND)
        no_hooks.clear()
        no_hooks.update({task.id: place for place, task in enumerate(present, start=1)})
        decide_stage(round_, analyst, [task.id for task in present[:n_on]], {}, seen=round_.revision)
        open_stage(round_, analyst, seen=round_.revision)
    close_stage(round_, analyst, seen=round_.revision)
    decide_stage(round_, analyst, [tasks[1].id], {tasks[0].id: "다음에"}, seen=round_.revision)
    assert [task.state for task in tasks] == [TaskState.LEFT_OUT, TaskState.IN_ROUND, TaskState.LEFT_OUT]
    assert tasks[0].reason == "다음에"
    assert sign_result(round_, civil.account, seen=round_.revision) is False
    assert round_.state is RoundState.RUNNING
    assert sign_result(round_, government.account, seen=round_.revision) is True
    assert (round_.state, tasks[1].state) == (RoundState.FINISHED, TaskState.CHOSEN)
    author = tasks[1].lead_idea.author.account_id
    assert db.session.scalar(sa.select(sa.func.count()).where(Notice.account_id == author)) == 6


def test_only_the_secretariat_runs_a_round(make):
    round_ = make.council_round()
    for role in (Role.CITIZEN, Role.COUNCIL_MEMBER, Role.MINISTRY_OFFICER):
        with pytest.raises(Forbidden):
            close_stage(round_, make.account(role), seen=1)


def test_an_old_page_changes_nothing(make, no_hooks):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    close_stage(round_, analyst, seen=1)
    with pytest.raises(WrongState):
        close_stage(round_, analyst, seen=1)


def test_a_stage_does_not_open_over_another(make, no_hooks):
    round_ = make.council_round()
    with pytest.raises(WrongState):
        open_stage(round_, make.account(Role.ANALYST), seen=1)


def test_sub_committees_do_not_score_a_task_that_has_none(make, no_hooks):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    task = make.task(round_)
    close_stage(round_, analyst, seen=1)
    decide_stage(round_, analyst, [task.id], {}, seen=2)
    with pytest.raises(WrongState):
        open_stage(round_, analyst, seen=3)


@pytest.mark.parametrize(("n_chosen", "is_refused"), [(2, False), (3, True), (0, True)])
def test_no_more_tasks_go_on_than_the_stage_allows(make, no_hooks, n_chosen, is_refused):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    round_.stage(StageKind.LONG_LIST).n_on = 2
    ids = [make.task(round_).id for _ in range(3)]
    close_stage(round_, analyst, seen=1)
    if is_refused:
        with pytest.raises(InvalidInput):
            decide_stage(round_, analyst, ids[:n_chosen], {}, seen=2)
        assert round_.stage(StageKind.LONG_LIST).state is StageState.CLOSED
    else:
        decide_stage(round_, analyst, ids[:n_chosen], {}, seen=2)


def test_a_departure_from_the_scores_needs_a_reason(make, no_hooks):
    round_, analyst = make.council_round(present=StageKind.DELEGATES), make.account(Role.ANALYST)
    stage = round_.stage(StageKind.DELEGATES)
    stage.n_on = 1
    first, second = make.task(round_), make.task(round_)
    no_hooks.update({first.id: 1, second.id: 2})
    close_stage(round_, analyst, seen=1)
    with pytest.raises(InvalidInput) as refused:
        decide_stage(round_, analyst, [second.id], {second.id: "급해서"}, seen=2)
    assert list(refused.value.errors) == [f"reason_{first.id}"]
    decide_stage(round_, analyst, [second.id], {second.id: "급해서", first.id: "다음에"}, seen=2)
    decided = decisions_of(stage.id)
    assert (decided[second.id].rank, decided[second.id].goes_on, decided[first.id].reason) == (2, True, "다음에")


def test_scores_that_are_not_computed_yet_hold_the_decision(make, monkeypatch):
    round_, analyst = make.council_round(present=StageKind.DELEGATES), make.account(Role.ANALYST)
    task = make.task(round_)
    monkeypatch.setattr(hooks, "_after_close", [])
    monkeypatch.setattr(hooks, "_ranks", [])
    close_stage(round_, analyst, seen=1)
    with pytest.raises(WrongState):
        decide_stage(round_, analyst, [task.id], {}, seen=2)


def test_one_chair_does_not_sign_twice(make, no_hooks):
    round_, analyst = make.council_round(present=StageKind.ASSEMBLY), make.account(Role.ANALYST)
    civil, _government = make.chairs(round_.term)
    task = make.task(round_)
    close_stage(round_, analyst, seen=1)
    decide_stage(round_, analyst, [task.id], {}, seen=2)
    sign_result(round_, civil.account, seen=3)
    with pytest.raises(WrongState):
        sign_result(round_, civil.account, seen=4)
    with pytest.raises(Forbidden):
        sign_result(round_, analyst, seen=4)


def test_a_substitute_signs_for_an_absent_chair(make, no_hooks):
    round_, analyst = make.council_round(present=StageKind.ASSEMBLY), make.account(Role.ANALYST)
    civil, _government = make.chairs(round_.term)
    substitute = make.citizen()
    civil.substitute_id, civil.substitute_name = substitute.id, "대리"
    task = make.task(round_)
    close_stage(round_, analyst, seen=1)
    decide_stage(round_, analyst, [task.id], {}, seen=2)
    sign_result(round_, substitute, seen=3)
    assert round_.civil_chair_id == civil.id


def test_a_member_has_a_tie_to_their_own_proposal(make):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    task = propose_task(round_, seat.account, "구내식당", "남는 음식을 재요.")
    assert task.has_words is False
    assert has_tie(task, Member(seat=seat)) is True
    assert has_tie(task, Member(seat=make.seat(round_.term))) is False


def test_a_seat_that_ended_proposes_nothing(make):
    round_ = make.council_round()
    seat = make.seat(round_.term, ended_at=clock.now(), end_reason="사임")
    with pytest.raises(Forbidden):
        propose_task(round_, seat.account, "구내식당", "남는 음식을 재요.")


def test_a_conflict_is_declared_once_and_is_late_once_scoring_began(make, no_hooks):
    round_ = make.council_round(present=StageKind.SUBCOMMITTEE)
    seat, task = make.seat(round_.term), make.task(round_)
    statement = declare_conflict(task, seat.account, "우리 공단의 일이에요.")
    assert (statement.is_late, has_tie(task, Member(seat=seat))) == (True, True)
    with pytest.raises(WrongState):
        declare_conflict(task, seat.account, "우리 공단의 일이에요.")
    with pytest.raises(Forbidden):
        declare_conflict(task, make.citizen(), "저는 위원이 아니에요.")


def test_a_merged_task_hands_its_ideas_on(make, no_hooks):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    task, target = make.task(round_), make.task(round_)
    merge_task(task, analyst, target, "같은 일이에요.", seen=task.revision)
    assert (task.state, task.merged_into) == (TaskState.MERGED, target)
    assert {one.idea_id for one in task.ideas} < {one.idea_id for one in target.ideas}
    with pytest.raises(WrongState):
        withdraw_task(task, analyst, "거두어요.", seen=task.revision)


def test_a_member_withdraws_only_their_own_proposal(make, no_hooks):
    round_ = make.council_round()
    seat = make.seat(round_.term)
    own, other = propose_task(round_, seat.account, "구내식당", "남는 음식을 재요."), make.task(round_)
    with pytest.raises(Forbidden):
        withdraw_task(other, seat.account, "거두어요.", seen=other.revision)
    withdraw_task(own, seat.account, "거두어요.", seen=own.revision)
    assert own.state is TaskState.WITHDRAWN
