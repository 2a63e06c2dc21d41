"""What an officer types about a pilot and its readings, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from datetime import date

from forum.core import clock
from forum.core.errors import Mistakes
from forum.core.i18n import _
from forum.core.reference import regions
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.pilots.models import Better, MeasureKind, Pilot

MAX_TITLE_CHARS, MAX_PLACE_CHARS, MAX_MEASURE_CHARS, MAX_UNIT_CHARS = 100, 120, 120, 10
MAX_SUMMARY_CHARS, MAX_HOW_CHARS, MAX_WHO_CHARS = 2_000, 1_000, 100
MAX_DAYS = 731
MAX_COUNT = 1_000_000_000
MAX_VALUE = 1e12


@dataclass(frozen=True)
class Plan:
    """What is tried, where, how long, and the one measure. Texts as typed; `checked` cleans them."""

    title: str
    summary: str
    region_code: str
    place: str
    starts_on: date | None
    ends_on: date | None
    measure_kind: str
    measure: str
    unit: str
    better: str
    measured_how: str

    @classmethod
    def of(cls, pilot: Pilot) -> Plan:
        return cls(
            title=pilot.title,
            summary=pilot.summary,
            region_code=pilot.region_code or "",
            place=pilot.place,
            starts_on=pilot.starts_on,
            ends_on=pilot.ends_on,
            measure_kind=pilot.measure_kind.name,
            measure=pilot.measure,
            unit=pilot.unit,
            better=pilot.better.name,
            measured_how=pilot.measured_how,
        )

    def checked(self) -> Plan:
        """Return the plan with clean texts.

        :raise InvalidInput: all mistakes at once: empty or long texts, an end before the start or in the past, an
            unknown region or kind
        """
        mistakes = Mistakes()
        texts: dict[str, str] = {}
        for name, label, most, least in (
            ("title", _("이름"), MAX_TITLE_CHARS, 2),
            ("place", _("곳"), MAX_PLACE_CHARS, 2),
            ("measure", _("무엇을 재나요"), MAX_MEASURE_CHARS, 2),
            ("unit", _("단위"), MAX_UNIT_CHARS, 0),
        ):
            with mistakes.noted():
                texts[name] = clean_line(getattr(self, name), name, label, max_chars=most, min_chars=least)
                refuse_resident_numbers(texts[name], name)
        for name, label, most in (
            ("summary", _("무엇을 해 보나요"), MAX_SUMMARY_CHARS),
            ("measured_how", _("누가 어떻게 재나요"), MAX_HOW_CHARS),
        ):
            with mistakes.noted():
                texts[name] = clean_text(getattr(self, name), name, label, max_chars=most, min_chars=2)
                refuse_resident_numbers(texts[name], name)
        self._check_days(mistakes)
        self._check_choices(mistakes)
        mistakes.raise_if_any()
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        return Plan(**(kept | texts))

    def _check_days(self, mistakes: Mistakes) -> None:
        if self.starts_on is None:
            mistakes.add("starts_on", _("시작하는 날을 골라 주세요."))
        if self.ends_on is None:
            mistakes.add("ends_on", _("끝나는 날을 골라 주세요."))
        if self.starts_on is None or self.ends_on is None:
            return
        if self.ends_on < self.starts_on:
            mistakes.add("ends_on", _("끝나는 날은 시작하는 날보다 앞설 수 없어요."))
        elif self.ends_on < clock.today():
            mistakes.add("ends_on", _("끝나는 날은 오늘보다 앞설 수 없어요."))
        elif (self.ends_on - self.starts_on).days > MAX_DAYS:
            mistakes.add("ends_on", _("시범은 2년까지 할 수 있어요."))

    def _check_choices(self, mistakes: Mistakes) -> None:
        if self.region_code and self.region_code not in regions():
            mistakes.add("region_code", _("목록에 있는 지역을 골라 주세요."))
        if self.measure_kind not in MeasureKind.__members__:
            mistakes.add("measure_kind", _("재는 방법을 골라 주세요."))
        if self.better not in Better.__members__:
            mistakes.add("better", _("늘면 좋은지 줄면 좋은지 골라 주세요."))

    def values(self) -> dict[str, object]:
        """Return the columns of a checked plan."""
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        return kept | {
            "region_code": self.region_code or None,
            "measure_kind": MeasureKind[self.measure_kind],
            "better": Better[self.better],
        }


@dataclass(frozen=True)
class Typed:
    """A reading as typed. Which numbers it needs depends on the pilot's measure."""

    measured_from: date | None
    measured_until: date | None
    measured_by: str
    n: int | None
    k: int | None = None
    mean: float | None = None
    sd: float | None = None

    def checked(self, kind: MeasureKind) -> dict[str, object]:
        """Return the columns of a reading.

        :raise InvalidInput: all mistakes at once: no days, days to come, nobody who measured, numbers that are missing,
            negative, not finite, or do not fit, as 12 of 10
        """
        mistakes = Mistakes()
        who = ""
        with mistakes.noted():
            who = clean_line(self.measured_by, "measured_by", _("잰 곳"), max_chars=MAX_WHO_CHARS, min_chars=2)
            refuse_resident_numbers(who, "measured_by")
        self._check_days(mistakes)
        self._check_numbers(kind, mistakes)
        mistakes.raise_if_any()
        is_mean = kind is MeasureKind.MEAN
        return {
            "measured_from": self.measured_from,
            "measured_until": self.measured_until,
            "measured_by": who,
            "n": self.n,
            "k": None if is_mean else self.k,
            "mean": self.mean if is_mean else None,
            "sd": self.sd if is_mean else None,
        }

    def _check_days(self, mistakes: Mistakes) -> None:
        if self.measured_from is None:
            mistakes.add("measured_from", _("재기 시작한 날을 골라 주세요."))
        if self.measured_until is None:
            mistakes.add("measured_until", _("다 잰 날을 골라 주세요."))
        if self.measured_from is None or self.measured_until is None:
            return
        if self.measured_until < self.measured_from:
            mistakes.add("measured_until", _("다 잰 날은 재기 시작한 날보다 앞설 수 없어요."))
        elif self.measured_until > clock.today():
            mistakes.add("measured_until", _("아직 오지 않은 날에 잰 값은 넣을 수 없어요."))

    def _check_numbers(self, kind: MeasureKind, mistakes: Mistakes) -> None:
        if self.n is None or not 1 <= self.n <= MAX_COUNT:
            mistakes.add("n", _("1부터 10억까지의 수를 넣어 주세요."))
        if kind is MeasureKind.MEAN:
            if self.mean is None or not math.isfinite(self.mean) or abs(self.mean) > MAX_VALUE:
                mistakes.add("mean", _("평균을 숫자로 넣어 주세요."))
            if self.sd is None or not math.isfinite(self.sd) or not 0 <= self.sd <= MAX_VALUE:
                mistakes.add("sd", _("표준편차를 0이나 그보다 큰 숫자로 넣어 주세요."))
            return
        if self.k is None or not 0 <= self.k <= MAX_COUNT:
            mistakes.add("k", _("0이나 그보다 큰 수를 넣어 주세요."))
        elif kind is MeasureKind.SHARE and self.n is not None and self.k > self.n:
            mistakes.add("k", _("전체보다 클 수 없어요."))
