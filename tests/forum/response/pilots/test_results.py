from __future__ import annotations

from dataclasses import dataclass

import pytest

from forum.response.pilots.models import Better, MeasureKind
from forum.response.pilots.results import reading_words, result_of, result_words


@dataclass(frozen=True)
class Reading:
    n: int
    k: int | None = None
    mean: float | None = None
    sd: float | None = None


def words(kind, better, before, after, measure="멈춘 차", unit="대") -> list[str]:
    return result_words(result_of(kind, better, before, after), measure, unit)


def test_a_clear_share_is_told_with_its_interval(app):
    changed, sure, limits = words(MeasureKind.SHARE, Better.HIGHER, Reading(100, 40), Reading(100, 70))
    assert changed == "‘멈춘 차’가 40%에서 70%로 30%p 늘었어요."
    assert sure == "진짜 차이는 +16.3%p에서 +42.2%p 사이로 보여요. 우연만으로 이만큼 달라지기는 어려워요."
    assert "다른 까닭" in limits


def test_what_went_the_wrong_way_is_told_as_such(app):
    result = result_of(MeasureKind.SHARE, Better.LOWER, Reading(100, 40), Reading(100, 70))
    assert result.is_better is False
    assert "반대예요" in result_words(result, "위반", "대")[1]


@pytest.mark.parametrize("after", [Reading(10, 5), Reading(10, 6)])
def test_few_measurements_say_nothing_for_sure(app, after):
    result = result_of(MeasureKind.SHARE, Better.HIGHER, Reading(10, 4), after)
    assert result.is_better is None
    assert "아직 일러요" in result_words(result, "멈춘 차", "대")[1]


def test_counts_of_unequal_spans_are_compared_per_thirty_days(app):
    result = result_of(MeasureKind.COUNT, Better.LOWER, Reading(60, 40), Reading(30, 5))
    assert (result.before, result.after) == (20, 5)
    assert result.is_better is True
    assert "30일에 20건에서 30일에 5건으로 15건 줄었어요" in result_words(result, "넘어진 사고", "건")[0]


def test_means_say_how_often_was_measured(app):
    before, after = Reading(20, mean=12.0, sd=3.0), Reading(22, mean=7.5, sd=2.0)
    assert reading_words(MeasureKind.MEAN, "분", after) == "평균 7.5분(22번 잼)"
    changed, sure, _limits = words(MeasureKind.MEAN, Better.LOWER, before, after, "기다린 시간", "분")
    assert changed == "‘기다린 시간’이 12분에서 7.5분으로 4.5분 줄었어요."
    assert "어려워요" in sure


def test_one_value_has_no_interval(app):
    result = result_of(MeasureKind.MEAN, Better.LOWER, Reading(1, mean=3.0, sd=0.0), Reading(9, mean=2.0, sd=0.5))
    assert result.interval is None
    assert result_words(result, "기다린 시간", "분")[1].startswith("한 번씩만")


def test_nothing_changed_is_said_plainly(app):
    changed = words(MeasureKind.SHARE, Better.HIGHER, Reading(100, 40), Reading(100, 40))[0]
    assert changed == "‘멈춘 차’는 하기 전과 한 뒤가 거의 같아요."
