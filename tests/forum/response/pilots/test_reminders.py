from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.database import reading
from forum.core.extensions import db
from forum.response.pilots.models import PilotState, ReadingPhase
from forum.response.pilots.reminders import due_reminders
from forum.response.pilots.services import change_plan
from forum.response.pilots.tasks import remind
from forum.response.shortpath.models import ShortAnswerKind
from forum.system.notices.models import Notice, OutboxMail
from tests.forum.response.pilots.test_services import a_plan


@pytest.fixture
def office(make):
    return make.ministry()


@pytest.fixture
def officer(make, office):
    return make.officer(office)


def running(make, office, days: int, is_measured: bool = False):
    """A pilot of the office that ends in so many days."""
    today = clock.today()
    begun = {"starts_on": today - timedelta(days=40), "ends_on": today + timedelta(days=days)}
    pilot = make.pilot(make.short_answer(referral=make.referral(ministry=office)).referral, **begun)
    make.reading(pilot)
    pilot.state = PilotState.RUNNING
    db.session.flush()
    if is_measured:
        make.reading(pilot, ReadingPhase.AFTER)
    db.session.commit()
    return pilot


def told(officer) -> list[str]:
    return list(db.session.scalars(sa.select(Notice.text).where(Notice.account_id == officer.id).order_by(Notice.id)))


@pytest.mark.parametrize(
    ("days", "words"), [(8, None), (7, "7일 뒤에 끝나요"), (0, "오늘 끝나요"), (-3, "3일 전에 끝났어요")]
)
def test_an_office_is_reminded_before_the_end_and_at_it(make, office, officer, days, words):
    pilot = running(make, office, days)
    assert remind() == (1 if words else 0)
    assert [words in text for text in told(officer)] == ([True] if words else [])
    assert remind() == 0
    mails = db.session.scalars(sa.select(OutboxMail).where(OutboxMail.recipient == officer.email)).all()
    assert [f"/pilots/{pilot.id}" in mail.body for mail in mails] == ([True] if words else [])


def test_both_reminders_come_each_once(make, office, officer):
    running(make, office, 5)
    assert remind() == 1
    with clock.at(clock.now() + timedelta(days=6)):
        assert remind() == 1
        assert remind() == 0
    assert len(told(officer)) == 2


def test_nobody_is_reminded_of_what_is_measured(make, office, officer):
    running(make, office, 0, is_measured=True)
    assert (remind(), told(officer)) == (0, [])


def test_a_plan_whose_end_has_passed_is_recalled_until_it_is_changed(make, office, officer):
    today = clock.today()
    begun = {"starts_on": today - timedelta(days=20), "ends_on": today - timedelta(days=1)}
    pilot = make.pilot(make.short_answer(referral=make.referral(ministry=office)).referral, **begun)
    db.session.commit()
    assert remind() == 1
    assert "시작하지 않았어요" in told(officer)[0]
    change_plan(pilot, officer, a_plan(), pilot.revision)
    assert pilot.end_reminded_at is None


def test_a_promise_that_nobody_planned_is_recalled_after_two_weeks(make, office, officer):
    make.short_answer(referral=make.referral(ministry=office))
    make.short_answer(ShortAnswerKind.FIXED_NOW, referral=make.referral(ministry=office))
    db.session.commit()
    with clock.at(clock.now() + timedelta(days=13)):
        assert remind() == 0
    with clock.at(clock.now() + timedelta(days=15)):
        assert remind() == 1
        assert remind() == 0
    assert "시범을 준비해 주세요" in told(officer)[0]


def test_a_reminder_that_is_no_longer_due_when_its_turn_comes_is_not_sent(make, office, officer):
    pilot = running(make, office, 0)
    with reading():
        (duty,) = due_reminders()
        db.session.rollback()
    make.reading(pilot, ReadingPhase.AFTER)
    db.session.commit()
    assert duty() is False
    assert told(officer) == []


def test_a_planned_promise_is_not_recalled(make, office, officer):
    make.pilot(make.short_answer(referral=make.referral(ministry=office)).referral)
    db.session.commit()
    with clock.at(clock.now() + timedelta(days=15)):
        assert remind() == 0
