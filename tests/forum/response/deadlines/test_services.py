"""Periodic upkeep: letters deemed received, lapsed corrections, reminders; each once, however often it runs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db
from forum.response.deadlines.queries import differences, on_time
from forum.response.deadlines.services import clocks_with_duties, do_duty
from forum.response.deadlines.tasks import keep_clocks
from forum.response.referrals.models import (
    AssignmentState,
    ClockEnd,
    EventType,
    MinistryAssignment,
    ReferralEvent,
    ResponseClock,
)
from forum.response.referrals.queries import get_referral
from forum.response.referrals.services import acknowledge, ask_correction, start_review, transfer
from forum.system.notices.models import OutboxMail
from tests.races import act_elsewhere


def at(month, day):
    return clock.at(datetime(2026, month, day, 3, tzinfo=UTC))


@pytest.fixture
def sent(make):
    """A letter sent on Monday 9 November 2026, due on 9 December; its officer."""
    with at(11, 9):
        campaign = make.campaign()
        for phase in campaign.phases:
            phase.closes_at = None
        referral = make.referral(make.theme(campaign, state=ThemeState.APPROVED))
        officer = make.officer(referral.lead.ministry)
    db.session.commit()
    return referral, officer


def acts(referral):
    query = sa.select(ReferralEvent.act).where(ReferralEvent.referral_id == referral.id).order_by(ReferralEvent.id)
    return list(db.session.scalars(query))


def reminders(referral):
    query = sa.select(ReferralEvent.reason).where(ReferralEvent.act == EventType.REMINDED).order_by(ReferralEvent.id)
    return list(db.session.scalars(query))


def test_what_nobody_receives_counts_as_received_after_three_working_days(sent):
    referral, _officer = sent
    with at(11, 12):
        assert keep_clocks() == 0
    with at(11, 13):
        assert keep_clocks() == 1
        assert keep_clocks() == 0
    referral = get_referral(referral.id)
    assert acts(referral) == [EventType.SENT, EventType.DEEMED]
    assert (referral.lead.state, referral.lead.acknowledged_by_id) == (AssignmentState.ACKNOWLEDGED, None)
    assert differences()[1] == []


def test_a_letter_that_was_transferred_has_three_days_of_its_own(make, sent):
    referral, officer = sent
    with at(11, 10):
        acknowledge(referral, officer)
    with at(11, 17):
        transfer(referral, officer, make.ministry(), "그 부처의 일입니다")
    db.session.commit()
    with at(11, 20):
        assert keep_clocks() == 0
    with at(11, 21):
        assert keep_clocks() == 1
    assert differences()[1] == []


def test_a_correction_that_does_not_come_lets_the_clock_run_again(sent):
    referral, officer = sent
    with at(11, 10):
        acknowledge(referral, officer)
        ask_correction(referral, officer, "지도가 없습니다", date(2026, 11, 13))
    db.session.commit()
    with at(11, 13):
        assert keep_clocks() == 0
    with at(11, 23):  # noticed ten days late, but the clock was stopped for only four days
        keep_clocks()
    referral = get_referral(referral.id)
    assignment = referral.lead
    assert (assignment.state, assignment.clock.stopped_days, assignment.clock.stopped_on) == (
        AssignmentState.REVIEWING,
        4,
        None,
    )
    assert referral.due_on == date(2026, 12, 14)
    assert differences()[1] == []


def test_reminders_come_before_and_after_the_due_date_once_each(sent, make):
    referral, officer = sent
    analyst = make.analyst()
    with at(11, 10):
        acknowledge(referral, officer)
    db.session.commit()
    for month, day in [(12, 1), (12, 2), (12, 5), (12, 6), (12, 8), (12, 9), (12, 10), (12, 15), (12, 16), (12, 23)]:
        with at(month, day):
            keep_clocks()
            keep_clocks()
    assert reminders(referral) == [
        "답변 기한 7일 전이에요.",
        "답변 기한 3일 전이에요.",
        "답변 기한 1일 전이에요.",
        "오늘이 답변 기한이에요.",
        "답변 기한이 1일 지났어요.",
        "답변 기한이 7일 지났어요.",
        "답변 기한이 14일 지났어요.",
    ]
    mails = db.session.execute(sa.select(OutboxMail.recipient, OutboxMail.subject)).all()
    assert sum("다가와요" in subject for _to, subject in mails) == 4
    assert {to for to, subject in mails if "지났어요" in subject} >= {officer.email, analyst.email}
    assert {to for to, subject in mails if "다가와요" in subject} == {officer.email}


def test_a_day_without_a_worker_loses_no_reminder(sent):
    referral, officer = sent
    with at(11, 10):
        acknowledge(referral, officer)
    db.session.commit()
    with at(12, 7):
        keep_clocks()
    assert reminders(referral) == ["답변 기한 3일 전이에요."]


def test_nobody_is_reminded_of_what_is_answered_or_stands_still(sent, make):
    referral, _officer = sent
    with at(11, 10):
        make.answer(make.received(referral))
    db.session.commit()
    with at(12, 20):
        assert keep_clocks() == 0


def test_the_board_counts_in_time_late_overdue_and_running(make):
    campaign, ministry = make.campaign(), make.ministry(name="시험교통부")
    for phase in campaign.phases:
        phase.closes_at = None
    with at(11, 9):
        letters = [
            make.referral(make.theme(campaign, state=ThemeState.APPROVED), ministry, sent_at=clock.now())
            for _ in range(4)
        ]
    with at(12, 1):
        make.answer(letters[0])
    with at(12, 20):
        make.answer(letters[1])
        make.referral(make.theme(campaign, state=ThemeState.APPROVED), ministry)
        (row,) = on_time(campaign)
        assert (row.ministry, row.counts, row.percent) == ("시험교통부", (1, 1, 2, 1), 25)
        assert row.url == f"/ministries/{ministry.code}"
        assert on_time(ministry=ministry) == [row]
        assert on_time(ministry=make.ministry()) == []
        assert differences() == (5, [])


def test_a_ministry_with_nothing_decided_has_no_percent(make):
    referral = make.referral()
    (row,) = on_time(referral.theme.campaign)
    assert (row.counts, row.percent) == ((0, 0, 0, 1), None)


def test_an_opinion_beside_the_answer_counts_as_no_answer(make):
    referral, helper = make.referral(), make.ministry(name="함께부")
    part = MinistryAssignment(referral_id=referral.id, ministry_id=helper.id, is_lead=False, arrived_on=clock.today())
    answered = {"ended_on": clock.today(), "outcome": ClockEnd.ANSWERED}
    days = dict.fromkeys(("started_on", "period_ends_on", "due_on"), clock.today())
    part.state, part.acknowledged_at = AssignmentState.ANSWERED, clock.now()
    part.clocks.append(ResponseClock(**days, **answered))
    db.session.add(part)
    db.session.flush()
    assert [row.ministry for row in on_time()] == [referral.lead.ministry.name]


def test_a_helper_and_a_ministry_that_handed_on_are_counted_apart(make, sent):
    referral, officer = sent
    other = make.ministry(name="받은부")
    with at(11, 10):
        acknowledge(referral, officer)
        there = transfer(referral, officer, other, "그 부처의 일입니다")
    with at(11, 11):
        theirs = make.officer(other)
        acknowledge(referral, theirs)
        start_review(referral, theirs)
        assert [row.ministry for row in on_time()] == ["받은부"]
    assert there.is_lead
    assert differences()[1] == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE response_clock SET due_on = '2027-01-11'", "기록으로는"),
        ("UPDATE response_clock SET stopped_days = 9", "기록으로는"),
        ("UPDATE response_clock SET stopped_on = '2026-11-12', stopped_until = '2027-11-12'", "멈춘 날"),
        ("UPDATE referral SET due_on = '2027-01-11'", "적힌 기한"),
        ("UPDATE response_clock SET ended_on = '2026-11-12', outcome = 'ANSWERED'", "기한 지킴"),
        ("UPDATE referral_part SET state = 'REVIEWING'", "상태 검토 중"),
    ],
)
def test_a_clock_that_somebody_turned_by_hand_is_found(sent, statement, words):
    referral, officer = sent
    with at(11, 10):
        acknowledge(referral, officer)
    db.session.execute(sa.text(statement))
    db.session.expire_all()
    assert any(words in line for line in differences()[1])


def test_keeping_many_clocks_asks_a_fixed_number_of_questions(make, count_queries):
    make.referral()
    db.session.commit()
    few = count_queries(keep_clocks)
    for _ in range(5):
        make.referral()
    db.session.commit()
    assert count_queries(keep_clocks) == few


def test_no_reminder_goes_out_for_a_letter_that_was_answered_meanwhile(app, make, sent):
    referral, _officer = sent
    with at(11, 10):
        make.received(referral)
    db.session.commit()
    with at(12, 10):
        (clock_id,) = clocks_with_duties()
        db.session.rollback()
        one = db.session.get_one(ResponseClock, clock_id)
        assert one.assignment.referral.lead is one.assignment
        act_elsewhere(app, lambda: make.answer(get_referral(referral.id)))
        assert do_duty(one) is False
    db.session.commit()
    assert reminders(referral) == []
    assert db.session.scalar(sa.select(sa.func.count(OutboxMail.id))) == 0
