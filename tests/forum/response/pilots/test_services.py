from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.response.pilots.models import PilotDecision, PilotOrigin, PilotState, ReadingPhase
from forum.response.pilots.plans import Plan, Typed
from forum.response.pilots.queries import result_of_pilot, waiting_promises
from forum.response.pilots.services import (
    add_report,
    cancel_pilot,
    change_plan,
    decide_pilot,
    plan_pilot,
    record_reading,
    start_pilot,
    take_over,
    try_again,
)
from forum.response.shortpath.models import ShortAnswerKind
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import Notice


def a_plan(**changes) -> Plan:
    today = clock.today()
    plan = Plan(
        title="횡단보도를 밝게 칠하기",
        summary="형광 물감으로 다시 칠해 봐요.",
        region_code="11",
        place="시험초등학교 앞",
        starts_on=today,
        ends_on=today + timedelta(days=20),
        measure_kind="SHARE",
        measure="멈춘 차",
        unit="대",
        better="HIGHER",
        measured_how="학교 지킴이가 등교 시간에 세요.",
    )
    return replace(plan, **changes)


def typed(k: int = 40, n: int = 100, **changes) -> Typed:
    today = clock.today()
    return replace(Typed(today, today, "시험초등학교", n, k), **changes)


@pytest.fixture
def office(make):
    return make.ministry()


@pytest.fixture
def officer(make, office):
    return make.officer(office)


@pytest.fixture
def approver(make, office):
    return make.approver(office)


@pytest.fixture
def promised(make, office):
    return make.short_answer(referral=make.referral(ministry=office)).referral


@pytest.fixture
def running(promised, officer):
    pilot = plan_pilot(promised, officer, a_plan())
    record_reading(pilot, officer, ReadingPhase.BEFORE, typed(), pilot.revision)
    start_pilot(pilot, officer, pilot.revision)
    return pilot


@pytest.fixture
def measured(running, officer):
    record_reading(running, officer, ReadingPhase.AFTER, typed(70), running.revision)
    return running


def test_a_promised_pilot_goes_from_plan_to_spread(promised, officer, approver, make):
    assert list(waiting_promises(officer.ministry_id)) == [promised]
    pilot = plan_pilot(promised, officer, a_plan())
    assert list(waiting_promises(officer.ministry_id)) == []
    record_reading(pilot, officer, ReadingPhase.BEFORE, typed(), pilot.revision)
    start_pilot(pilot, officer, pilot.revision)
    record_reading(pilot, officer, ReadingPhase.AFTER, typed(70), pilot.revision)
    assert result_of_pilot(pilot).is_better is True
    decide_pilot(pilot, approver, PilotDecision.SPREAD, "차가 더 멈췄어요.", pilot.revision)
    other = make.officer()
    taken = take_over(pilot, other)
    assert (taken.origin, taken.parent_id, taken.ministry_id) == (PilotOrigin.SPREAD, pilot.id, other.ministry_id)
    assert taken.state is PilotState.PLANNED
    acts = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("pilots."))).all()
    assert sorted(acts) == sorted(
        ["pilots.plan", "pilots.measure", "pilots.start", "pilots.measure", "pilots.decide", "pilots.plan"]
    )
    kinds = set(db.session.scalars(sa.select(Notice.kind)))
    assert {"pilot_started", "pilot_measured", "pilot_decided", "pilot_spread"} <= kinds


def test_only_an_answer_that_promises_a_pilot_gets_one(make, office, officer):
    referral = make.short_answer(ShortAnswerKind.FIXED_NOW, referral=make.referral(ministry=office)).referral
    with pytest.raises(WrongState, match="약속하지 않았어요"):
        plan_pilot(referral, officer, a_plan())


def test_a_second_pilot_of_one_promise_is_refused_until_the_first_is_given_up(promised, officer):
    pilot = plan_pilot(promised, officer, a_plan())
    with pytest.raises(WrongState):
        plan_pilot(promised, officer, a_plan())
    cancel_pilot(pilot, officer, "장소를 못 구했어요.", pilot.revision)
    assert plan_pilot(promised, officer, a_plan()).state is PilotState.PLANNED


def test_another_office_learns_of_nothing(promised, running, make):
    stranger = make.officer()
    for act in (
        lambda: plan_pilot(promised, stranger, a_plan()),
        lambda: change_plan(running, stranger, a_plan(), running.revision),
        lambda: record_reading(running, stranger, ReadingPhase.AFTER, typed(), running.revision),
        lambda: add_report(running, stranger, "해 보고 있어요."),
        lambda: cancel_pilot(running, stranger, "그만둬요.", running.revision),
        lambda: try_again(running, stranger),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": clock.today() - timedelta(days=1)}, "ends_on"),
        ({"starts_on": None}, "starts_on"),
        ({"title": " "}, "title"),
        ({"measure": ""}, "measure"),
        ({"measure_kind": "GUESS"}, "measure_kind"),
        ({"region_code": "99"}, "region_code"),
        ({"summary": "주민번호 900101-1234567"}, "summary"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_words(promised, officer, changes, field):
    with pytest.raises(InvalidInput) as refused:
        plan_pilot(promised, officer, a_plan(**changes))
    assert field in refused.value.errors


def test_nothing_starts_before_it_was_measured(promised, officer):
    pilot = plan_pilot(promised, officer, a_plan())
    with pytest.raises(WrongState, match="하기 전"):
        start_pilot(pilot, officer, pilot.revision)
    with pytest.raises(WrongState):
        record_reading(pilot, officer, ReadingPhase.AFTER, typed(), pilot.revision)


def test_what_was_planned_and_measured_before_is_fixed_by_the_start(running, officer):
    with pytest.raises(WrongState):
        change_plan(running, officer, a_plan(measure="다친 사람"), running.revision)
    with pytest.raises(WrongState):
        record_reading(running, officer, ReadingPhase.BEFORE, typed(10), running.revision)


@pytest.mark.parametrize(
    ("reading", "field"),
    [
        (typed(101), "k"),
        (typed(-1), "k"),
        (typed(n=0), "n"),
        (typed(measured_until=clock.today() + timedelta(days=1)), "measured_until"),
        (typed(measured_by=""), "measured_by"),
        (typed(measured_from=clock.today() - timedelta(days=3)), "measured_from"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_in_words(running, officer, reading, field):
    with pytest.raises(InvalidInput) as refused:
        record_reading(running, officer, ReadingPhase.AFTER, reading, running.revision)
    assert field in refused.value.errors


def test_a_decision_needs_a_result_an_approver_and_a_reason(running, officer, approver):
    with pytest.raises(Forbidden):
        decide_pilot(running, officer, PilotDecision.STOP, "효과가 없어요.", running.revision)
    with pytest.raises(WrongState, match="먼저 재어"):
        decide_pilot(running, approver, PilotDecision.STOP, "효과가 없어요.", running.revision)
    with pytest.raises(InvalidInput):
        decide_pilot(running, approver, PilotDecision.STOP, " ", running.revision)


def test_a_page_that_is_out_of_date_changes_nothing(measured, officer, approver):
    seen = measured.revision
    record_reading(measured, officer, ReadingPhase.AFTER, typed(71), seen)
    with pytest.raises(WrongState, match="다른 담당자"):
        decide_pilot(measured, approver, PilotDecision.SPREAD, "차가 더 멈췄어요.", seen)


def test_a_changed_pilot_follows_once(measured, officer, approver):
    with pytest.raises(WrongState):
        try_again(measured, officer)
    decide_pilot(measured, approver, PilotDecision.CHANGE, "저녁에는 잘 안 보여요.", measured.revision)
    again = try_again(measured, officer)
    assert (again.origin, again.parent_id) == (PilotOrigin.CHANGED, measured.id)
    assert again.ends_on - again.starts_on == measured.ends_on - measured.starts_on
    with pytest.raises(WrongState):
        try_again(measured, officer)


def test_only_what_is_to_be_spread_is_taken_over_and_once(measured, approver, make):
    other = make.officer()
    with pytest.raises(Forbidden):
        take_over(measured, other)
    decide_pilot(measured, approver, PilotDecision.SPREAD, "차가 더 멈췄어요.", measured.revision)
    with pytest.raises(Forbidden):
        take_over(measured, approver)
    with pytest.raises(Forbidden):
        take_over(measured, make.citizen())
    take_over(measured, other)
    with pytest.raises(WrongState, match="이미 이어받은"):
        take_over(measured, other)


def test_what_is_taken_over_starts_only_where_the_office_says(measured, approver, make):
    decide_pilot(measured, approver, PilotDecision.SPREAD, "차가 더 멈췄어요.", measured.revision)
    other = make.officer()
    taken = take_over(measured, other)
    assert (taken.place, taken.region_code) == ("", None)
    record_reading(taken, other, ReadingPhase.BEFORE, typed(), taken.revision)
    with pytest.raises(WrongState, match="어디서"):
        start_pilot(taken, other, taken.revision)
    change_plan(taken, other, a_plan(place="가람역 앞"), taken.revision)
    start_pilot(taken, other, taken.revision)
    assert taken.state is PilotState.RUNNING


def test_reports_stay_as_they_were_told(running, officer):
    report = add_report(running, officer, "첫 주에는 비가 왔어요.")
    db.session.commit()
    with pytest.raises(sa.exc.IntegrityError):
        db.session.execute(sa.text("UPDATE pilot_report SET text = 'x' WHERE id = :id"), {"id": report.id})
    db.session.rollback()
