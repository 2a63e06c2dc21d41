"""Hostile files, and k by hand. No database."""

from __future__ import annotations

import csv
import io
import random
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from forum.response.datafiles import anonymity, reading
from forum.response.datafiles.anonymity import Anonymity, Groups
from forum.response.datafiles.cells import formulas, wrong_cells
from forum.response.datafiles.checking import Column, check_file
from forum.response.datafiles.personal import are_names, with_contacts, with_resident_numbers
from forum.response.datafiles.wording import PROBLEMS, problem_lines

DICTIONARY = [
    Column("달", "DATE", False),
    Column("유형", "CODE", True),
    Column("메모", "TEXT", False),
    Column("사용량", "NUMBER", False),
]
HEAD = "달,유형,메모,사용량\n"
ROW = "2026-01-01,학교,점검함,12.5\n"


def checked(content, columns=DICTIONARY, is_open=False, folder=Path("/nowhere")):
    data = content if isinstance(content, bytes) else content.encode()
    report, groups = check_file(io.BytesIO(data), columns, is_open, folder)
    groups.close()
    return report


def found(content, **how):
    return {
        (one["code"], one["column"]): (one["n"], one["rows"]) for one in checked(content, **how).as_json()["problems"]
    }


def table(rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize(("codec", "encoding"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp949", "CP949")])
def test_encodings_of_korean_spreadsheets_are_read(codec, encoding):
    report = checked((HEAD + ROW * 3).encode(codec))
    assert not report.problems
    assert (report.survey.encoding, report.n_rows) == (encoding, 3)


ZIP = io.BytesIO()
with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as bomb:
    bomb.writestr("a.csv", "0" * 1_000_000)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ((HEAD + ROW * 3).encode() + b"2026-01-01,\xff\xfe,a,1\n", {("ENCODING", ""): (1, [5])}),
        ((HEAD + ROW * 2).encode("cp949") + b"2026-01-01,\x81\n", {("ENCODING", ""): (1, [4])}),
        ((HEAD + ROW).encode()[:-6] + "점".encode()[:2], {("ENCODING", ""): (1, [2])}),
        ((HEAD + ROW).encode("utf-16"), {("UTF16", ""): (0, [])}),
        ((HEAD + ROW).encode() + b"\0", {("NUL", ""): (1, [3])}),
        (ZIP.getvalue(), {("KIND", ""): (0, [])}),
        (b"\x1f\x8b\x08bomb", {("KIND", ""): (0, [])}),
        (b"", {("NO_ROWS", ""): (0, [])}),
        (HEAD, {("NO_ROWS", ""): (0, [])}),
        (HEAD + '2026-01-01,"학교,1,2\n', {("BROKEN", ""): (1, [2])}),
        (HEAD + ROW + "2026-01-01,학교\n" + ROW, {("LENGTH", ""): (1, [3])}),
        (HEAD + ROW + "\n" + ROW, {("LENGTH", ""): (1, [3])}),
        (",".join(f"열{n}" for n in range(10_000)) + "\n", {("COLUMNS", ""): (10_000, []), ("NO_ROWS", ""): (0, [])}),
        ("유형,달,메모,사용량\n" + ROW, {("ORDER", ""): (0, []), ("NO_ROWS", ""): (0, [])}),
        (
            "달,유형,사용량,주민번호\n" + ROW,
            {("LACKING", "메모"): (0, []), ("UNKNOWN", ""): (1, []), ("NO_ROWS", ""): (0, [])},
        ),
    ],
)
def test_what_cannot_be_read_or_is_not_the_dictionary_is_refused(content, wanted):
    assert found(content) == wanted


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("2026-02-30,학교,a,1", ("TYPE", "달")),
        ("26-2-3,학교,a,1", ("TYPE", "달")),
        ("2026-01-01,학교,a,NA", ("TYPE", "사용량")),
        ('2026-01-01,학교,a,"1,000"', ("TYPE", "사용량")),
        ("2026-01-01,학교,a,１２", ("TYPE", "사용량")),
        ("2026-01-01,학교,=HYPERLINK(1),1", ("FORMULA", "메모")),
        ("2026-01-01, @SUM(A1),a,1", ("FORMULA", "유형")),
        ("2026-01-01,학교,a\x07b,1", ("ODD", "메모")),
        (f"2026-01-01,학교,{'가' * 10_001},1", ("ODD", "메모")),
        ("2026-01-01,학교,900101-1234567,1", ("RESIDENT", "메모")),
        ("2026-01-01,학교,전화 010-1234-5678,1", ("CONTACT", "메모")),
        ("2026-01-01,a@example.org,a,1", ("CONTACT", "유형")),
    ],
)
def test_wrong_cells_are_named_by_row_and_never_by_value(row, wanted):
    report = checked(HEAD + ROW * 6_000 + row + "\n" + ROW)
    assert found(HEAD + ROW * 6_000 + row + "\n" + ROW)[wanted] == (1, [6_002])
    assert not any(cell and cell in str(report.as_json()) for cell in row.split(",")[1:3] if len(cell) > 2)


def test_right_cells_of_every_type_pass():
    assert wrong_cells(["", "-3", "0", "12"], "INTEGER") == []
    assert wrong_cells(["1.5e-3", "7"], "NUMBER") == []
    assert wrong_cells(["2024-02-29T10:00:00+09:00", "2024-02-29 10:00"], "DATETIME") == []
    assert wrong_cells(["예", "아니요", "true", "1"], "BOOLEAN") == []
    assert wrong_cells(["007", "1.5", "1\n2", "x"], "INTEGER") == [0, 1, 2, 3]
    assert formulas({"-3", "+82", "-1,200.5", "=1", "+cmd", "＝1", "-", "학교"}) == {"=1", "+cmd", "＝1", "-"}


def test_missing_values_are_counted_and_large_files_name_ten_rows():
    report = checked(HEAD + "2026-01-01,,,\n" * 30 + "x,학교,a,1\n" * 25)
    assert report.missing == {"유형": 30, "메모": 30, "사용량": 30}
    assert found(HEAD + "x,학교,a,1\n" * 25) == {("TYPE", "달"): (25, list(range(2, 12)))}


FAMILY = "김김이이박최정강조윤장임한오서신권황안송"


def test_a_column_of_names_is_refused_and_one_of_places_is_not():
    pick = random.Random(7)
    people = sorted({pick.choice(FAMILY) + pick.choice("민서지도하") + pick.choice("준연우윤아호") for _ in range(40)})
    rows = [["2026-01-01", "학교", name, "1"] for name in people]
    assert ("NAMES", "메모") in found(HEAD + table(rows))
    assert not are_names(["강남구", "서초구", "송파구", "마포구", "종로구", "성동구", "강동구", "노원구"])
    assert not are_names(["태양광", "지열", "풍력", "수소차", "전기차"])
    assert ("NAMES", "고객명") in found("고객명\n홍\n", columns=[Column("고객명", "TEXT", False)])


@pytest.mark.parametrize(
    "text",
    [
        "01012345678",
        "02-123-4567",
        "공일공-일이삼사-오육칠팔",
        "a(at)b.kr",
        "M12345678",
        "12가 3456",
        "０１０-1234-5678",
    ],
)
def test_contacts_are_found_in_their_many_spellings(text):
    assert with_contacts([text, "학교"]) == {text}


def test_resident_numbers_are_found_also_in_whole_numbers():
    assert with_resident_numbers(["900101-1******", "9001011234567", "학교"]) == {"900101-1******", "9001011234567"}
    columns = [Column("번호", "INTEGER", False)]
    assert found("번호\n9001011234568\n", columns=columns) == {("RESIDENT", "번호"): (1, [2])}


def test_k_is_as_counted_by_hand(tmp_path):
    """(구, 나이): 강남 20대 5, 강남 30대 2, 종로 20대 6."""
    columns = [
        Column("구", "CODE", True),
        Column("나이", "CODE", True),
        Column("값", "INTEGER", False),
    ]
    text = "구,나이,값\n" + "강남,20대,1\n" * 5 + "강남,30대,1\n" * 2 + "종로,20대,1\n" * 6
    closed = checked(text, columns=columns, folder=tmp_path)
    assert closed.anonymity == Anonymity(k=2, n_groups=3, n_small_rows=2)
    assert not closed.problems
    assert found(text, columns=columns, is_open=True, folder=tmp_path) == {("K", ""): (2, [])}
    assert not found(text + "강남,30대,1\n" * 3, columns=columns, is_open=True, folder=tmp_path)


def test_k_on_disk_is_that_in_memory(tmp_path, monkeypatch):
    pick = random.Random(3)
    rows = [(str(pick.randrange(40)), str(pick.randrange(40))) for _ in range(3_000)]

    def measured(folder):
        folder.mkdir()
        groups = Groups(folder)
        for start in range(0, len(rows), 100):
            groups.add(list(zip(*rows[start : start + 100], strict=True)))
        try:
            return groups.measure(), sorted(groups.pairs())
        finally:
            groups.close()

    in_memory = measured(tmp_path / "a")
    monkeypatch.setattr(anonymity, "IN_MEMORY", 50)
    assert measured(tmp_path / "b") == in_memory


def test_one_endless_line_or_record_takes_no_memory(monkeypatch):
    monkeypatch.setattr(reading, "MAX_RECORD_CHARS", 20_000)
    assert found(HEAD + "가" * 200_000) == {("RECORD", ""): (1, [2])}
    assert found(HEAD + ROW + '"' + "a,\n" * 50_000) == {("RECORD", ""): (1, [3])}
    data = io.BytesIO((HEAD + ROW * 20_000).encode())
    tracemalloc.start()
    check_file(data, DICTIONARY, False, Path("/nowhere"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


def test_every_problem_has_words():
    report = {"problems": [{"code": code, "column": "", "n": 1, "rows": [2]} for code in PROBLEMS]}
    assert all(line.words for line in problem_lines(report))
