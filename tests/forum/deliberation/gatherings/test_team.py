from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.deliberation.gatherings import team
from forum.deliberation.gatherings.models import Registration, RegistrationState
from forum.deliberation.gatherings.queries import helper_ids, without_organiser
from forum.deliberation.gatherings.registering import register_person
from forum.deliberation.gatherings.team import add_helper, hand_over_gathering, remove_helper
from forum.people.accounts.services import revoke_role
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice
from tests.races import changed_meanwhile


def acts() -> list[str]:
    query = sa.select(AuditEntry.action).where(AuditEntry.action.like("gatherings.%")).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def test_an_organiser_hands_over_to_another_facilitator(make):
    gathering, other = make.gathering(), make.facilitator()
    first = gathering.organiser
    hand_over_gathering(gathering, first, f"  {other.email.upper()} ", 1)
    assert gathering.organiser_id == other.id
    assert gathering.author_id == first.participant.id  # whose words they are does not change
    assert gathering.revision == 2
    assert acts() == ["gatherings.hand_over"]
    told = db.session.scalars(sa.select(Notice.account_id).order_by(Notice.id)).all()
    assert told == [other.id, first.id]
    with pytest.raises(Forbidden):
        hand_over_gathering(gathering, first, other.email, 2)


def test_who_takes_over_leaves_the_helpers_and_gives_the_seat_on(make):
    gathering, other, waiting = make.gathering(seats=1), make.facilitator(), make.citizen()
    make.helper(gathering, other)
    register_person(gathering, other)
    register_person(gathering, waiting)
    hand_over_gathering(gathering, gathering.organiser, other.email, 1)
    assert helper_ids(gathering.id) == frozenset()
    states = {one.account_id: one.state for one in db.session.scalars(sa.select(Registration))}
    assert states == {other.id: RegistrationState.CANCELLED, waiting.id: RegistrationState.SEATED}


def test_only_a_facilitator_who_may_take_part_takes_over(make):
    gathering, role_lost = make.gathering(), make.facilitator()
    revoke_role(role_lost, make.admin())
    unfit = [make.citizen(), make.analyst(), make.facilitator(confirmed=False), gathering.organiser, role_lost]
    for email in [one.email for one in unfit] + ["nobody@example.org", "no address", ""]:
        with pytest.raises(InvalidInput) as refused:
            hand_over_gathering(gathering, gathering.organiser, email, 1)
        assert set(refused.value.errors) == {"facilitator"}


def test_an_admin_hands_over_only_for_who_has_left(make):
    gathering, admin, other = make.gathering(), make.admin(), make.facilitator()
    with pytest.raises(Forbidden):
        hand_over_gathering(gathering, admin, other.email, 1)
    assert without_organiser() == []
    revoke_role(gathering.organiser, admin)
    assert without_organiser() == [gathering]
    hand_over_gathering(gathering, admin, other.email, 1)
    assert gathering.organiser_id == other.id
    assert without_organiser() == []


def test_a_closed_account_leaves_its_gathering_to_the_admins(make):
    gathering = make.gathering()
    gathering.organiser.active = False
    db.session.flush()
    assert without_organiser() == [gathering]
    hand_over_gathering(gathering, make.admin(), make.facilitator().email, 1)


def test_a_cancelled_gathering_is_nobodys_to_hand_over(make):
    gathering = make.gathering(state="CANCELLED")
    with pytest.raises(WrongState):
        hand_over_gathering(gathering, gathering.organiser, make.facilitator().email, 1)


def test_an_outdated_page_hands_over_nothing(make):
    gathering = make.gathering()
    changed_meanwhile(gathering, revision=4)
    with pytest.raises(WrongState):
        hand_over_gathering(gathering, gathering.organiser, make.facilitator().email, 1)


def test_members_become_helpers_once(make):
    gathering, helper = make.gathering(), make.citizen()
    for _n in range(2):
        add_helper(gathering, gathering.organiser, helper.email)
    assert helper_ids(gathering.id) == {helper.id}
    assert acts() == ["gatherings.add_helper"]


def test_staff_and_strangers_become_no_helpers_and_the_message_does_not_say_who_is_known(make):
    gathering, messages = make.gathering(), set()
    unfit = [make.analyst(), make.officer(), make.admin(), make.citizen(confirmed=False), make.child()]
    for email in [one.email for one in unfit] + ["nobody@example.org", gathering.organiser.email]:
        with pytest.raises(InvalidInput) as refused:
            add_helper(gathering, gathering.organiser, email)
        messages.add(refused.value.message)
    assert len(messages) == 1


def test_helpers_name_no_helpers_and_neither_do_admins(make):
    gathering, person = make.gathering(), make.citizen()
    for actor in (make.helper(gathering), make.facilitator(), make.admin()):
        with pytest.raises(Forbidden):
            add_helper(gathering, actor, person.email)


def test_there_is_an_end_of_helpers(make, monkeypatch):
    monkeypatch.setattr(team, "MAX_HELPERS", 1)
    gathering = make.gathering()
    make.helper(gathering)
    with pytest.raises(WrongState):
        add_helper(gathering, gathering.organiser, make.citizen().email)


def test_helpers_are_removed_and_may_go_by_themselves(make):
    gathering = make.gathering()
    first, second = make.helper(gathering), make.helper(gathering)
    with pytest.raises(Forbidden):
        remove_helper(gathering, first, second.id)
    remove_helper(gathering, first, first.id)
    remove_helper(gathering, gathering.organiser, second.id)
    assert helper_ids(gathering.id) == frozenset()
    assert acts() == ["gatherings.remove_helper"] * 2
    with pytest.raises(WrongState):
        remove_helper(gathering, gathering.organiser, second.id)
