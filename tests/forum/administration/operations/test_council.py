"""`flask forum check` and the council: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.operations.council import council_seats
from forum.administration.operations.queries import recount
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.council.services import (
    add_group,
    add_team_member,
    appoint,
    end_membership,
    end_seat,
    forget_member,
)
from forum.people.accounts.models import CouncilSeat
from tests.unguarded import unguarded

TABLES = ("council_seat", "council_group", "council_group_seat", "council_team_member")


def seat_a_council(make):
    """A term with a chair, a seat that ended, one whose substitute left, a sub-committee and a team of two."""
    term, admin, analyst = make.term(), make.account(Role.ADMIN), make.account(Role.ANALYST)
    chair = appoint(term, admin, CouncilSeat.CIVIL, "하나린", "초록모임 대표", make.citizen(), is_chair=True)
    deputy = make.citizen()
    seat = appoint(term, admin, CouncilSeat.GOVERNMENT, "구름찬", "차관", make.citizen(), "도아름", deputy)
    forget_member(deputy.id, admin)
    ended = appoint(term, admin, CouncilSeat.CIVIL, "남바다", "농민회", make.citizen())
    end_seat(ended, admin, "자리를 옮겼어요.", seen=ended.revision)
    group = add_group(term, admin, GroupKind.SUBCOMMITTEE, "생활 분과", "", [chair, seat])
    team = add_group(term, admin, GroupKind.TEAM, "국민포럼팀")
    member, gone = (add_team_member(team, admin, make.citizen()) for _n in range(2))
    end_membership(gone, admin)
    db.session.commit()
    made = {"chair": chair, "seat": seat, "ended": ended, "group": group, "team": team, "member": member}
    ids = {name: one.id for name, one in made.items()}
    return ids | {"analyst": analyst.id, "sits": seat.account_id, "closed": deputy.id}


@pytest.fixture
def council(once, make):
    return once(lambda: seat_a_council(make))


def test_a_council_is_recounted_without_a_difference(council):
    [found] = [one for one in recount() if one.name == council_seats().name]
    assert (found.n_checked, found.differences) == (4, [])


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE council_seat SET account_id = {analyst} WHERE id = {seat}", "앉을 수 없는 계정"),
        ("UPDATE council_seat SET substitute_id = {analyst} WHERE id = {seat}", "앉을 수 없는 계정"),
        ("UPDATE council_seat SET is_chair = TRUE WHERE id = {ended}", "끝났는데 공동위원장"),
        ("UPDATE council_team_member SET account_id = {analyst} WHERE id = {member}", "들어올 수 없는 사람"),
        ("UPDATE council_team_member SET account_id = {sits} WHERE id = {member}", "들어올 수 없는 사람"),
        ("UPDATE council_team_member SET group_id = {group} WHERE id = {member}", "들어올 수 없는 사람"),
        ("UPDATE council_group SET kind = 'TEAM' WHERE id = {group}", "들 수 없습니다"),
    ],
)
def test_each_planted_error_is_named(council, statement, named):
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement.format(**council))
    found = council_seats()
    assert any(named in line for line in found.differences), found.differences


def test_a_member_who_became_an_analyst_is_named(council):
    with unguarded("role_grant") as connection:
        statement = "UPDATE role_grant SET account_id = {sits} WHERE account_id = {analyst}"
        connection.exec_driver_sql(statement.format(**council))
    assert any("앉을 수 없는 계정" in line for line in council_seats().differences)
