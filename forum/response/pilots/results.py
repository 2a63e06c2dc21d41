"""What a pilot came to: the difference between before and after, its interval, and both in words.

A pilot compares one place with itself. So its words never say that the change was the cause, only what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from forum.core.i18n import _
from forum.core.intervals import Interval, difference_of_rates, newcombe, welch
from forum.core.korean import thousands
from forum.response.pilots.models import Better, MeasureKind

DAYS = 30
"""Counts are compared per 30 days."""


class Measured(Protocol):
    """One reading: `k` of `n`, `k` times in `n` days, or `mean` and `sd` of `n` values."""

    n: int
    k: int | None
    mean: float | None
    sd: float | None


@dataclass(frozen=True)
class Result:
    """Before and after as one number each, and their difference.

    kind : what the numbers are: shares of 1, times in 30 days, or means in the pilot's unit
    before, after : those numbers
    difference : after − before
    interval : of the difference, 95 %; None where one value alone was measured
    """

    kind: MeasureKind
    better: Better
    before: float
    after: float
    interval: Interval | None

    @property
    def difference(self) -> float:
        return self.after - self.before

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out "no difference"."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)

    @property
    def is_better(self) -> bool | None:
        """Whether it went the wished way; None if that is not clear."""
        if not self.is_clear:
            return None
        return (self.difference > 0) == (self.better is Better.HIGHER)


def result_of(kind: MeasureKind, better: Better, before: Measured, after: Measured) -> Result:
    """Return the result of two readings of one measure.

    Shares: Newcombe 1998, method 10. Counts: Zou & Donner 2008 with score intervals. Means: Welch 1947.
    """
    if kind is MeasureKind.MEAN:
        (mean, sd), (mean_before, sd_before) = _mean_of(after), _mean_of(before)
        return Result(kind, better, mean_before, mean, welch((mean, sd, after.n), (mean_before, sd_before, before.n)))
    k, k_before = _count_of(after), _count_of(before)
    if kind is MeasureKind.SHARE:
        found = newcombe((k, after.n), (k_before, before.n))
        return Result(kind, better, k_before / before.n, k / after.n, found)
    low, high = difference_of_rates((k, after.n), (k_before, before.n))
    return Result(kind, better, DAYS * k_before / before.n, DAYS * k / after.n, (DAYS * low, DAYS * high))


def _mean_of(reading: Measured) -> tuple[float, float]:
    if reading.mean is None or reading.sd is None:
        raise ValueError("a reading of means has a mean and a standard deviation")
    return reading.mean, reading.sd


def _count_of(reading: Measured) -> int:
    if reading.k is None:
        raise ValueError("a reading of shares or counts has a count")
    return reading.k


def reading_words(kind: MeasureKind, unit: str, reading: Measured) -> str:
    """Return what was measured as people would say it: 100명 가운데 40명, 30일 동안 12건, 평균 7.5분(20번 잼)."""
    if kind is MeasureKind.MEAN:
        mean = _number(_mean_of(reading)[0])
        return _("평균 %(mean)s%(unit)s(%(n)s번 잼)", mean=mean, unit=unit, n=thousands(reading.n))
    n, k = thousands(reading.n), thousands(_count_of(reading))
    if kind is MeasureKind.SHARE:
        return _("%(n)s%(unit)s 가운데 %(k)s%(unit)s", n=n, k=k, unit=unit or _("명"))
    return _("%(n)s일 동안 %(k)s%(unit)s", n=n, k=k, unit=unit or _("번"))


def result_words(result: Result, measure: str, unit: str) -> list[str]:
    """Return the result in sentences for somebody of 14: what changed, how sure that is, and what it does not show."""
    return [_what_changed(result, measure, unit), _how_sure(result, unit), _what_it_is_not()]


def _what_changed(result: Result, measure: str, unit: str) -> str:
    size = _size(result, abs(result.difference), unit)
    if size == _size(result, 0.0, unit):
        return _("‘%(measure)s’{은} 하기 전과 한 뒤가 거의 같아요.", measure=measure)
    values = {
        "measure": measure,
        "before": _value(result, result.before, unit),
        "after": _value(result, result.after, unit),
        "size": size,
    }
    if result.difference > 0:
        return _("‘%(measure)s’{이} %(before)s에서 %(after)s{로} %(size)s 늘었어요.", **values)
    return _("‘%(measure)s’{이} %(before)s에서 %(after)s{로} %(size)s 줄었어요.", **values)


def _how_sure(result: Result, unit: str) -> str:
    if result.interval is None:
        return _("한 번씩만 재서, 우연히 생긴 차이인지 알 수 없어요.")
    low, high = (_signed(result, bound, unit) for bound in result.interval)
    if not result.is_clear:
        return _(
            "진짜 차이는 %(low)s에서 %(high)s 사이로 보여요. 0도 그 안에 있어서, 달라졌다고 말하기는 아직 일러요.",
            low=low,
            high=high,
        )
    told = _(
        "진짜 차이는 %(low)s에서 %(high)s 사이로 보여요. 우연만으로 이만큼 달라지기는 어려워요.", low=low, high=high
    )
    return told if result.is_better else told + " " + _("바라던 쪽과는 반대예요.")


def _what_it_is_not() -> str:
    return _("한 곳의 앞뒤만 견준 것이라, 날씨나 철처럼 다른 까닭이 섞였을 수 있어요.")


def _value(result: Result, value: float, unit: str) -> str:
    if result.kind is MeasureKind.SHARE:
        return _("%(n)s%%", n=_number(100 * value))
    if result.kind is MeasureKind.COUNT:
        return _("30일에 %(n)s%(unit)s", n=_number(value), unit=unit or _("번"))
    return f"{_number(value)}{unit}"


def _size(result: Result, value: float, unit: str) -> str:
    if result.kind is MeasureKind.SHARE:
        return _("%(n)s%%p", n=_number(100 * value))
    usual = _("번") if result.kind is MeasureKind.COUNT else ""
    return f"{_number(value)}{unit or usual}"


def _signed(result: Result, value: float, unit: str) -> str:
    size = _size(result, abs(value), unit)
    if size == _size(result, 0.0, unit):
        return size
    return f"+{size}" if value > 0 else f"−{size}"


def _number(value: float) -> str:
    """Return a number with one decimal where it says something: 7.5, 12, 1,200."""
    rounded = round(value, 1) if abs(value) < 100 else round(value)
    return thousands(int(rounded)) if rounded == int(rounded) else f"{rounded:.1f}"
