"""The process that checks: killed, late, short of memory, and small whatever the size of the file."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from forum.core.children import child_process
from forum.response.datafiles import cells, check_process
from forum.response.datafiles.check_process import CHECK, CheckStopped, ask_child, check_apart
from forum.response.datafiles.checking import MOST_COLUMNS, Column, TableReport
from forum.response.datafiles.models import DataFileState
from forum.response.datafiles.queries import check_job
from forum.response.datafiles.services import check_again
from forum.response.datafiles.uploads import add_file
from forum.response.datasets.models import MAX_COLUMNS, ColumnType
from forum.system.jobs.models import JobState
from tests.forum.response.dataviews.test_engine import children

COLUMNS = [Column("달", "DATE", False), Column("유형", "CODE", True), Column("사용량", "NUMBER", False)]
TEXT = "달,유형,사용량\n" + "2026-01-01,학교,12.5\n" * 6


@pytest.fixture
def parts(tmp_path):
    (tmp_path / "1").write_text(TEXT, encoding="utf-8")
    return tmp_path


def checked(parts, told=lambda _share: None, limits=CHECK) -> TableReport:
    sizes = [(parts / "1").stat().st_size]
    return check_apart(parts, sizes, COLUMNS, True, told, limits)


@pytest.fixture
def kill(monkeypatch):
    """Let the next children be killed as soon as they run, as the kernel does where memory is short."""
    left = [0]

    @contextmanager
    def started(*arguments: Any):
        with child_process(*arguments) as child:
            if left[0]:
                left[0] -= 1
                child.kill()
            yield child

    monkeypatch.setattr(check_process, "child_process", started)
    return lambda n: left.__setitem__(0, n)


def test_a_report_comes_back_whole_from_the_child(parts):
    (parts / "1").write_text(TEXT + "x,=1,\n,900101-1234567,1\n", encoding="utf-8")
    shares: list[float] = []
    report = checked(parts, shares.append)
    assert [(code, one.rows) for (code, _name), one in report.problems.items()] == [
        ("TYPE", [8]),
        ("FORMULA", [8]),
        ("RESIDENT", [9]),
    ]
    assert TableReport.unpacked(json.loads(json.dumps(report.packed()))) == report
    assert shares == [1.0]
    assert checked_by_hand(parts).survey == report.survey


def checked_by_hand(parts) -> TableReport:
    from forum.response.datafiles.checking import check_file

    report, groups = check_file(io.BytesIO((parts / "1").read_bytes()), COLUMNS, True, parts)
    groups.close()
    return report


def test_a_child_that_is_killed_is_started_once_more(parts, kill):
    kill(1)
    before = children()
    assert checked(parts).n_rows == 6
    kill(2)
    with pytest.raises(CheckStopped, match="검사하던 프로그램이 멈췄어요"):
        checked(parts)
    assert children() == before


def test_a_child_that_takes_too_long_or_too_much_memory_is_ended(parts):
    before = children()
    with pytest.raises(CheckStopped, match="너무 오래 걸려서"):
        checked(parts, limits=replace(CHECK, seconds=0.02))
    with pytest.raises(CheckStopped):
        checked(parts, limits=replace(CHECK, memory_mib=20))
    assert children() == before


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("no_uploads")
def test_a_check_whose_child_is_killed_each_time_says_so_and_is_asked_for_again(client, make, work, kill):
    analyst, version = make.analyst(), make.dataset_version(make.dataset())
    file = add_file(version, analyst, "전기.csv", io.BytesIO(TEXT.encode()))
    kill(2)
    assert work() == [JobState.FAILED]
    assert "올린 파일은 그대로 있어요" in check_job(file.id).error
    assert file.state is DataFileState.CHECKING
    page = client.login(analyst).get(f"/datasets/files/{file.id}").text
    assert "검사하던 프로그램이 멈췄어요" in page
    assert "다시 검사하기" in page
    check_again(file, analyst, seen=file.revision)
    assert work() == [JobState.DONE]
    assert file.state is DataFileState.READY


def test_the_child_stays_small_whatever_the_size_of_the_file(parts, tmp_path):
    """It imports neither the models nor Flask: these alone take 100 MB. 300 MB are in `tests.benchmarks.datafiles`."""
    row = "2026-01-01,{}," + "1" * 17 + "\n"
    (parts / "1").write_text("달,유형,사용량\n" + "".join(row.format("학교" * (50 + n % 50)) for n in range(60_000)))
    size = (parts / "1").stat().st_size
    request = {
        "parts": str(parts),
        "sizes": [size],
        "columns": [[one.name, one.type, one.is_identifying] for one in COLUMNS],
        "is_open": True,
        "folder": str(tmp_path),
    }
    answer = ask_child(request, lambda _share: None, CHECK)
    assert size > 25_000_000
    assert answer["report"]["n_rows"] == 60_000
    assert 0 < answer["peak_mb"] < 70


def test_the_child_knows_the_kinds_and_the_most_columns_of_dictionaries():
    assert {*cells.FORMULA_FREE, *cells._PATTERNS} == {kind.value for kind in ColumnType}
    assert MOST_COLUMNS == MAX_COLUMNS
