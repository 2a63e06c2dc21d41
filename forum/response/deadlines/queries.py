"""Answers in time and late, of the ministries that answer.

The board's figures come from the clocks; `differences` recounts them from the events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.extensions import db
from forum.core.links import path_for
from forum.people.ministries.models import Ministry
from forum.response.referrals.models import ClockEnd, MinistryAssignment, Referral, ReferralEvent, ResponseClock
from forum.response.referrals.states import ClockPeriod, Replayed, replay
from forum.voice.campaigns.models import Campaign


@dataclass(frozen=True)
class OnTime:
    """Counts of one ministry's clocks as the one that answers: an opinion given beside it is no answer.

    A transferred letter counts only for the ministry that received it, an answer after a re-examination once more.
    """

    ministry_id: int
    ministry: str
    in_time: int
    late: int
    overdue: int
    running: int
    code: str = ""
    """Of the ministry, for the address of its page."""

    @property
    def url(self) -> str:
        return path_for("referrals.ministry", code=self.code) if self.code else ""

    @property
    def answers(self) -> int:
        return self.in_time + self.late

    @property
    def decided(self) -> int:
        """Return the number of clocks of which it is known whether the answer came in time."""
        return self.in_time + self.late + self.overdue

    @property
    def percent(self) -> int | None:
        """Return the percentage in time, rounded down; None if nothing is decided yet."""
        return self.in_time * 100 // self.decided if self.decided else None

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.in_time, self.late, self.overdue, self.running


def on_time(
    campaign: Campaign | None = None, ministry: Ministry | None = None, theme: Theme | None = None
) -> list[OnTime]:
    """Return the counts of each ministry that answers, by name, for one campaign or for all. One statement.

    :param ministry: of this one only
    :param theme: of this theme's letters only; the campaign is its own
    """
    today = clock.today()
    answered = ResponseClock.outcome == ClockEnd.ANSWERED
    in_time = sa.and_(answered, ResponseClock.ended_on <= ResponseClock.due_on)
    goes_on = ResponseClock.ended_on.is_(None)
    overdue = sa.and_(goes_on, ResponseClock.stopped_on.is_(None), ResponseClock.due_on < today)
    query = (
        sa.select(
            Ministry.id,
            Ministry.name,
            Ministry.code,
            *(
                sa.func.sum(sa.case((is_counted, 1), else_=0))
                for is_counted in (
                    in_time,
                    sa.and_(answered, ResponseClock.ended_on > ResponseClock.due_on),
                    overdue,
                    sa.and_(goes_on, sa.not_(overdue)),
                )
            ),
        )
        .join(MinistryAssignment, MinistryAssignment.ministry_id == Ministry.id)
        .join(ResponseClock, ResponseClock.part_id == MinistryAssignment.id)
        .where(MinistryAssignment.is_lead)
        .group_by(Ministry.id, Ministry.name, Ministry.code)
        .having(sa.func.sum(sa.case((_counts(), 1), else_=0)) > 0)
        .order_by(Ministry.name)
    )
    if campaign is not None:
        query = (
            query.join(Referral, Referral.id == MinistryAssignment.referral_id)
            .join(Theme, Theme.id == Referral.theme_id)
            .where(Theme.campaign_id == campaign.id)
        )
    if theme is not None:
        query = query.where(Theme.id == theme.id)
    if ministry is not None:
        query = query.where(Ministry.id == ministry.id)
    return [
        OnTime(ministry_id, name, int(kept), int(late), int(past), int(running), code)
        for ministry_id, name, code, kept, late, past, running in db.session.execute(query)
    ]


def _counts() -> sa.ColumnElement[bool]:
    return ResponseClock.outcome.is_(None) | (ResponseClock.outcome == ClockEnd.ANSWERED)


def waiting_clocks() -> Sequence[ResponseClock]:
    """Return the clocks that have not ended, with assignment, ministry and referral; the next due first."""
    query = (
        sa.select(ResponseClock)
        .where(ResponseClock.ended_on.is_(None))
        .options(
            joinedload(ResponseClock.assignment).joinedload(MinistryAssignment.referral),
            joinedload(ResponseClock.assignment).joinedload(MinistryAssignment.ministry),
        )
        .order_by(ResponseClock.due_on, ResponseClock.id)
    )
    return db.session.scalars(query).all()


def differences() -> tuple[int, list[str]]:
    """Replay each assignment's events by the table of states and compare with the stored rows.

    :return: number of assignments checked, and the differences: states, due dates, stops, ends, and each ministry's
        share of answers in time
    """
    events: dict[int, list[ReferralEvent]] = defaultdict(list)
    for event in db.session.scalars(sa.select(ReferralEvent).order_by(ReferralEvent.id)):
        if event.part_id is not None:
            events[event.part_id].append(event)
    assignments = db.session.scalars(
        sa.select(MinistryAssignment)
        .options(selectinload(MinistryAssignment.clocks), joinedload(MinistryAssignment.referral))
        .order_by(MinistryAssignment.id)
    ).all()
    found: list[str] = []
    periods_of: dict[int, list[ClockPeriod]] = defaultdict(list)
    for assignment in assignments:
        seen = replay(events[assignment.id], assignment.referral.sent_on)
        found += [f"전달 {assignment.referral_id}번 {what}" for what in _compare(assignment, seen)]
        if assignment.is_lead and seen.state is not None:
            periods_of[assignment.ministry_id] += seen.periods
    return len(assignments), found + list(_compare_shares(periods_of))


def _compare(assignment: MinistryAssignment, seen: Replayed) -> Iterator[str]:
    yield from seen.wrong
    if seen.state is not assignment.state:
        yield f"상태 {assignment.state.label}, 기록으로는 {seen.state.label if seen.state else '없음'}"
    kept = [(clock.started_on, clock.due_on, clock.stopped_days, clock.ended_on) for clock in assignment.clocks]
    replayed = [(period.started_on, period.due_on, period.stopped_days, period.ended_on) for period in seen.periods]
    if kept != replayed:
        yield f"시계 {_days(kept)}, 기록으로는 {_days(replayed)}"
    if assignment.clocks and assignment.clocks[-1].stopped_on != seen.stopped_on:
        yield f"멈춘 날 {assignment.clocks[-1].stopped_on}, 기록으로는 {seen.stopped_on}"
    if assignment.is_lead and assignment.clocks and assignment.referral.due_on != assignment.clocks[-1].due_on:
        yield f"적힌 기한 {assignment.referral.due_on}, 시계의 기한 {assignment.clocks[-1].due_on}"


def _compare_shares(periods_of: dict[int, list[ClockPeriod]]) -> Iterator[str]:
    """Compare the board's figures with a count of the replayed clocks."""
    today = clock.today()
    shown = {row.ministry_id: row.counts for row in on_time()}
    for ministry_id, periods in periods_of.items():
        counted = [0, 0, 0, 0]
        for one in periods:
            counted[_place(one, today)] += 1
        if tuple(counted) != shown.get(ministry_id, (0, 0, 0, 0)):
            yield f"부처 {ministry_id}번 기한 지킴 {shown.get(ministry_id)}, 다시 센 수 {tuple(counted)}"


def _place(one: ClockPeriod, today: date) -> int:
    """Return the clock's place in `OnTime.counts`: 0 in time, 1 late, 2 overdue, 3 running."""
    if one.ended_on is not None:
        return 1 if one.is_late else 0
    return 2 if one.due_on < today and not one.is_stopped else 3


def _days(rows: list[tuple[date, date, int, date | None]]) -> str:
    return "; ".join(f"{start}~{due} 멈춤 {stopped}일 끝 {end or '-'}" for start, due, stopped, end in rows) or "없음"
