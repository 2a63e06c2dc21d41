from __future__ import annotations

from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.deliberation.council.models import GroupKind, QuorumRule
from forum.deliberation.council.queries import (
    chair_of,
    chair_signing,
    group_seats,
    membership_of,
    present_term,
    seat_as_substitute,
    seat_of,
)
from forum.deliberation.council.services import (
    add_group,
    add_team_member,
    add_term,
    appoint,
    change_group,
    change_seat,
    change_term,
    end_membership,
    end_seat,
    forget_member,
)
from forum.people.accounts.models import CouncilSeat
from forum.people.accounts.services import grant_role

CIVIL, GOVERNMENT = CouncilSeat.CIVIL, CouncilSeat.GOVERNMENT


@pytest.fixture
def admin(make):
    return make.account(Role.ADMIN)


def test_a_term_is_set_up_once(make, admin):
    today = clock.today()
    term = add_term(admin, 900, today, today + timedelta(days=730))
    assert present_term() == term
    with pytest.raises(InvalidInput):
        add_term(admin, 900, today, today + timedelta(days=730))
    with pytest.raises(InvalidInput):
        add_term(admin, 901, today, today)
    with pytest.raises(Forbidden):
        add_term(make.account(Role.ANALYST), 901, today, today + timedelta(days=1))


def test_rules_change_under_the_revision_that_was_seen(make, admin):
    term = make.term()
    change_term(term, admin, term.starts_on, term.ends_on, QuorumRule.HALF, False, False, seen=1)
    assert (term.quorum, term.revision) == (QuorumRule.HALF, 2)
    with pytest.raises(WrongState):
        change_term(term, admin, term.starts_on, term.ends_on, QuorumRule.HALF, True, True, seen=1)


def test_a_seat_keeps_the_role_of_its_account(make, admin):
    term, citizen, officer = make.term(), make.citizen(), make.account(Role.MINISTRY_OFFICER)
    seat = appoint(term, admin, CIVIL, "하나린", "초록모임 대표", citizen)
    appoint(term, admin, GOVERNMENT, "구름찬", "환경부 차관", officer)
    assert (seat_of(citizen, term.id), citizen.role, officer.role) == (seat, Role.CITIZEN, Role.MINISTRY_OFFICER)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ADMIN])
def test_who_runs_the_council_holds_no_seat(make, admin, role):
    with pytest.raises(InvalidInput):
        appoint(make.term(), admin, CIVIL, "하나린", "초록모임 대표", make.account(role))


def test_an_account_holds_one_seat_in_a_term_and_stands_in_for_one(make, admin):
    term, person, other = make.term(), make.citizen(), make.citizen()
    appoint(term, admin, CIVIL, "하나린", "초록모임 대표", person, "도아름", other)
    for account, substitute in ((person, None), (make.citizen(), other)):
        with pytest.raises(InvalidInput):
            appoint(term, admin, CIVIL, "남바다", "농민회", account, "대리" if substitute else "", substitute)


def test_there_is_one_chair_of_each_kind_and_their_substitute_signs(make, admin):
    term, chair, substitute = make.term(), make.citizen(), make.citizen()
    seat = appoint(term, admin, CIVIL, "하나린", "초록모임 대표", chair, "도아름", substitute, is_chair=True)
    with pytest.raises(InvalidInput):
        appoint(term, admin, CIVIL, "남바다", "농민회", make.citizen(), is_chair=True)
    other = appoint(term, admin, GOVERNMENT, "구름찬", "차관", make.citizen(), is_chair=True)
    assert chair_of(term.id, GOVERNMENT) == other
    assert chair_signing(chair, term.id) == chair_signing(substitute, term.id) == seat
    assert (seat_of(substitute, term.id), seat_as_substitute(substitute, term.id)) == (None, seat)


def test_a_seat_that_ended_gives_nothing_and_frees_the_chair(make, admin):
    term, chair = make.term(), make.citizen()
    seat = appoint(term, admin, CIVIL, "하나린", "초록모임 대표", chair, is_chair=True)
    group = add_group(term, admin, GroupKind.DELEGATES, "대표단", "", [seat])
    end_seat(seat, admin, "자리를 옮겼어요.", seen=seat.revision)
    assert (seat_of(chair, term.id), chair_signing(chair, term.id), group_seats(group.id)) == (None, None, [])
    appoint(term, admin, CIVIL, "남바다", "농민회 사무국장", chair, is_chair=True)
    with pytest.raises(WrongState):
        end_seat(seat, admin, "두 번", seen=seat.revision)


def test_a_seat_is_changed_but_not_given_to_somebody_else(make, admin):
    seat = make.seat()
    change_seat(seat, admin, "하나린", "초록모임 이사", seen=1)
    assert seat.office == "초록모임 이사"
    with pytest.raises(InvalidInput):
        change_seat(seat, admin, "남", "남", account=make.citizen(), seen=2)
    with pytest.raises(WrongState):
        change_seat(seat, admin, "하나린", "초록모임", seen=1)


def test_groups_hold_seats_of_their_term_and_there_is_one_delegation(make, admin):
    term = make.term()
    seats = [make.seat(term) for _ in range(2)]
    group = add_group(term, admin, GroupKind.SUBCOMMITTEE, "생활 분과", "", seats)
    change_group(group, admin, "생활 분과", "집과 학교", seats[:1], seen=1)
    assert group_seats(group.id) == seats[:1]
    add_group(term, admin, GroupKind.DELEGATES, "대표단")
    for kind, name, members in (
        (GroupKind.DELEGATES, "다른 대표단", []),
        (GroupKind.SUBCOMMITTEE, "생활 분과", []),
        (GroupKind.SUBCOMMITTEE, "남의 분과", [make.seat()]),
        (GroupKind.TEAM, "국민포럼팀", seats),
    ):
        with pytest.raises(InvalidInput):
            add_group(term, admin, kind, name, "", members)


def test_citizens_join_a_team_once_and_leave_it_themselves(make, admin):
    term, citizen = make.term(), make.citizen()
    team = add_group(term, admin, GroupKind.TEAM, "국민포럼팀")
    member = add_team_member(team, admin, citizen)
    with pytest.raises(InvalidInput):
        add_team_member(team, admin, citizen)
    for other in (make.seat(term).account, make.citizen(confirmed=False), make.child(), make.account(Role.ANALYST)):
        with pytest.raises(InvalidInput):
            add_team_member(team, admin, other)
    with pytest.raises(Forbidden):
        end_membership(member, make.citizen())
    end_membership(member, citizen)
    end_membership(member, citizen)
    assert membership_of(citizen, term.id) is None


def test_a_closed_account_leaves_its_seats_and_teams(make, admin):
    term, person = make.term(), make.citizen()
    seat = make.seat(term, person)
    stood_in = make.seat(term, substitute_id=None)
    stood_in.substitute_id, stood_in.substitute_name = person.id, "대리"
    forget_member(person.id, admin)
    assert (seat.in_office, seat.name, stood_in.substitute_id) == (False, seat.name, None)


def test_somebody_in_a_team_is_given_no_seat_in_the_same_term(make, admin):
    term, citizen = make.term(), make.citizen()
    member = add_team_member(add_group(term, admin, GroupKind.TEAM, "국민포럼팀"), admin, citizen)
    open_seat = make.seat(term)
    open_seat.account_id = None
    for give in (
        lambda: appoint(term, admin, CIVIL, "김위원", "대학교수", citizen),
        lambda: change_seat(open_seat, admin, "김위원", "대학교수", account=citizen, seen=open_seat.revision),
    ):
        with pytest.raises(InvalidInput) as refused:
            give()
        assert "국민포럼팀" in refused.value.errors["account"]
    end_membership(member, citizen)
    assert appoint(term, admin, CIVIL, "김위원", "대학교수", citizen).in_office


def test_who_was_made_an_analyst_since_then_sits_stands_in_and_weighs_no_more(make, admin):
    term, person, deputy, citizen = make.term(), make.citizen(), make.citizen(), make.citizen()
    appoint(term, admin, CIVIL, "김위원", "대학교수", person, "박대리", deputy)
    add_team_member(add_group(term, admin, GroupKind.TEAM, "국민포럼팀"), admin, citizen)
    found = (seat_of(person, term.id), seat_as_substitute(deputy, term.id), membership_of(citizen, term.id))
    assert None not in found
    for account in (person, deputy, citizen):
        grant_role(account, Role.ANALYST, admin)
    found = (seat_of(person, term.id), seat_as_substitute(deputy, term.id), membership_of(citizen, term.id))
    assert found == (None, None, None)
