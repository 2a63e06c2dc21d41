"""`flask forum check` and pilots: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.pilots import pilots
from forum.administration.operations.queries import recount
from forum.core.extensions import db
from forum.response.pilots.models import PilotDecision, PilotState, ReadingPhase
from forum.response.pilots.services import add_report, decide_pilot, plan_pilot, record_reading, start_pilot, take_over
from forum.system.audit.services import record_baseline
from tests.forum.response.pilots.test_services import a_plan, typed
from tests.unguarded import unguarded

TABLES = ("pilot", "pilot_reading", "pilot_report")


@pytest.fixture
def spread(make):
    """A pilot that went its way by the services, and what another office took over from it."""
    office = make.ministry()
    promised = make.short_answer(referral=make.referral(ministry=office)).referral
    record_baseline()
    officer, approver = make.officer(office), make.approver(office)
    pilot = plan_pilot(promised, officer, a_plan())
    record_reading(pilot, officer, ReadingPhase.BEFORE, typed(), pilot.revision)
    start_pilot(pilot, officer, pilot.revision)
    add_report(pilot, officer, "첫 주에는 비가 왔어요.")
    record_reading(pilot, officer, ReadingPhase.AFTER, typed(70), pilot.revision)
    decide_pilot(pilot, approver, PilotDecision.SPREAD, "차가 더 멈췄어요.", pilot.revision)
    take_over(pilot, make.officer())
    db.session.commit()
    return pilot


def plant(statement: str) -> None:
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)


def against_the_audit() -> list[str]:
    found = {finding.name: finding.differences for finding in recorded_rows()}
    return next(lines for name, lines in found.items() if "(pilot)" in name)


def test_what_the_services_did_is_right(spread):
    assert pilots().differences == []
    assert pilots().n_checked == 2
    assert against_the_audit() == []
    assert pilots().name in {finding.name for finding in recount()}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pilot SET title = '다른 이름'",
        "UPDATE pilot SET decision_reason = '다른 까닭'",
        "UPDATE pilot_reading SET k = k - 1",
        "UPDATE pilot_report SET text = '비가 오지 않았어요.'",
        "DELETE FROM pilot_report",
    ],
)
def test_what_was_written_past_the_services_differs_from_the_audit(spread, statement):
    plant(statement)
    assert f"{spread.id}번: 감사 기록에 적힌 것과 다릅니다" in against_the_audit()


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE pilot SET decision = 'STOP' WHERE parent_id IS NULL", "그렇게 정하지 않았어요"),
        (
            "UPDATE pilot SET ministry_id = (SELECT ministry_id FROM pilot p WHERE p.parent_id IS NULL)",
            "기관이 맞지 않아요",
        ),
        ("DELETE FROM pilot_reading WHERE phase = 'AFTER'", "한 뒤 값이 없어요"),
        ("UPDATE pilot SET measure_kind = 'MEAN'", "재는 방법과 맞지 않아요"),
        ("UPDATE pilot_reading SET n = 5", "재는 방법과 맞지 않아요"),
    ],
)
def test_a_planted_error_is_named(spread, statement, words):
    plant(statement)
    assert any(words in line for line in pilots().differences)


def test_a_parent_of_another_letter_is_named(make, spread):
    other = make.short_answer().referral.id
    plant(f"UPDATE pilot SET referral_id = {other} WHERE origin = 'SPREAD'")
    assert any("다른 답변에서" in line for line in pilots().differences)


def test_a_started_pilot_without_a_reading_is_named(make):
    make.pilot().state = PilotState.RUNNING
    db.session.flush()
    assert any("하기 전 값이 없어요" in line for line in pilots().differences)
