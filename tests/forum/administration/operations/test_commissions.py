"""`flask forum check` and chosen tasks: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.commissions import commissions, quarterly_reports
from forum.administration.operations.queries import recount
from forum.core.extensions import db
from forum.deliberation.rounds.models import TaskSource, TaskState
from forum.response.commissions.services import send_task, write_report
from forum.system.audit.services import record_baseline
from tests.unguarded import unguarded

TABLES = ("commission", "quarterly_report", "council_task", "referral_idea")


@pytest.fixture
def sent(make):
    """A task that was sent without a theme and reported on, and one without words of citizens."""
    round_ = make.council_round()
    task = make.task(round_, state=TaskState.CHOSEN)
    seat = make.seat(round_.term)
    values = {"has_words": False, "source": TaskSource.MEMBER, "proposer_seat_id": seat.id}
    bare = make.task(round_, state=TaskState.CHOSEN, **values)
    record_baseline()
    analyst, lead = make.analyst(), make.ministry()
    commission = send_task(task, analyst, lead, seen=task.revision)
    send_task(bare, analyst, lead, seen=bare.revision)
    write_report(commission.reports[0], make.officer(lead), "했어요.", seen=commission.reports[0].revision)
    db.session.commit()
    return commission


def plant(statement: str) -> None:
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)


def against_the_audit(code: str) -> list[str]:
    found = {finding.name: finding.differences for finding in recorded_rows()}
    return next(lines for name, lines in found.items() if f"({code})" in name)


def test_what_the_services_did_is_right(sent):
    assert commissions().differences == []
    assert commissions().n_checked == 2
    assert quarterly_reports().differences == []
    assert quarterly_reports().n_checked == 2
    assert against_the_audit("commission") == against_the_audit("quarterly_report") == []
    wrong = {finding.name: finding.differences for finding in recount() if finding.differences}
    assert not {name for name in wrong if "대표과제를" in name or "대표과제의" in name or "주제" in name}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE council_task SET state = 'IN_ROUND'",
        "UPDATE commission SET made_theme = false",
        "UPDATE commission SET sent_at = '2001-01-01 00:00:00.000000'",
        "DELETE FROM council_task_idea",
    ],
)
def test_a_wrong_letter_is_named(sent, statement):
    plant(statement)
    assert len(commissions().differences) >= 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quarterly_report SET quarter_from = '2031-01-01', due_on = '2031-04-15'",
        "UPDATE quarterly_report SET quarter_from = '2026-11-02'",
        "UPDATE quarterly_report SET due_on = '2031-01-16'",
    ],
)
def test_a_wrong_quarter_is_named(sent, statement):
    plant(statement)
    assert len(quarterly_reports().differences) >= 2


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("quarterly_report", "UPDATE quarterly_report SET text = '다른 말' WHERE text <> ''"),
        ("quarterly_report", "DELETE FROM quarterly_report"),
        ("commission", "UPDATE commission SET made_theme = false"),
    ],
)
def test_a_row_changed_past_the_services_is_named(sent, code, statement):
    plant(statement)
    assert against_the_audit(code)
