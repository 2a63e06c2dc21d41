"""A pilot in one line, as reports and open data tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from forum.core.i18n import _
from forum.core.links import link_to
from forum.response.pilots.models import MeasureKind, Pilot, PilotOrigin, PilotState, ReadingPhase
from forum.response.pilots.queries import reading_of, result_of_pilot
from forum.response.pilots.results import Result, reading_words, result_words


@dataclass(frozen=True)
class PilotLine:
    """A pilot with what was measured, in words. What is not measured yet is empty.

    follows : the pilot that it was taken over from, or that is tried again
    is_spread : another office took it over; `is_given_up` before it was decided
    before, after : the readings in words
    before_value, after_value : the numbers that a picture compares, never below 0; None where there are none
    difference, low, high : after less before, and its 95 % interval, in words
    said : what changed and how sure that is, in sentences for everybody
    """

    id: int
    title: str
    office: str
    origin: str
    follows: int | None
    number: str
    region: str
    place: str
    starts_on: date
    ends_on: date
    state: str
    decision: str
    measure: str
    before: str
    after: str
    before_value: float | None
    after_value: float | None
    difference: str
    low: str
    high: str
    said: str
    url: str
    is_spread: bool = False
    is_given_up: bool = False

    @property
    def row(self) -> tuple[Any, ...]:
        """Its cells, in the order of `digests.columns.pilot_columns`."""
        return (
            *(self.id, self.title, self.office, self.origin, self.follows, self.number, self.region, self.place),
            *(self.starts_on, self.ends_on, self.state, self.decision, self.measure, self.before, self.after),
            *(self.difference, self.low, self.high, self.said, self.url),
        )


def pilot_line(pilot: Pilot) -> PilotLine:
    """Return the line of a pilot that is loaded with its office, letter and readings. No statement."""
    before, after = reading_of(pilot, ReadingPhase.BEFORE), reading_of(pilot, ReadingPhase.AFTER)
    result = result_of_pilot(pilot)
    low, high = result.interval if result and result.interval else (None, None)
    return PilotLine(
        id=pilot.id,
        title=pilot.title,
        office=pilot.ministry.name,
        origin=str(pilot.origin.label),
        follows=pilot.parent_id,
        number=pilot.referral.code,
        region=pilot.region.short_name if pilot.region else "",
        place=pilot.place,
        starts_on=pilot.starts_on,
        ends_on=pilot.ends_on,
        state=str(pilot.state.label),
        decision=str(pilot.decision.label) if pilot.decision else "",
        measure=pilot.measure,
        before=reading_words(pilot.measure_kind, pilot.unit, before) if before else "",
        after=reading_words(pilot.measure_kind, pilot.unit, after) if after else "",
        before_value=max(0.0, result.before) if result else None,
        after_value=max(0.0, result.after) if result else None,
        difference=_signed(result, result.difference, pilot.unit) if result else "",
        low=_signed(result, low, pilot.unit) if result and low is not None else "",
        high=_signed(result, high, pilot.unit) if result and high is not None else "",
        said=" ".join(result_words(result, pilot.measure, pilot.unit)) if result else "",
        url=link_to("pilots.show", pilot_id=pilot.id),
        is_spread=pilot.origin is PilotOrigin.SPREAD,
        is_given_up=pilot.state is PilotState.CANCELLED,
    )


def _signed(result: Result, value: float, unit: str) -> str:
    """Return a difference with its sign and unit: +30%p, −4.5번, 0분."""
    scaled = 100 * value if result.kind is MeasureKind.SHARE else value
    rounded = round(scaled, 1)
    number = f"{abs(rounded):,.1f}".removesuffix(".0")
    name = {MeasureKind.SHARE: "%p", MeasureKind.COUNT: unit or _("번")}.get(result.kind, unit)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    per = _(" (30일에)") if result.kind is MeasureKind.COUNT else ""
    return f"{sign}{number}{name}{per}"
