from __future__ import annotations

import pytest

from forum.core.errors import InvalidInput
from forum.response.datauses.charting import TypedChart, chart_of, small_figures, typed_lines
from forum.response.datauses.models import DataUse


def read(lines: str) -> list[list[object]]:
    return TypedChart("전기", "kWh", lines).checked()["chart_rows"]


def why_not(lines: str, title: str = "전기", unit: str = "") -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        TypedChart(title, unit, lines).checked()
    return refused.value.errors


def test_lines_become_names_and_numbers():
    typed = "\n 병원 , 17.8 \n학교\t5\r\n도서관, 1,234,567.125\n음식점, -0.5\n카페, −3\n시장, +0\n"
    rows = [["병원", 17.8], ["학교", 5], ["도서관", 1234567.125], ["음식점", -0.5], ["카페", -3], ["시장", 0]]
    assert read(typed) == rows
    use = DataUse(chart_title="전기", chart_unit="kWh", chart_rows=rows)
    assert read(typed_lines(use)) == rows


def test_nothing_typed_is_no_chart():
    assert TypedChart(" ", "kWh", "\n").checked() == {"chart_title": "", "chart_unit": "", "chart_rows": []}
    assert chart_of(DataUse(chart_rows=[])) is None


NUMBERS = ["nan", "NaN", "inf", "-Infinity", "1e400", "1e5", "0x10", "1_000", "１２", "٣", "", "17.8kWh", "40%", "1,23"]
NUMBERS += ["1234567890123", "0.1234", "01012345678", "=1+1", "9001011234568", "1.2.3", "5, 6", "--1"]


@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_no_plain_number_is_refused_with_its_line(number):
    errors = why_not(f"병원, 5\n학교, {number}")
    assert (list(errors), "2번째 줄" in errors["chart_rows"]) == (["chart_rows"], True)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("병원 5\n학교, 3", "1번째 줄"),
        ("=HYPERLINK(1), 5\n학교, 3", "1번째 줄"),
        ("@SUM, 5\n학교, 3", "1번째 줄"),
        (", 5\n학교, 3", "1번째 줄"),
        ("가" * 41 + ", 5\n학교, 3", "40자"),
        ("900101-1234568, 5\n학교, 3", "주민등록번호"),
        ("010-1234-5678, 5\n학교, 3", "개인정보"),
        ("병원\x00, 5\n학교, 3", "제어 문자"),
        ("병원, 5\n병원, 3", "두 번"),
        ("병원, 5", "두 줄"),
        ("\n".join(f"{n}번, {n}" for n in range(1, 26)), "24줄"),
        ("\n".join(f"{n}번, {n}" for n in range(1, 10_001)), "24줄"),
    ],
)
def test_each_wrong_line_is_named(lines, said):
    assert said in why_not(lines)["chart_rows"]


def test_at_most_five_wrong_lines_are_told():
    assert why_not("\n".join("병원" for _n in range(20)))["chart_rows"].count("번째 줄") == 5


def test_a_chart_has_a_title_and_rows():
    assert list(why_not("병원, 5\n학교, 3", title="")) == ["chart_title"]
    assert list(why_not("")) == ["chart_rows"]
    assert list(why_not("병원, 5\n학교, 3", unit="가" * 21)) == ["chart_unit"]
    assert list(why_not("병원, 5\n학교, 3", title="a@example.org")) == ["chart_title"]


def test_a_chart_is_told_in_words():
    use = DataUse(chart_title="전기", chart_unit="kWh", chart_rows=[["병원", 1234.5], ["학교", 5], ["역", 3.0]])
    chart = chart_of(use)
    assert chart.title == "전기(단위: kWh)"
    assert chart.words == "가장 큰 것은 ‘병원’(1,234.5kWh), 가장 작은 것은 ‘역’(3kWh)예요."
    assert [round(one, 4) for one in chart.thumb] == [1, 0.0041, 0.0024]
    assert small_figures(use) == ["역 3"]


def test_below_zero_there_is_a_table_and_no_bars_and_equal_numbers_are_said_so():
    chart = chart_of(DataUse(chart_title="변화", chart_unit="", chart_rows=[["병원", -3], ["학교", 5]]))
    assert (chart.bars, chart.thumb, chart.lines) == ([], [], [["병원", "-3"], ["학교", "5"]])
    same = chart_of(DataUse(chart_title="변화", chart_unit="명", chart_rows=[["병원", 0], ["학교", 0]]))
    assert (same.words, same.thumb) == ("모두 0명으로 같아요.", [])
