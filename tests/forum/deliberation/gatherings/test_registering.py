from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.administration.mydata.services import delete_account
from forum.core import clock
from forum.core.errors import Forbidden, NotFound, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings.models import (
    Gathering,
    GatheringHelper,
    Registration,
    RegistrationState,
)
from forum.deliberation.gatherings.queries import registration_of, seats_of
from forum.deliberation.gatherings.registering import register_person, unregister_person
from forum.people.accounts.models import Account
from forum.system.notices.models import Notice, OutboxMail
from tests.races import at_once

SEATED, WAITING, CANCELLED = RegistrationState.SEATED, RegistrationState.WAITING, RegistrationState.CANCELLED


def state_of(gathering, account) -> RegistrationState:
    return db.session.get(Registration, (gathering.id, account.id), populate_existing=True).state


def n_mails(account) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(OutboxMail.recipient == account.email)) or 0


def test_seats_are_given_in_turn_and_then_people_wait(make):
    gathering, people = make.gathering(seats=4, held_seats=2), [make.citizen() for _n in range(4)]
    states = [register_person(gathering, person).state for person in people]
    assert states == [SEATED, SEATED, WAITING, WAITING]
    assert seats_of(gathering) == type(seats_of(gathering))(seated=2, waiting=2, free=0)
    assert [registration_of(gathering, person).place for person in people] == [0, 0, 1, 2]


def test_registering_twice_is_once(make):
    gathering, person = make.gathering(), make.citizen()
    first = register_person(gathering, person)
    again = register_person(gathering, person)
    assert again is first
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1


def test_two_clicks_at_once_are_one_registration(app, make):
    gathering, person = make.gathering(), make.citizen()
    gathering_id, person_id = gathering.id, person.id

    def act() -> None:
        register_person(db.session.get(Gathering, gathering_id), db.session.get(Account, person_id))

    assert at_once(app, [act, act]) == [None, None]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1


def test_two_people_at_the_last_seat(app, make):
    gathering, people = make.gathering(seats=1), [make.citizen(), make.citizen()]
    gathering_id, ids = gathering.id, [person.id for person in people]

    def act_of(account_id):
        return lambda: register_person(db.session.get(Gathering, gathering_id), db.session.get(Account, account_id))

    assert at_once(app, [act_of(account_id) for account_id in ids]) == [None, None]
    assert sorted(state_of(gathering, person).name for person in people) == ["SEATED", "WAITING"]


def test_who_gives_up_a_seat_gives_it_to_the_first_who_waits(make):
    gathering, people = make.gathering(seats=1), [make.citizen() for _n in range(3)]
    for person in people:
        register_person(gathering, person)
    unregister_person(gathering, people[0])
    assert [state_of(gathering, person) for person in people] == [CANCELLED, SEATED, WAITING]
    assert n_mails(people[1]) == 1
    assert n_mails(people[2]) == 0
    told = db.session.scalars(sa.select(Notice.account_id).where(Notice.kind == "gatherings.seated")).all()
    assert told == [people[1].id]
    assert registration_of(gathering, people[2]).place == 1


def test_who_waited_and_leaves_changes_nothing_for_others(make):
    gathering, people = make.gathering(seats=1), [make.citizen() for _n in range(3)]
    for person in people:
        register_person(gathering, person)
    unregister_person(gathering, people[1])
    assert [state_of(gathering, person) for person in people] == [SEATED, CANCELLED, WAITING]


def test_asking_again_goes_to_the_end(make):
    gathering, people = make.gathering(seats=1), [make.citizen() for _n in range(3)]
    for person in people:
        register_person(gathering, person)
    unregister_person(gathering, people[0])
    register_person(gathering, people[0])
    assert [state_of(gathering, person) for person in people] == [WAITING, SEATED, WAITING]
    assert registration_of(gathering, people[0]).place == 2


def test_a_second_wait_for_a_seat_is_told_again(make):
    gathering, first, second = make.gathering(seats=1), make.citizen(), make.citizen()
    for _n in range(2):
        register_person(gathering, first)
        register_person(gathering, second)
        unregister_person(gathering, first)
        assert state_of(gathering, second) is SEATED
        unregister_person(gathering, second)
    assert n_mails(second) == 2


@pytest.mark.parametrize("state", ["RUNNING", "FINISHED", "CANCELLED"])
def test_registration_closes_with_the_start(make, state):
    gathering, person = make.gathering(state=state), make.citizen()
    with pytest.raises(WrongState):
        register_person(gathering, person)


def test_registration_closes_at_the_time_though_nobody_pressed_start(make):
    gathering = make.gathering(starts_at=clock.now() - timedelta(minutes=1))
    with pytest.raises(WrongState):
        register_person(gathering, make.citizen())


@pytest.mark.parametrize("values", [{"state": "DRAFT"}, {"is_hidden": True}])
def test_what_nobody_sees_is_not_registered_for(make, values):
    with pytest.raises(NotFound):
        register_person(make.gathering(**values), make.citizen())


@pytest.mark.parametrize("role", ["analyst", "officer", "council_member", "admin"])
def test_staff_do_not_register(make, role):
    with pytest.raises(Forbidden):
        register_person(make.gathering(), getattr(make, role)())


def test_only_who_may_take_part_registers(make):
    gathering = make.gathering()
    for person in (make.child(), make.citizen(confirmed=False)):
        with pytest.raises(Forbidden):
            register_person(gathering, person)
    assert register_person(gathering, make.child(waits_for_consent=False)).state is SEATED
    assert register_person(gathering, make.facilitator()).state is SEATED


def test_the_organiser_needs_no_seat(make):
    gathering = make.gathering()
    with pytest.raises(WrongState):
        register_person(gathering, gathering.organiser)


def test_nobody_gives_up_what_they_do_not_have(make):
    gathering, person = make.gathering(), make.citizen()
    with pytest.raises(WrongState):
        unregister_person(gathering, person)
    register_person(gathering, person)
    unregister_person(gathering, person)
    with pytest.raises(WrongState):
        unregister_person(gathering, person)


@pytest.mark.parametrize("state", ["RUNNING", "FINISHED", "CANCELLED"])
def test_nobody_gives_up_a_seat_afterwards(make, state):
    gathering, person = make.gathering(state=state), make.citizen()
    make.registration(gathering, person)
    with pytest.raises(WrongState):
        unregister_person(gathering, person)


def test_a_revoked_consent_gives_the_seat_on(make, work):
    gathering, child, other = make.gathering(seats=1), make.child(waits_for_consent=False), make.citizen()
    register_person(gathering, child)
    register_person(gathering, other)
    child.waits_for_consent = True
    work()
    assert state_of(gathering, child) is CANCELLED
    assert state_of(gathering, other) is SEATED
    assert n_mails(other) == 1
    work()
    assert n_mails(other) == 1


def test_who_leaves_the_forum_leaves_the_lists_and_the_seat_is_given_on(make, work):
    gathering, leaver, other = make.gathering(seats=1), make.citizen(), make.citizen()
    make.helper(make.gathering(), leaver)
    register_person(gathering, leaver)
    register_person(gathering, other)
    delete_account(leaver, leaver, keep_posts=True)
    assert db.session.get(Registration, (gathering.id, leaver.id)) is None
    assert db.session.scalar(sa.select(sa.func.count()).select_from(GatheringHelper)) == 0
    work()
    assert state_of(gathering, other) is SEATED


def test_nobody_is_seated_in_a_hidden_gathering(make, work):
    gathering, first, second = make.gathering(seats=1), make.citizen(), make.citizen()
    register_person(gathering, first)
    register_person(gathering, second)
    gathering.is_hidden = True
    db.session.flush()
    unregister_person(gathering, first)
    work()
    assert state_of(gathering, second) is WAITING
