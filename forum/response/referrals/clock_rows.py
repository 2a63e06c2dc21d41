"""Letters as rows of the picture `clock_timeline`: what part of a ministry's time is used, left, stopped or overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.core.links import path_for
from forum.response.referrals.interim import interims_of, short_interim_words
from forum.response.referrals.models import (
    AssignmentState,
    ClockEnd,
    EventType,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ResponseClock,
)
from forum.response.referrals.stages import LetterStage, stages_of

Stop = tuple[date, date]
"""First day that did not count, and the day from which days count again."""


@dataclass(frozen=True)
class ClockPart:
    """Days of one kind: kept (answered in time), used, left, held, stopped or late. Up to but without `ends_on`.

    Held days are left too, but the clock stands still: they move as long as it does.
    """

    kind: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class ClockRow:
    """A ministry's time for one letter: its latest clock in words, all its clocks as parts."""

    title: str
    url: str
    meta: str
    words: str
    tone: str
    due_on: date
    ended_on: date | None
    """When it answered; None if it has not, or has passed the letter on."""
    parts: tuple[ClockPart, ...]
    earlier: tuple[tuple[date, date], ...] = ()
    """Due date and day of each answer before the present clock, which runs for a re-examination."""
    letter_id: int | None = None
    """The letter that the row is about, where rows are letters."""
    stages: tuple[LetterStage, ...] = ()
    """Where the letter is on its way; only in lists of letters."""
    note: str = ""
    """What the ministry said of it before its answer."""

    @property
    def is_stopped(self) -> bool:
        return any(part.kind == "held" for part in self.parts)

    @property
    def starts_on(self) -> date:
        return min([self.due_on, *(part.starts_on for part in self.parts)])

    @property
    def ends_on(self) -> date:
        return max([self.due_on, *(part.ends_on for part in self.parts)])


def board_rows(letters: Sequence[Referral], ministry_id: int | None = None) -> list[ClockRow]:
    """Return a row for each letter, by the clocks of its leading ministry, or of this ministry. Two statements."""
    ids = [letter.id for letter in letters]
    stops, interims = stops_of(ids), interims_of(ids)
    rows = []
    for letter in letters:
        own = next((one for one in letter.assignments if one.ministry_id == ministry_id), letter.lead)
        path = path_for("referrals.show", referral_id=letter.id)
        title, meta = letter.title or letter.theme.title, _meta(letter, own) + _passed_on(letter)
        interim = next((event for event in interims.get(letter.id, ()) if event.part_id == own.id), None)
        note = short_interim_words(interim) if interim else ""
        row = _row(own, title, path, meta, stops[own.id], letter.id)
        rows.append(replace(row, stages=stages_of(own, interim is not None), note=note))
    return rows


def _meta(letter: Referral, own: MinistryAssignment) -> str:
    """Return who answers, and what it answered or by when it has to."""
    words = [own.ministry.name]
    if (answer := letter.published_answer) is not None:
        words.append(answer.decision.label)
        if answer.percent_done is not None:
            words.append(_("약속 %(percent)d%% 지킴", percent=answer.percent_done))
    if own.clock.ended_on is None:
        is_again = own.state is AssignmentState.REEXAMINING
        due = _("다시 답할 기한 %(day)s") if is_again else _("기한 %(day)s")
        words.append(due % {"day": short_day(own.clock.due_on)})
    return " · ".join(words)


def _passed_on(letter: Referral) -> str:
    """Return from which ministry the letter came to the one that answers; empty if it was sent there."""
    first = [one.ministry.name for one in letter.assignments if one.state is AssignmentState.TRANSFERRED]
    return _(" · %(ministry)s에서 이송받음", ministry=first[-1]) if first else ""


def ministry_rows(letter: Referral) -> list[ClockRow]:
    """Return a row for each ministry of one letter. One statement."""
    stops = stops_of([letter.id])
    return [
        _row(
            assignment,
            assignment.ministry.name,
            path_for("referrals.ministry", code=assignment.ministry.code),
            _own_day(assignment),
            stops[assignment.id],
        )
        for assignment in letter.assignments
    ]


def _own_day(assignment: MinistryAssignment) -> str:
    """Return by when a ministry has to answer, or when it handed the letter over: it has no due date any more."""
    latest = assignment.clock
    if latest.outcome is ClockEnd.TRANSFERRED and latest.ended_on is not None:
        return _("%(day)s에 넘김", day=short_day(latest.ended_on))
    return _("기한 %(day)s", day=short_day(latest.due_on))


def stops_of(referral_ids: Sequence[int]) -> dict[int, list[Stop]]:
    """Return the ended stops of the letters' clocks by assignment id, from the events. None of others are missing."""
    acts = (EventType.CORRECTION_ASKED, EventType.CORRECTION_GIVEN, EventType.CORRECTION_LAPSED)
    query = (
        sa.select(ReferralEvent.part_id, ReferralEvent.act, ReferralEvent.happened_on, ReferralEvent.until_on)
        .where(ReferralEvent.referral_id.in_(referral_ids), ReferralEvent.act.in_(acts))
        .order_by(ReferralEvent.id)
    )
    found: dict[int, list[Stop]] = defaultdict(list)
    asked: dict[int, tuple[date, date]] = {}
    rows: Sequence[Any] = db.session.execute(query).all() if referral_ids else ()
    for part_id, act, happened_on, until_on in rows:
        if act is EventType.CORRECTION_ASKED:
            asked[part_id] = happened_on, until_on
        elif part_id in asked:
            stopped_on, stopped_until = asked.pop(part_id)
            found[part_id].append((stopped_on, min(happened_on, stopped_until + timedelta(days=1))))
    return found


def _row(
    assignment: MinistryAssignment,
    title: str,
    url: str,
    meta: str,
    stops: Sequence[Stop],
    letter_id: int | None = None,
) -> ClockRow:
    latest = assignment.clock
    words, tone = _words(latest)
    if assignment.state is AssignmentState.REEXAMINING and not latest.days_late:
        words = _("답변이 왔고, 다시 살피는 중")
    parts = [part for one in assignment.clocks for part in _parts(one, stops)]
    ended_on = latest.ended_on if latest.outcome is ClockEnd.ANSWERED else None
    earlier = tuple((one.due_on, one.ended_on) for one in assignment.clocks[:-1] if one.ended_on is not None)
    return ClockRow(title, url, meta, words, tone, latest.due_on, ended_on, tuple(parts), earlier, letter_id)


def _words(one: ResponseClock) -> tuple[str, str]:
    """Return the state of a clock in words, with the tone of its badge."""
    left = (one.due_on - clock.today()).days
    if one.outcome is ClockEnd.TRANSFERRED:
        return _("다른 부처로 이송함"), "gray"
    if one.ended_on is not None:
        if one.days_late:
            return _("%(days)d일 늦게 답함", days=one.days_late), "warning"
        return _("기한 안에 답함"), "success"
    if one.stopped_until is not None:
        return _("시계 멈춤 · %(day)s까지", day=short_day(one.stopped_until)), "warning"
    if left < 0:
        return _("기한 %(days)d일 지남", days=-left), "danger"
    return (_("%(days)d일 남음", days=left), "information") if left else (_("오늘이 기한"), "warning")


def _parts(one: ResponseClock, stops: Sequence[Stop]) -> Iterator[ClockPart]:
    """Yield the parts of a clock from left to right."""
    today = clock.today()
    is_kept = one.outcome is ClockEnd.ANSWERED and not one.days_late
    end = one.ended_on or one.stopped_on or today
    yield from _cut("kept" if is_kept else "used", one.started_on, min(end, one.due_on), stops)
    yield from _cut("late", max(one.started_on, one.due_on), end, stops)
    if one.stopped_on is not None:
        yield from _cut("stopped", one.stopped_on, today, ())
    if one.ended_on is None:
        yield from _cut("left" if one.stopped_on is None else "held", today, one.due_on, ())


def _cut(kind: str, starts_on: date, ends_on: date, stops: Sequence[Stop]) -> Iterator[ClockPart]:
    """Yield a part in pieces around the stops within it, and the stops."""
    for stopped_on, resumed_on in stops:
        if starts_on <= stopped_on < resumed_on <= ends_on:
            yield from _cut(kind, starts_on, stopped_on, ())
            yield ClockPart("stopped", stopped_on, resumed_on)
            starts_on = resumed_on
    if starts_on < ends_on:
        yield ClockPart(kind, starts_on, ends_on)
