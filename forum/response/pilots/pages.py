"""What the page of a pilot shows, put together from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.access import Actor
from forum.core.i18n import _
from forum.response.pilots.models import MeasureKind, Pilot, PilotOrigin, PilotState, ReadingPhase
from forum.response.pilots.permissions import can_plan
from forum.response.pilots.queries import letter_promises_pilot, pilots_of, reading_of, result_of_pilot
from forum.response.pilots.results import DAYS, Result, reading_words, result_words
from forum.response.referrals.models import Referral


@dataclass(frozen=True)
class Bar:
    """One bar of the picture: `width` per cent of the picture's, `words` what was measured."""

    name: str
    width: float
    words: str


@dataclass(frozen=True)
class ResultPage:
    """A result in sentences and as a picture.

    low, high, zero : the interval and "no difference" on a line from 0 to 100; None without an interval
    """

    result: Result
    sentences: list[str]
    bars: list[Bar]
    point: float | None
    low: float | None
    high: float | None
    zero: float | None


def result_page(pilot: Pilot) -> ResultPage | None:
    """Return the pilot's result; None while something is not measured yet."""
    result = result_of_pilot(pilot)
    if result is None:
        return None
    before, after = reading_of(pilot, ReadingPhase.BEFORE), reading_of(pilot, ReadingPhase.AFTER)
    assert before is not None
    assert after is not None
    most = _most(result)
    bars = [
        Bar(
            ReadingPhase.BEFORE.label,
            _width(result.before, most),
            reading_words(pilot.measure_kind, pilot.unit, before),
        ),
        Bar(ReadingPhase.AFTER.label, _width(result.after, most), reading_words(pilot.measure_kind, pilot.unit, after)),
    ]
    point, low, high, zero = _on_a_line(result)
    sentences = result_words(result, pilot.measure, pilot.unit)
    return ResultPage(result, sentences, bars, point, low, high, zero)


@dataclass(frozen=True)
class LetterPilots:
    """What the page of a letter says of its pilots. `may_plan`: one is promised, and the reader may plan it."""

    pilots: Sequence[Pilot]
    may_plan: bool


def letter_pilots(referral: Referral, reader: Actor) -> LetterPilots | None:
    """Return the pilots of a letter; None if there is nothing to show."""
    pilots = pilots_of([referral.id])
    has_one = any(one.origin is PilotOrigin.ANSWER and one.state is not PilotState.CANCELLED for one in pilots)
    may_plan = not has_one and can_plan(reader, referral) and letter_promises_pilot(referral.id)
    return LetterPilots(pilots, may_plan) if pilots or may_plan else None


def scale_words(kind: MeasureKind) -> str:
    """Return what the bars show where it is not the numbers beside them; empty for means."""
    if kind is MeasureKind.SHARE:
        return _("막대는 전체 가운데 차지하는 몫이에요.")
    return _("막대는 %(days)s일에 몇 번꼴인지예요.", days=DAYS) if kind is MeasureKind.COUNT else ""


def next_step(pilot: Pilot) -> str:
    """Return what the office has to do next, as a sentence; empty when nothing is to be done."""
    if pilot.state is PilotState.PLANNED:
        if not pilot.place:
            return _("먼저 ‘계획 고치기’에서 어디서 언제 해 볼지 써 주세요.")
        if reading_of(pilot, ReadingPhase.BEFORE) is None:
            return _("먼저 ‘하기 전’ 값을 재어 넣어 주세요.")
        return _("준비가 끝났으면 시작해 주세요. 시작하면 계획과 ‘하기 전’ 값은 고칠 수 없어요.")
    if pilot.state is PilotState.RUNNING:
        if reading_of(pilot, ReadingPhase.AFTER) is None:
            return _("해 보는 동안 소식을 알리고, 끝나면 ‘한 뒤’ 값을 재어 넣어 주세요.")
        return _("잰 값을 보고 멈출지, 고칠지, 알릴지 정해 주세요.")
    return ""


def _most(result: Result) -> float:
    if result.kind is MeasureKind.SHARE:
        return 1.0
    return max(abs(result.before), abs(result.after))


def _width(value: float, most: float) -> float:
    return round(100 * max(0.0, value) / most, 1) if most > 0 else 0.0


def _on_a_line(result: Result) -> tuple[float | None, float | None, float | None, float | None]:
    if result.interval is None:
        return None, None, None, None
    low, high = result.interval
    first, last = min(low, 0.0), max(high, 0.0)
    margin = 0.08 * (last - first) or 1.0
    first, last = first - margin, last + margin

    def place(value: float) -> float:
        return round(100 * (value - first) / (last - first), 1)

    return place(result.difference), place(low), place(high), place(0.0)
