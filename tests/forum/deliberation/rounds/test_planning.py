from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.deliberation.rounds.models import StageKind
from forum.deliberation.rounds.planning import StagePlan, change_plan, plan_round


def plans(*n_on: int, **changes: Any) -> list[StagePlan]:
    """Plans of a week each; `changes` are days by which one begins or ends elsewhere, such as `delegates=-30`."""
    today = clock.today()
    made = []
    for place, (kind, n) in enumerate(zip(StageKind, n_on, strict=True)):
        starts = today + timedelta(days=7 * place)
        made.append(StagePlan(kind, starts, starts + timedelta(days=6 + changes.get(kind.name.lower(), 0)), n))
    return made


@pytest.mark.parametrize(
    ("n_chosen", "stages", "field"),
    [
        (0, plans(5, 4, 4, 4, 1), "n_chosen"),
        (21, plans(60, 40, 40, 40, 21), "n_chosen"),
        (2, plans(5, 4, 4, 4, 1), "assembly_n_on"),
        (2, plans(5, 6, 4, 4, 2), "subcommittee_n_on"),
        (1, plans(201, 4, 4, 4, 1), "long_list_n_on"),
        (1, plans(5, 4, 4, 4, 1, delegates=-30), "delegates_ends_on"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(make, n_chosen, stages, field):
    with pytest.raises(InvalidInput) as refused:
        plan_round(make.term(), make.campaign(), make.account(Role.ANALYST), "첫 번째", n_chosen, stages)
    assert field in refused.value.errors


def test_rounds_of_a_term_are_numbered_and_only_the_secretariat_plans(make):
    term, analyst = make.term(), make.account(Role.ANALYST)
    made = [plan_round(term, make.campaign(), analyst, "선정", 1, plans(5, 4, 4, 4, 1)) for _ in range(2)]
    assert [round_.number for round_ in made] == [1, 2]
    assert len({round_.seed for round_ in made}) == 2
    for role in (Role.CITIZEN, Role.COUNCIL_MEMBER, Role.MINISTRY_OFFICER, Role.FACILITATOR):
        with pytest.raises(Forbidden):
            plan_round(term, make.campaign(), make.account(role), "선정", 1, plans(5, 4, 4, 4, 1))
        with pytest.raises(Forbidden):
            change_plan(made[0], make.account(role), "선정", 1, plans(5, 4, 4, 4, 1), seen=1)


def test_what_has_opened_keeps_its_days_and_number(make):
    round_, analyst = make.council_round(), make.account(Role.ANALYST)
    opened = round_.stage(StageKind.LONG_LIST)
    before = (opened.starts_on, opened.ends_on, opened.n_on)
    change_plan(round_, analyst, "새 이름", 3, plans(99, 9, 8, 7, 3), seen=1)
    assert (opened.starts_on, opened.ends_on, opened.n_on) == before
    assert [stage.n_on for stage in round_.stages] == [12, 9, 8, 7, 3]
    with pytest.raises(WrongState):
        change_plan(round_, analyst, "또", 3, plans(99, 9, 8, 7, 3), seen=1)
    with pytest.raises(InvalidInput):  # more than the open stage lets through
        change_plan(round_, analyst, "또", 3, plans(99, 50, 8, 7, 3), seen=2)


def test_how_many_are_chosen_stays_once_the_assembly_meets(make):
    round_, analyst = make.council_round(present=StageKind.ASSEMBLY), make.account(Role.ANALYST)
    with pytest.raises(InvalidInput):
        change_plan(round_, analyst, "새 이름", 3, plans(12, 12, 12, 12, 3), seen=1)
    change_plan(round_, analyst, "새 이름", 7, plans(12, 12, 12, 12, 3), seen=1)
    assert (round_.n_chosen, round_.title) == (7, "새 이름")
