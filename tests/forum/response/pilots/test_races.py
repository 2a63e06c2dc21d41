"""Two officers at once, a double click, and an office whose letter went to another one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.accounts.services import revoke_role
from forum.response.pilots.models import Pilot, PilotDecision, PilotOrigin, PilotReading, PilotState, ReadingPhase
from forum.response.pilots.permissions import can_plan, can_run
from forum.response.pilots.queries import get_pilot
from forum.response.pilots.services import add_report, decide_pilot, plan_pilot, record_reading, start_pilot, take_over
from forum.response.referrals.models import Referral
from forum.system.audit.models import AuditEntry
from tests.forum.response.pilots.test_services import a_plan, typed
from tests.races import at_once


def someone(account_id: int) -> Account:
    return db.session.get_one(Account, account_id)


def count(*conditions) -> int:
    return db.session.scalar(sa.select(sa.func.count(Pilot.id)).where(*conditions)) or 0


def test_two_officers_of_one_office_take_it_over_once(app, make):
    pilot_id = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.SPREAD).id
    office = make.ministry()
    officers = [make.officer(office).id, make.officer(office).id]
    results = at_once(app, [lambda who=who: take_over(get_pilot(pilot_id), someone(who)) for who in officers])
    assert sorted(type(one) for one in results if one) == [WrongState]
    assert count(Pilot.parent_id == pilot_id) == 1


def test_two_officers_plan_one_promise_once(app, make):
    office = make.ministry()
    referral_id = make.short_answer(referral=make.referral(ministry=office)).referral.id
    officers = [make.officer(office).id, make.officer(office).id]

    def plan(who: int) -> None:
        plan_pilot(db.session.get_one(Referral, referral_id), someone(who), a_plan())

    results = at_once(app, [lambda who=who: plan(who) for who in officers])
    assert [type(one) for one in results if one] == [WrongState]
    assert count(Pilot.referral_id == referral_id, Pilot.origin == PilotOrigin.ANSWER) == 1


def test_two_officers_start_it_once(app, make):
    pilot = make.walked_pilot(None, PilotState.PLANNED)
    pilot_id, seen = pilot.id, pilot.revision
    officers = [make.officer(pilot.ministry).id, make.officer(pilot.ministry).id]
    results = at_once(app, [lambda who=who: start_pilot(get_pilot(pilot_id), someone(who), seen) for who in officers])
    assert [type(one) for one in results if one] == [WrongState]
    started = sa.select(sa.func.count(AuditEntry.id)).where(AuditEntry.action == "pilots.start")
    assert db.session.scalar(started) == 1


def test_a_decision_and_a_reading_at_once_leave_one_of_the_two(app, make):
    pilot = make.walked_pilot(None, PilotState.RUNNING)
    pilot_id, seen, office = pilot.id, pilot.revision, pilot.ministry
    officer, approver = make.officer(office).id, make.approver(office).id

    def decide() -> None:
        decide_pilot(get_pilot(pilot_id), someone(approver), PilotDecision.STOP, "달라지지 않았어요.", seen)

    def measure() -> None:
        record_reading(get_pilot(pilot_id), someone(officer), ReadingPhase.AFTER, typed(90), seen)

    results = at_once(app, [decide, measure])
    assert [type(one) for one in results if one] == [WrongState]
    after = db.session.scalar(sa.select(PilotReading.k).where(PilotReading.phase == ReadingPhase.AFTER))
    is_decided = get_pilot(pilot_id).state is PilotState.DECIDED
    assert (is_decided, after) in {(True, 70), (False, 90)}


@pytest.mark.parametrize("act", ["start", "take-over"])
def test_a_double_click_does_it_once_and_shows_the_same(client, make, act):
    if act == "start":
        pilot = make.walked_pilot(None, PilotState.PLANNED)
        client.login(make.officer(pilot.ministry))
    else:
        pilot = make.walked_pilot(None, PilotState.DECIDED, PilotDecision.SPREAD)
        client.login(make.officer())
    data = {"seen_revision": pilot.revision, "idempotency_key": "a" * 32}
    first, second = (client.post(f"/pilots/{pilot.id}/{act}", data=data) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert count() == (1 if act == "start" else 2)


def test_the_office_that_planned_it_keeps_it_when_another_one_leads(make):
    """Its plan and readings are its own; the new leading office plans nothing while there is one."""
    pilot = make.walked_pilot(None, PilotState.RUNNING)
    officer, successor = make.officer(pilot.ministry), make.officer()
    pilot.referral.lead.ministry_id = successor.ministry_id
    db.session.commit()
    assert add_report(pilot, officer, "아직 해 보고 있어요.").author_id == officer.id
    assert (can_run(successor, pilot), can_plan(officer, pilot.referral)) == (False, False)
    with pytest.raises(NotFound):
        add_report(pilot, successor, "우리가 이어서 해요.")
    with pytest.raises(WrongState):
        plan_pilot(pilot.referral, successor, a_plan())


def test_a_role_taken_away_bites_at_the_next_request(client, make):
    pilot = make.walked_pilot(None, PilotState.PLANNED)
    officer, admin = make.officer(pilot.ministry), make.admin()
    client.login(officer)
    assert client.get(f"/pilots/{pilot.id}/edit").status_code == 200
    revoke_role(officer, admin)
    assert client.get(f"/pilots/{pilot.id}/edit").status_code == 404
    assert client.post(f"/pilots/{pilot.id}/start", data={"seen_revision": pilot.revision}).status_code == 404


def test_a_refused_attempt_is_audited(client, make):
    pilot = make.walked_pilot(None, PilotState.PLANNED)
    client.login(make.officer())
    assert client.post(f"/pilots/{pilot.id}/start", data={"seen_revision": pilot.revision}).status_code == 404
    assert "refused:pilots.start" in set(db.session.scalars(sa.select(AuditEntry.action)))
