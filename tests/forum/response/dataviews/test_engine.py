from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from forum.core.errors import ForumError, InvalidInput, NotFound
from forum.response.datasets.models import ColumnType
from forum.response.dataviews import engine, processes
from forum.response.dataviews.asking import MAX_VALUE_CHARS, Column, Filter, Operator, PreviewRequest
from forum.response.dataviews.convert import convert
from forum.response.dataviews.engine import MAX_CELL_CHARS, MAX_ROWS, MAX_SHOWN_COLUMNS, preview
from forum.response.dataviews.processes import PREVIEW, PreviewBusy, PreviewFailed
from tests.forum.response.dataviews.tables import COLUMNS, written

FIRST_ROWS = PreviewRequest()
NOTHING = {"n_rows": 0, "rows": []}


@pytest.fixture(params=["csv", "parquet"])
def ask(request, tmp_path):
    """Ask of the table of buildings, in each of its two forms."""
    path, is_parquet = written(tmp_path), request.param == "parquet"
    if is_parquet:
        path = tmp_path / "table.parquet"
        assert convert(written(tmp_path), path, COLUMNS).n_rows == 4
    return lambda asked=FIRST_ROWS: preview(path, COLUMNS, asked, is_parquet=is_parquet)


def column(result, place):
    return [row[place] for row in result.rows]


def test_the_first_rows_stand_as_in_the_file(ask):
    result = ask()
    assert (result.n_rows, result.columns) == (4, COLUMNS)
    assert result.rows[1] == ("2026-02-01", "학교", "80", "1", "아니요", '쉼표, 따옴표 "둘"')
    assert column(result, 2) == ["120.5", "80", "-20", None]


def test_rows_are_sorted_with_empty_cells_last_and_equal_ones_as_in_the_file(ask):
    assert column(ask(PreviewRequest(sort="kWh", is_descending=True)), 2) == ["120.5", "80", "-20", None]
    assert column(ask(PreviewRequest(sort="세대")), 1) == ["학교", "병원", "아파트", "아파트"]


@pytest.mark.parametrize(
    ("name", "operator", "value", "found"),
    [
        ("건물 유형", Operator.EQUALS, "아파트", ["120.5", "-20"]),
        ("건물 유형", Operator.DIFFERS, "아파트", ["80", None]),
        ("비고", Operator.CONTAINS, "%", [None]),
        ("kWh", Operator.AT_LEAST, "80", ["120.5", "80"]),
        ("달", Operator.AT_MOST, "2026-01-31", ["120.5", "-20"]),
        ("태양광", Operator.EQUALS, "예", ["120.5", "-20"]),
        ("kWh", Operator.EMPTY, "", [None]),
    ],
)
def test_rows_are_filtered_and_counted(parquet, name, operator, value, found):
    result = preview(parquet, COLUMNS, PreviewRequest(filter=Filter(name, operator, value)))
    assert (result.n_rows, column(result, 2)) == (len(found), found)


def test_groups_are_counted_and_summed_the_largest_first(ask):
    result = ask(PreviewRequest(group_by="건물 유형", sum_of="kWh"))
    assert [(group.label, group.n, group.total) for group in result.groups] == [
        ("아파트", 2, 100.5),
        ("학교", 1, 80.0),
        ("병원", 1, None),
    ]
    assert (result.n_rows, result.n_groups, result.rows) == (4, 3, ())
    wanted = Filter("세대", Operator.AT_LEAST, "10")
    assert [group.n for group in ask(PreviewRequest(group_by="태양광", filter=wanted)).groups] == [2]


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    convert(written(folder), folder / "table.parquet", COLUMNS)
    return folder / "table.parquet"


# Hostile requests
TEXTS = [
    "'",
    '"',
    "''; DROP TABLE t; --",
    '"; SELECT 1; --',
    "c0",
    "c0) OR (1=1",
    "1 OR 1=1",
    "/* */",
    "-- ",
    "*",
    "count(*)",
    "getenv('HOME')",
    "read_text('/etc/passwd')",
    "/etc/passwd",
    "../../../etc/passwd",
    "file:///etc/passwd",
    "http://127.0.0.1:5432/",
    "s3://bucket/key",
    "${HOME}",
    "{{ 7 * 7 }}",
    "{0.__class__}",
    "%s",
    "?",
    "$1",
    ":name",
    "NULL",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "9" * 400,
    "9223372036854775808",
    "-9223372036854775809",
    "0x10",
    "１２",
    "٣",
    "1_000",
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202e",
    "\u200b",
    "\n",
    "\r\nSet-Cookie: a=b",
    " ",
    "가" * 10_000,
    "😀" * 200,
    '{"$gt": ""}',
    "[" * 500,
    '{"a":' * 90,
    "infinity",
    "epoch",
    "2026-13-45",
    "99999-01-01",
    "2026-01-01T00:00:00+09:00",
    "true",
    "repeat('x', 2000000000)",
    "\\",
    "%",
    "_",
    "pragma database_list",
    "copy (select 1) to '/tmp/x'",
]


def test_there_are_sixty_hostile_texts():
    assert len(set(TEXTS)) >= 60


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_hostile_name_is_refused_and_starts_nothing(text, parquet, monkeypatch):
    monkeypatch.setattr("forum.response.dataviews.engine.ask_child", None)
    asked = (
        PreviewRequest(sort=text),
        PreviewRequest(group_by=text),
        PreviewRequest(group_by="달", sum_of=text),
        PreviewRequest(filter=Filter(text, Operator.EQUALS, "1")),
    )
    for each in asked:
        with pytest.raises(InvalidInput, match="없는 열이에요"):
            preview(parquet, COLUMNS, each)


def test_a_hostile_value_is_refused_or_bound_in_the_type_of_its_column(parquet, monkeypatch):
    bound, refused = [], set()
    monkeypatch.setattr(
        "forum.response.dataviews.engine.ask_child", lambda asked, *_rest: bound.append(asked["filter"]) or NOTHING
    )
    for place, text in itertools.product(range(len(COLUMNS)), TEXTS):
        for operator in Operator:
            try:
                preview(parquet, COLUMNS, PreviewRequest(filter=Filter(COLUMNS[place].name, operator, text)))
            except InvalidInput as error:
                refused |= set(error.errors)
    assert refused == {"value", "op"}
    values = [{each["value"] for each in bound if each["column"] == place} - {None} for place in range(len(COLUMNS))]
    assert values[0] == values[2] == values[3] == set()
    assert values[4] == {"true"}
    assert max(map(len, values[5])) <= MAX_VALUE_CHARS


@pytest.mark.parametrize("text", ["'", "'; DROP TABLE t; --", "\\", "_"])
def test_a_hostile_value_finds_no_row(text, parquet):
    try:
        result = preview(parquet, COLUMNS, PreviewRequest(filter=Filter("건물 유형", Operator.CONTAINS, text)))
    except InvalidInput:
        return
    assert (result.n_rows, result.rows) == (0, ())


# Files
def test_a_file_that_is_gone_a_folder_a_link_and_a_pipe_are_told_as_missing(tmp_path):
    (tmp_path / "link").symlink_to(written(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    for name in ("gone", ".", "link", "pipe"):
        with pytest.raises(NotFound, match="파일이 지금은 없어요"):
            preview(tmp_path / name, COLUMNS, PreviewRequest())


@pytest.mark.parametrize("content", [b"", b"PAR1", os.urandom(4_000)], ids=["empty", "PAR1", "noise"])
def test_what_is_no_parquet_file_is_told_in_words(content, tmp_path):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InvalidInput, match="표를 읽지 못했어요"):
        preview(tmp_path / "file", COLUMNS, PreviewRequest(sort="달"))


def test_of_a_wide_table_fifty_columns_are_shown_and_ten_thousand_are_refused(tmp_path):
    names = [f"열{n}" for n in range(60)]
    many = [Column(name, ColumnType.INTEGER) for name in names]
    source = written(tmp_path, ",".join("1" for _ in names) + "\n", ",".join(names) + "\n")
    convert(source, tmp_path / "wide", many)
    result = preview(tmp_path / "wide", many, PreviewRequest(sort=names[-1], filter=Filter(names[-2], Operator.FILLED)))
    assert (len(result.columns), result.rows) == (MAX_SHOWN_COLUMNS, (("1",) * MAX_SHOWN_COLUMNS,))
    with pytest.raises(InvalidInput, match="500개보다 많은"):
        preview(tmp_path / "wide", many * 200, PreviewRequest())


def test_what_is_shown_is_limited(tmp_path):
    source = written(tmp_path, "".join(f"2026-01-01,{n},1,1,예,{'긴' * 999}\n" for n in range(80)))
    convert(source, tmp_path / "long", COLUMNS)
    result = preview(tmp_path / "long", COLUMNS, PreviewRequest())
    assert (result.n_rows, len(result.rows)) == (80, MAX_ROWS)
    assert result.rows[0][5] == "긴" * MAX_CELL_CHARS + "…"
    grouped = preview(tmp_path / "long", COLUMNS, PreviewRequest(group_by="건물 유형"))
    assert (grouped.n_groups, len(grouped.groups)) == (80, 50)


# The child
def test_a_child_without_enough_memory_dies_and_the_parent_says_so(parquet):
    for memory in (40, 110):
        with pytest.raises(PreviewFailed) as failed:
            preview(parquet, COLUMNS, PreviewRequest(), limits=replace(PREVIEW, memory_mib=memory))
        assert failed.value.status == 503


def test_a_child_that_takes_too_long_is_killed(parquet):
    before = children()
    with pytest.raises(PreviewFailed, match="너무 오래 걸려서"):
        preview(parquet, COLUMNS, PreviewRequest(), limits=replace(PREVIEW, seconds=0.02))
    assert children() == before


def test_a_child_that_is_killed_is_told_in_words(tmp_path, monkeypatch):
    """A child that waits for a request that never comes stands for one in the middle of its work."""
    program = tmp_path / "child.py"
    program.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(processes, "PROGRAM", program)
    before, told = children(), []

    def ask():
        try:
            preview(written(tmp_path), COLUMNS, PreviewRequest())
        except ForumError as error:
            told.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    while not (new := children() - before):
        time.sleep(0.01)
    os.kill(new.pop(), signal.SIGKILL)
    thread.join(10)
    assert told == ["표를 읽던 프로그램이 멈췄어요. 자료는 그대로 있어요."]
    assert children() == before


def test_a_child_that_writes_without_end_is_stopped_by_its_file_limit(tmp_path, monkeypatch):
    program = tmp_path / "child.py"
    lines = ["import sys", f"sys.path.insert(0, {str(processes.PROGRAM.parent)!r})", "import child"]
    lines += ["child.limit_process(*map(int, sys.argv[1:]))", "while True: sys.stdout.write('[' * 9_999)"]
    program.write_text("\n".join(lines))
    monkeypatch.setattr(processes, "PROGRAM", program)
    with pytest.raises(PreviewFailed):
        preview(written(tmp_path), COLUMNS, PreviewRequest())


def test_at_most_a_few_children_work_at_once_and_one_more_waits_shortly(parquet, monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE_SECONDS", 0.05)
    with processes.one_place(), processes.one_place():
        with pytest.raises(PreviewBusy, match="시작하지 못했어요") as busy:
            preview(parquet, COLUMNS, PreviewRequest())
        assert (busy.value.status, busy.value.wait) == (503, processes.AGAIN_AFTER_SECONDS)
    assert preview(parquet, COLUMNS, PreviewRequest()).n_rows == 4


def test_a_child_knows_nothing_of_our_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "s3cret")
    program = tmp_path / "child.py"
    program.write_text("import json, os; print(json.dumps({'rows': [], 'n_rows': dict(os.environ)}))")
    monkeypatch.setattr(processes, "PROGRAM", program)
    assert "SECRET_KEY" not in preview(written(tmp_path), COLUMNS, PreviewRequest()).n_rows


def children() -> set[int]:
    files = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for file in files for pid in file.read_text().split()}


# Rows that are not open
@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A table of three types of buildings with 30, 12 and 3 rows."""
    folder, sizes = tmp_path_factory.mktemp("closed"), {"아파트": 30, "학교": 12, "병원": 3}
    lines = [f"2026-01-01,{name},1,1,예,\n" for name, n in sizes.items() for _ in range(n)]
    convert(written(folder, "".join(lines)), folder / "closed", COLUMNS)
    return folder / "closed"


def test_no_single_row_is_shown_where_rows_are_not_open(closed):
    result = preview(closed, COLUMNS, PreviewRequest(), min_cell=5)
    assert (result.rows, result.columns, result.n_rows, result.is_withheld) == ((), (), 40, True)
    assert preview(closed, COLUMNS, PreviewRequest(), min_cell=46).n_rows is None
    wanted = Filter("건물 유형", Operator.EQUALS, "학교")
    for asked in (PreviewRequest(sort="kWh"), PreviewRequest(filter=wanted), PreviewRequest("", False, wanted, "달")):
        with pytest.raises(InvalidInput, match="묶은 값만"):
            preview(closed, COLUMNS, asked, min_cell=5)


def test_small_groups_are_hidden_with_what_would_give_them_away(closed, monkeypatch):
    asked = PreviewRequest(group_by="건물 유형", sum_of="kWh")
    result = preview(closed, COLUMNS, asked, min_cell=0)  # as five: there is no less
    assert ([group.label for group in result.groups], result.n_hidden, result.n_groups) == (["아파트"], 2, 3)
    monkeypatch.setattr(engine, "MAX_WITHHELD_GROUPS", 2)
    with pytest.raises(InvalidInput, match="2가지보다 많은 열은 묶어서 볼 수 없어요"):
        preview(closed, COLUMNS, asked, min_cell=5)
