"""The importer under generated files: refused in words, or every row is given or named with its fault."""

from __future__ import annotations

import contextlib
import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from forum.core.errors import InvalidInput
from forum.voice.ideas.importing import COLUMNS, open_source, parse_agree_count, parse_written_at, write_rejects
from tests.hangul import odd, plain, steady, wild

MAX_BYTES = 1_000_000
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "cp949"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | wild,
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(wild, inside, max_size=2),
    max_leaves=4,
)
RECORDS = st.dictionaries(st.sampled_from(COLUMNS) | wild, JSON_VALUES, max_size=5) | JSON_VALUES


def opened(tmp_path, content: bytes, name: str):
    """The file's rows, walked twice, or None where it was refused in words."""
    path = tmp_path / name
    path.write_bytes(content)
    try:
        source = open_source(path, MAX_BYTES)
    except InvalidInput as error:
        refused = error
    else:
        return walked(tmp_path, source)
    assert refused.message
    return None


def walked(tmp_path, source):
    rows = list(source.rows())
    assert rows == list(source.rows())
    assert [row.number for row in rows] == list(range(1, source.n_rows + 1))
    assert all(isinstance(value, str) for row in rows for value in row.values.values())
    write_rejects(tmp_path / "rejects.csv", [(row, row.error or "시험") for row in rows])
    return rows


def written(rows: list[list[str]]) -> str:
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(rows)
    return sheet.getvalue()


@steady
@given(cells=st.lists(st.tuples(plain, odd), min_size=1, max_size=4), encoding=ENCODINGS)
def test_a_sheet_comes_back_cell_by_cell(tmp_path_factory, cells, encoding):
    rows = [[str(number), *texts] for number, texts in enumerate(cells, start=1)]
    # What CP949 has no letter for, Excel writes as a question mark.
    rows = [[cell.encode(encoding, "replace").decode(encoding) for cell in row] for row in rows]
    content = written([["external_id", "title", "body"], *rows]).encode(encoding)
    found = opened(tmp_path_factory.mktemp("sheet"), content, "in.csv")
    assert found is not None
    assert [list(row.values.values()) for row in found] == rows
    assert not any(row.error for row in found)


@steady
@given(
    rows=st.lists(st.lists(odd, max_size=5), max_size=5),
    header=st.permutations(["external_id", "title", "agree_count"]),
    encoding=ENCODINGS,
)
def test_every_row_of_a_ragged_sheet_is_given_or_named(tmp_path_factory, rows, header, encoding):
    content = written([header, *rows]).encode(encoding, "replace")
    found = opened(tmp_path_factory.mktemp("sheet"), content, "in.csv")
    expected = [row for row in csv.reader(io.StringIO(written(rows), newline="")) if any(c.strip() for c in row)]
    if found is None:
        assert not expected or "\x00" in written(rows)
    else:
        assert len(found) == len(expected)
        for row, cells in zip(found, expected, strict=True):
            assert bool(row.error) == (len(cells) > len(header))


@steady
@given(text=odd, encoding=ENCODINGS, ending=st.sampled_from(["in.csv", "in.jsonl"]))
def test_any_text_for_a_file_is_read_or_refused_in_words(tmp_path_factory, text, encoding, ending):
    content = (f"external_id,title\n{text}" if ending == "in.csv" else text).encode(encoding, "replace")
    opened(tmp_path_factory.mktemp("text"), content, ending)


@steady
@given(content=st.binary(max_size=200), ending=st.sampled_from(["in.csv", "in.jsonl", "in.ndjson"]))
def test_any_bytes_for_a_file_are_read_or_refused_in_words(tmp_path_factory, content, ending):
    opened(tmp_path_factory.mktemp("bytes"), content, ending)


@steady
@given(records=st.lists(RECORDS, min_size=1, max_size=4))
def test_every_line_of_json_is_given_or_named(tmp_path_factory, records):
    content = "\n".join(map(json.dumps, records)).encode()
    found = opened(tmp_path_factory.mktemp("lines"), content, "in.jsonl")
    assert found is not None
    assert len(found) == len(records)
    for row, record in zip(found, records, strict=True):
        assert row.error or {"external_id", "title"} <= set(record)


@steady
@given(cells=st.lists(st.tuples(plain, odd), min_size=1, max_size=4))
def test_lines_of_json_come_back_as_they_were(tmp_path_factory, cells):
    records = [{"external_id": f"{n}", "title": title, "body": body} for n, (title, body) in enumerate(cells)]
    content = "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()
    found = opened(tmp_path_factory.mktemp("lines"), content, "in.jsonl")
    assert found is not None
    assert [dict(row.values) for row in found] == records
    assert not any(row.error for row in found)


@steady
@given(value=wild | st.integers().map(str) | st.datetimes().map(str))
def test_numbers_and_times_are_read_or_refused_in_words(value):
    for read in (parse_agree_count, parse_written_at):
        with contextlib.suppress(InvalidInput):
            assert read(value) is not None or not value.strip()
