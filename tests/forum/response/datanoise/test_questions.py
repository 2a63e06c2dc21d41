from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from forum.core.errors import InvalidInput
from forum.response.datanoise.answering import exact_units
from forum.response.datanoise.questions import MAX_KEYS, plan_of, typed_epsilon, typed_question
from forum.response.datasets.models import ColumnType

COLUMNS = [
    SimpleNamespace(name=name, type=kind, position=place)
    for place, (name, kind) in enumerate(
        [("유형", ColumnType.CODE), ("kWh", ColumnType.NUMBER), ("세대", ColumnType.INTEGER)]
    )
]
ROWS = [["학교", "1.0005", "3"], ["학교", "-7", "-3"], ["병원", "99", "40"], ["병원", "", ""], ["<빵집>", "1e1", "2"]]


def typed(by="유형", keys="학교\n병원", total="", lower="", upper=""):
    return typed_question(COLUMNS, by, keys, total, lower, upper)


def units(question):
    return exact_units(ROWS, question, plan_of(question, COLUMNS))


def test_rows_are_counted_for_typed_keys_alone():
    question = typed(keys=" 학교 \n\n병원\n학교\n없음")
    assert question.keys == ("병원", "없음", "학교")
    assert units(question) == [2, 0, 2]


def test_sums_are_of_whole_units_within_the_bounds():
    question = typed(total="kWh", lower="-2.5", upper="10")
    assert units(question) == [
        10_000,
        1_000 - 2_500,
    ]  # 99 is cut to 10, an empty cell is 0, 1.0005 is 1.000, -7 is -2.5
    plan = plan_of(question, COLUMNS)
    assert (plan.sensitivity, plan.figure(-1_500)) == (10_000, "-1.5")
    whole = typed(total="세대", lower="0", upper="9", keys="<빵집>\n병원")
    assert (units(whole), plan_of(whole, COLUMNS).sensitivity) == ([2, 9], 9)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"by": "kWh"}, "by"),
        ({"by": "없음"}, "by"),
        ({"keys": " \n"}, "keys"),
        ({"keys": "\n".join(map(str, range(MAX_KEYS + 1)))}, "keys"),
        ({"keys": "가" * 81}, "keys"),
        ({"total": "유형"}, "total"),
        ({"total": "kWh"}, "lower"),
        ({"total": "kWh", "lower": "1", "upper": "1"}, "upper"),
        ({"total": "kWh", "lower": "0", "upper": "100000001"}, "upper"),
        ({"total": "kWh", "lower": "0", "upper": "1e3"}, "upper"),
        ({"total": "kWh", "lower": "NaN", "upper": "1"}, "lower"),
    ],
)
def test_what_cannot_be_asked(values, field):
    with pytest.raises(InvalidInput) as refused:
        typed(**values)
    assert field in refused.value.errors


def test_the_same_question_reads_the_same():
    assert typed(total="kWh", lower="-0", upper="10.0") == typed(total="kWh", lower="0.00", upper="10")
    assert typed(keys="나\n가").hash(7, 5) == typed(keys="가\n나").hash(7, 5)
    assert len({typed().hash(7, 5), typed().hash(8, 5), typed().hash(7, 6), typed(keys="가").hash(7, 5)}) == 4


@pytest.mark.parametrize(("text", "millis"), [("1", 1_000), (" 0.001 ", 1), ("10", 10_000), ("0.25", 250)])
def test_epsilon_is_read_in_thousandths(text, millis):
    assert typed_epsilon(text, "epsilon") == millis
    assert Decimal(millis) / 1000 == Decimal(text.strip())


@pytest.mark.parametrize("text", ["", "0", "0.000", "0.0001", "-1", "1e-3", "inf", "１", "100"])
def test_what_is_no_epsilon(text):
    with pytest.raises(InvalidInput):
        typed_epsilon(text, "epsilon")
