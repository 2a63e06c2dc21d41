"""`flask forum check`, joins and budgets: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.datarisks import DATA_RISK_CHECKS
from forum.core.extensions import db
from forum.response.datafiles.models import DataFileState
from forum.response.datajoins.models import DataJoinRisk
from forum.response.datanoise import noise
from forum.response.datanoise.budget import ask, set_budget
from forum.response.datanoise.models import DataBudgetSpend
from forum.response.datanoise.questions import Question
from forum.response.datasets.models import Sensitivity
from forum.system.audit.services import record_baseline

COLUMNS = ["달", "유형"]


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def differences() -> list[str]:
    db.session.expire_all()
    return [line for check in DATA_RISK_CHECKS for line in check().differences]


@pytest.fixture
def join(make):
    """Two files of six rows with the same columns, none of them identifying."""
    own, other = (make.data_file(make.dataset_version(make.dataset())) for _ in range(2))
    make._add(DataJoinRisk(file_id=own.id, other_file_id=other.id, shared=COLUMNS, n_rows=6, k=3))
    return own


def test_a_join_over_the_columns_of_both_dictionaries_is_right(join):
    assert differences() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [({"shared": ["달"]}, "데이터 사전과 달라요"), ({"n_rows": 7}, "파일의 줄보다 많은")],
)
def test_planted_errors_in_joins_are_named(join, values, words):
    db.session.execute(sa.update(DataJoinRisk).values(**values))
    assert [words in line for line in differences()] == [True]


def test_a_join_that_outlived_its_file_is_named(join):
    join.state, join.blob_sha256 = DataFileState.WITHDRAWN, None
    join.withdrawn_at, join.reason = join.checked_at, "x"
    db.session.flush()
    assert ["거둔 파일" in line for line in differences()] == [True]


@pytest.fixture
def spend(make, work, monkeypatch):
    """A question that was paid for and answered, by the services."""
    file = make.data_file(make.dataset_version(make.dataset(sensitivity=Sensitivity.AGGREGATE)))
    record_baseline()
    monkeypatch.setattr(noise, "is_available", lambda: True)
    monkeypatch.setattr(noise, "draw", lambda exact, *_paid: exact)
    set_budget(file, make.analyst(), 1_000, 1)
    asked = ask(file, make.analyst(), Question("유형", ("학교",)), 400, seen=0)
    work()
    return asked


def test_what_the_services_spend_and_answer_is_right(spend):
    assert spend.answer.figures == ["6"]
    assert differences() == []
    assert [one.differences for one in recorded_rows() if "(data_budget)" in one.name] == [[]]


@pytest.mark.parametrize(
    ("table", "change", "words"),
    [
        ("data_budget_spend", "spent_before = 1, spent_after = 401", "이어지지 않아요"),
        ("data_budget_spend", "epsilon_millis = 1, spent_after = 1", "적힌 것과 달라요"),
        ("data_noisy_answer", "figures = '[]'", "칸 수가 물음과 달라요"),
    ],
)
def test_planted_errors_in_budgets_are_named(spend, table, change, words):
    """The database refuses these changes, so the trigger goes first."""
    assert spend.dataset_id
    db.session.execute(sa.text(f"DROP TRIGGER {table}_no_update"))
    db.session.execute(sa.text(f"UPDATE {table} SET {change}"))
    db.session.flush()
    assert any(words in line for line in differences())
    assert any(one.differences for one in recorded_rows() if "(data_budget)" in one.name)
    db.session.rollback()


def test_spending_past_the_budget_is_named(spend):
    db.session.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
    try:
        values = {"spent_before": 400, "epsilon_millis": 700, "spent_after": 1_100, "question_hash": "x"}
        db.session.add(
            DataBudgetSpend(
                dataset_id=spend.dataset_id,
                total_millis=1_000,
                file_id=spend.file_id,
                question=spend.question,
                **values,
            )
        )
        db.session.flush()
        assert any("정한 것보다 많이" in line for line in differences())
    finally:
        db.session.rollback()
        db.session.execute(sa.text("PRAGMA ignore_check_constraints = OFF"))
