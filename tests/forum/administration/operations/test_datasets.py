"""`flask forum check` and datasets: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import pytest

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.datasets import DATASET_CHECKS, datasets
from forum.core.extensions import db
from forum.response.datasets.editions import publish_version, set_dictionary, set_sample_rows, start_version
from forum.response.datasets.holders import add_holder, add_steward
from forum.response.datasets.models import DatasetState
from forum.response.datasets.pasted import read_dictionary
from forum.response.datasets.services import add_quality_note, move_dataset, propose_dataset
from forum.system.audit.services import record_baseline
from tests.forum.response.datasets.test_services import COLUMNS, DESCRIBED, HOLDER
from tests.unguarded import unguarded

TABLES = ("dataset", "dataset_version", "dataset_column", "dataset_quality_note", "data_holder", "data_steward")


@pytest.fixture
def offered(make):
    """A dataset on offer with two published versions and a draft, made by the services."""
    analyst, account, _talked = make.analyst(), make.citizen(), make.dataset()
    record_baseline()
    holder = add_holder(analyst, *HOLDER)
    add_steward(holder, analyst, account.email, seen=1)
    dataset = propose_dataset(holder, account, DESCRIBED)
    move_dataset(dataset, analyst, DatasetState.TALKING, seen=1)
    for n in range(2):
        start_version(dataset, account, seen=dataset.revision)
        set_dictionary(dataset, account, read_dictionary(COLUMNS), seen=dataset.revision)
        set_sample_rows(dataset, account, "2026-01-01,1", seen=dataset.revision)
        publish_version(dataset, account, "고쳤어요." if n else "", seen=dataset.revision)
    start_version(dataset, account, seen=dataset.revision)
    move_dataset(dataset, analyst, DatasetState.OFFERED, seen=dataset.revision)
    add_quality_note(dataset, account, "빠진 달이 있어요.", 1, seen=dataset.revision)
    db.session.commit()
    return dataset


def plant(statement: str) -> None:
    with unguarded(*TABLES) as connection:
        connection.exec_driver_sql(statement)


def recounted() -> list[str]:
    return [line for check in DATASET_CHECKS for line in check().differences]


def against_the_audit(code: str) -> list[str]:
    found = {finding.name: finding.differences for finding in recorded_rows()}
    return next(lines for name, lines in found.items() if f"({code})" in name)


def test_what_the_services_did_is_right(offered):
    assert recounted() == []
    assert datasets().n_checked == 2
    assert against_the_audit("dataset") == against_the_audit("data_holder") == []


def test_each_planted_error_is_named(offered):
    first = "(SELECT min(id) FROM dataset)"
    for statement, message in (
        ("UPDATE dataset_version SET published_at = '2001-01-01 00:00:00' WHERE number = 2", "먼저 공개했다고"),
        ("UPDATE dataset_version SET number = 7 WHERE number = 2", "번호가 이어지지"),
        ("UPDATE dataset_column SET position = 5 WHERE position = 1", "차례가 이어지지"),
        ("DELETE FROM dataset_column WHERE position = 5", "칸 수가 열의 수와"),
        ("DELETE FROM dataset_column", "사전이 비어"),
        (
            f"UPDATE dataset SET state = 'OFFERED', offered_at = '2026-01-01 00:00:00' WHERE id = {first}",
            "공개한 판이 없어요",
        ),
        ("UPDATE dataset SET quality_points = 1", "적힌 점수 1,"),
        ("UPDATE account SET active = false WHERE id IN (SELECT account_id FROM data_steward)", "닫은 계정"),
    ):
        assert not any(message in line for line in recounted())
        plant(statement)
        assert any(message in line for line in recounted())


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE dataset_column SET meaning = 'x' WHERE position = 0", "dataset"),
        ("UPDATE dataset_quality_note SET text = 'x'", "dataset"),
        ("DELETE FROM data_steward", "data_holder"),
    ],
)
def test_what_was_changed_past_the_services_is_found(offered, statement, code):
    plant(statement)
    assert against_the_audit(code)
