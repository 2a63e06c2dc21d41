"""One mail per person and day, whatever happens and however often the job runs."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.system.notices.models import OutboxMail
from forum.system.notices.services import notify_all
from forum.system.notices.tasks import write_daily_mail


def at(day, hour=3):
    return clock.at(datetime(2026, 11, day, hour, tzinfo=UTC))


def mails():
    return db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()


def test_the_day_s_lines_go_out_as_one_mail_and_later_ones_wait_for_tomorrow(make):
    citizen = make.citizen()
    with at(24):
        notify_all([citizen.id], "answered", "답변이 왔습니다", "/referrals/1", in_daily_mail=True)
        notify_all([citizen.id], "progress", "진행률 40%", "/referrals/1", in_daily_mail=True)
        db.session.commit()
        assert write_daily_mail() == 1
        notify_all([citizen.id], "progress", "진행률 60%", "/referrals/1", in_daily_mail=True)
        db.session.commit()
        assert write_daily_mail() == 0
    (first,) = mails()
    assert first.recipient == citizen.email
    assert "답변이 왔습니다" in first.body
    assert "진행률 40%" in first.body
    assert "/referrals/1" in first.body
    assert "2건" in first.subject
    with at(25):
        assert write_daily_mail() == 1
    assert "진행률 60%" in mails()[1].body
    assert "40%" not in mails()[1].body


def test_a_single_line_is_the_subject(make):
    citizen = make.citizen()
    notify_all([citizen.id], "answered", "답변이 왔습니다", "/referrals/1", in_daily_mail=True)
    db.session.commit()
    write_daily_mail()
    assert mails()[0].subject.endswith("답변이 왔습니다")


def test_other_notices_and_closed_accounts_get_no_mail(make):
    citizen, closed = make.citizen(), make.citizen(active=False)
    notify_all([citizen.id], "other", "쪽지", "/notices")
    notify_all([closed.id], "answered", "답변", "/referrals/1", in_daily_mail=True)
    db.session.commit()
    write_daily_mail()
    assert mails() == []
    assert write_daily_mail() == 0


def test_nobody_is_woken_before_the_hour(app, make):
    citizen = make.citizen()
    app.config["DAILY_MAIL_FROM_HOUR"] = 8
    try:
        with at(24, hour=22):  # seven in the morning of the 25th in Seoul
            notify_all([citizen.id], "answered", "답변", "/referrals/1", in_daily_mail=True)
            db.session.commit()
            assert write_daily_mail() == 0
        with at(24, hour=23):
            assert write_daily_mail() == 1
    finally:
        app.config["DAILY_MAIL_FROM_HOUR"] = 0


def test_many_people_are_written_to_with_few_statements(make, count_queries):
    people = [make.citizen() for _ in range(30)]
    notify_all([one.id for one in people], "answered", "답변", "/referrals/1", in_daily_mail=True)
    db.session.commit()
    assert count_queries(write_daily_mail) <= 30 + 6
    assert len(mails()) == 30


def test_a_flood_of_lines_is_cut_and_says_how_many_more(make):
    citizen = make.citizen()
    for n in range(40):
        notify_all([citizen.id], "progress", f"소식 {n}", "/referrals/1", in_daily_mail=True)
    db.session.commit()
    write_daily_mail()
    assert "그 밖에 10건" in mails()[0].body
