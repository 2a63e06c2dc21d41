from __future__ import annotations

from datetime import date, timedelta

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.response.referrals.clock_rows import board_rows, ministry_rows
from forum.response.referrals.models import AssignmentState, ClockEnd, EventType, MinistryAssignment, ResponseClock

TODAY = date(2026, 11, 27)
S, E = AssignmentState, EventType


def day(n: int) -> date:
    return TODAY + timedelta(days=n)


@pytest.fixture(autouse=True)
def on_that_day():
    from datetime import UTC, datetime

    with clock.at(datetime(2026, 11, 27, 3, tzinfo=UTC)):
        yield


def letter(make, sent: int, due: int, **times):
    """A letter sent and due so many days from today; `times` are of its clock."""
    found = make.referral()
    found.sent_on, found.due_on = day(sent), day(due)
    for name, value in ({"started_on": day(sent), "period_ends_on": day(due), "due_on": day(due)} | times).items():
        setattr(found.lead.clock, name, value)
    return found


def shape(row):
    return [(part.kind, (part.starts_on - TODAY).days, (part.ends_on - TODAY).days) for part in row.parts]


def one_row(found):
    (row,) = board_rows([found])
    return row


def test_a_running_clock_has_used_and_left_days(make):
    found = letter(make, -10, 5)
    row = one_row(found)
    assert (shape(row), row.words, row.tone) == ([("used", -10, 0), ("left", 0, 5)], "5일 남음", "information")
    assert (row.title, row.url, row.ended_on) == (found.title, f"/referrals/{found.id}", None)
    assert found.lead.ministry.name in row.meta
    assert "12월 2일" in row.meta


def test_an_overdue_clock_runs_red_from_its_due_date(make):
    row = one_row(letter(make, -10, -4))
    assert (shape(row), row.words, row.tone) == ([("used", -10, -4), ("late", -4, 0)], "기한 4일 지남", "danger")
    assert one_row(letter(make, -10, 0)).words == "오늘이 기한"


def test_an_answer_in_time_is_kept_and_a_late_one_is_not(make):
    answered = {"outcome": ClockEnd.ANSWERED}
    kept = one_row(letter(make, -20, -5, ended_on=day(-8), **answered))
    assert (shape(kept), kept.words, kept.ended_on) == ([("kept", -20, -8)], "기한 안에 답함", day(-8))
    assert (kept.starts_on, kept.ends_on) == (day(-20), day(-5))
    late = one_row(letter(make, -20, -5, ended_on=day(-2), **answered))
    assert (shape(late), late.words) == ([("used", -20, -5), ("late", -5, -2)], "3일 늦게 답함")


def test_an_answered_letter_says_what_was_answered_and_how_far_its_promises_are(make):
    answer = make.answer(letter(make, -10, 5))
    make.milestone(answer, percent_done=40)
    found = answer.referral
    assert one_row(found).meta == f"{found.lead.ministry.name} · {answer.decision.label} · 약속 40% 지킴"


def test_a_ministrys_page_shows_its_own_clock_not_the_leading_one(make):
    found, helper = letter(make, -10, 5), make.ministry()
    part = MinistryAssignment(referral_id=found.id, ministry_id=helper.id, is_lead=False, arrived_on=day(-9))
    part.clocks.append(ResponseClock(started_on=day(-9), period_ends_on=day(9), due_on=day(9)))
    db.session.add(part)
    db.session.flush()
    db.session.refresh(found)
    (row,) = board_rows([found], helper.id)
    assert (row.words, row.meta) == ("9일 남음", f"{helper.name} · 기한 12월 6일")


def test_a_stopped_clock_is_not_late_and_says_until_when(make):
    row = one_row(letter(make, -20, -5, stopped_on=day(-10), stopped_until=day(3)))
    assert (shape(row), row.words) == ([("used", -20, -10), ("stopped", -10, 0)], "시계 멈춤 · 11월 30일까지")


def test_ended_stops_come_from_the_events_and_last_no_longer_than_was_given(make):
    found = letter(make, -20, 5)
    make.event(found.lead, E.CORRECTION_ASKED, S.ACKNOWLEDGED, S.CORRECTION, happened_on=day(-15),
               until_on=day(-11), reason="보완")  # fmt: skip
    make.event(found.lead, E.CORRECTION_LAPSED, S.CORRECTION, S.REVIEWING, happened_on=day(-7))
    assert shape(one_row(found)) == [("used", -20, -15), ("stopped", -15, -10), ("used", -10, 0), ("left", 0, 5)]


def test_a_second_round_follows_the_first(make):
    found = letter(make, -40, -20, ended_on=day(-30), outcome=ClockEnd.ANSWERED)
    times = {"started_on": day(-10), "period_ends_on": day(4), "due_on": day(4)}
    found.lead.clocks.append(ResponseClock(round=2, **times))
    row = one_row(found)
    assert shape(row) == [("kept", -40, -30), ("used", -10, 0), ("left", 0, 4)]
    assert (row.words, row.due_on, row.ended_on) == ("4일 남음", day(4), None)


def test_the_ministries_of_a_letter_have_a_row_each(make, count_queries):
    found = letter(make, -10, 5)
    rows = ministry_rows(found)
    assert [(row.title, row.url) for row in rows] == [
        (found.lead.ministry.name, f"/ministries/{found.lead.ministry.code}")
    ]
    assert count_queries(lambda: ministry_rows(found)) == 1


def test_no_letters_ask_for_nothing(make, count_queries):
    assert board_rows([]) == []
    assert count_queries(lambda: board_rows([])) == 0


def test_what_is_left_of_a_stopped_clock_is_not_drawn_as_running(make):
    row = one_row(letter(make, -10, 5, stopped_on=day(-3), stopped_until=day(4)))
    assert row.is_stopped
    assert shape(row) == [("used", -10, -3), ("stopped", -3, 0), ("held", 0, 5)]


def test_an_answer_before_a_reexamination_keeps_its_due_date_and_day(make):
    found = letter(make, -30, -2, ended_on=day(-5), outcome=ClockEnd.ANSWERED)
    found.lead.clocks.append(ResponseClock(round=2, started_on=day(-1), period_ends_on=day(29), due_on=day(29)))
    assert one_row(found).earlier == ((day(-2), day(-5)),)


def test_a_letter_that_was_passed_on_says_where_it_came_from(make):
    found, first = letter(make, -3, 20), make.ministry(name="첫부")
    assert "이송받음" not in one_row(found).meta
    part = MinistryAssignment(
        referral_id=found.id,
        ministry_id=first.id,
        is_lead=False,
        arrived_on=day(-3),
        state=S.TRANSFERRED,
        acknowledged_at=clock.now(),
    )
    part.clocks.append(
        ResponseClock(
            started_on=day(-3), period_ends_on=day(20), due_on=day(20), ended_on=day(-1), outcome=ClockEnd.TRANSFERRED
        )
    )
    found.assignments.append(part)
    assert "첫부에서 이송받음" in one_row(found).meta


def test_a_ministry_that_handed_the_letter_over_has_no_due_date_any_more(make):
    found = letter(make, -10, 5, ended_on=day(-8), outcome=ClockEnd.TRANSFERRED)
    (row,) = ministry_rows(found)
    assert row.meta == "11월 19일에 넘김"
