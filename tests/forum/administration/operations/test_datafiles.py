"""`flask forum check` and files of datasets: what the services leave is right, and each planted error is named."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.datafiles import DATA_FILE_CHECKS
from forum.core.extensions import db
from forum.response.datafiles.aggregate import ask_for_aggregate
from forum.response.datafiles.models import DataAggregate, DataFile
from forum.response.datafiles.uploads import add_file
from forum.response.datasets.models import Sensitivity
from forum.system.audit.services import record_baseline

TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6


@pytest.fixture
def file(make, work):
    """A checked file with figures, made by the services."""
    version, analyst = make.dataset_version(make.dataset(sensitivity=Sensitivity.AGGREGATE)), make.analyst()
    record_baseline()
    added = add_file(version, analyst, "전기.csv", io.BytesIO(TEXT.encode()))
    work()
    ask_for_aggregate(added, analyst, "유형", "")
    work()
    return added


def differences() -> list[str]:
    db.session.expire_all()
    return [line for check in DATA_FILE_CHECKS for line in check().differences]


def test_what_the_services_leave_is_right(file):
    assert differences() == []
    assert [one.differences for one in recorded_rows() if "(data_file)" in one.name] == [[]]


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        (DataFile, {"size_bytes": 1}, "크기가 달라요"),
        (DataFile, {"k": 3}, "잴 열이 없는데"),
        (DataFile, {"report": {"problems": [{"code": "TYPE"}]}}, "검사에서 걸렸는데"),
        (DataAggregate, {"by_column": "구"}, "데이터 사전에 없는 열"),
        (DataAggregate, {"cells": [["학교", "4"]]}, "다섯보다 적은 수"),
    ],
)
def test_planted_errors_are_named(file, table, values, words):
    db.session.execute(sa.update(table).values(**values))
    db.session.commit()
    assert any(words in line for line in differences())
    assert any(one.differences for one in recorded_rows() if "(data_file)" in one.name)
