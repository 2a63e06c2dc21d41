from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from forum.core import clock
from forum.core.extensions import db
from forum.core.mail import MailError
from forum.system.notices import services
from forum.system.notices.models import MailState
from forum.system.notices.services import (
    FIRST_RETRY,
    MAX_ATTEMPTS,
    notify_all,
    queue_mail,
    queue_mails,
)
from forum.system.notices.tasks import send_waiting_mail, write_daily_mail
from tests.forum.system.notices.helpers import Carrier, carrier, mails, write_mail

__all__ = ["carrier"]
DAY = timedelta(days=1)


# The outbox
def test_a_mail_waits_for_the_commit_then_for_the_worker(app, carrier):
    queue_mail("haeun@example.org", "안녕하세요", "반갑습니다.", "hello:1")
    db.session.rollback()
    assert send_waiting_mail() == 0
    write_mail()
    assert [(mail.state, mail.attempts) for mail in mails()] == [(MailState.WAITING, 0)]
    assert send_waiting_mail() == 1
    assert carrier.sent == [("haeun@example.org", "hello:1")]
    assert [(mail.state, mail.attempts) for mail in mails()] == [(MailState.SENT, 1)]
    assert send_waiting_mail() == 0


def test_the_same_mail_is_written_once(app, carrier):
    write_mail()
    write_mail()
    queue_mails({"haeun@example.org": "hello:1", "doyun@example.org": "hello:2"}, "안녕하세요", "반갑습니다.")
    db.session.commit()
    assert send_waiting_mail() == 2
    assert [key for _to, key in carrier.sent] == ["hello:1", "hello:2"]


def test_a_mail_that_was_not_taken_is_tried_again_later_and_later(app, carrier):
    carrier.broken = True
    now = clock.now()
    write_mail()
    with clock.at(now + DAY):
        assert send_waiting_mail() == 0
        first_wait = mails()[0].next_attempt_at - clock.now()
    assert first_wait == FIRST_RETRY
    assert mails()[0].error == "지금은 못 받습니다"
    with clock.at(now + DAY + FIRST_RETRY - timedelta(seconds=1)):
        assert send_waiting_mail() == 0
    assert mails()[0].attempts == 1  # it was not due yet
    with clock.at(now + DAY + FIRST_RETRY):
        send_waiting_mail()
        assert mails()[0].next_attempt_at - clock.now() == 2 * FIRST_RETRY
    carrier.broken = False
    with clock.at(now + 2 * DAY):
        assert send_waiting_mail() == 1
    assert (mails()[0].state, mails()[0].attempts) == (MailState.SENT, 3)


def test_in_the_end_a_mail_is_given_up(app, carrier):
    carrier.broken = True
    now = clock.now()
    write_mail()
    for days in range(1, MAX_ATTEMPTS + 3):
        with clock.at(now + days * DAY):
            send_waiting_mail()
    assert (mails()[0].state, mails()[0].attempts) == (MailState.FAILED, MAX_ATTEMPTS)
    carrier.broken = False
    with clock.at(now + 99 * DAY):
        assert send_waiting_mail() == 0


def test_one_bad_mail_does_not_hold_up_the_others(app, carrier, monkeypatch):
    send = carrier.send

    def picky(message, key):
        if message["To"] == "bad@example.org":
            raise MailError("없는 주소")
        send(message, key)

    monkeypatch.setattr(carrier, "send", picky)
    write_mail("a", "bad@example.org")
    write_mail("b", "good@example.org")
    assert send_waiting_mail() == 1
    assert [mail.state for mail in mails()] == [MailState.WAITING, MailState.SENT]


def test_two_workers_at_once_send_each_mail_once(app, carrier):
    now = clock.now()
    keys = [f"hello:{n}" for n in range(12)]
    for key in keys:
        write_mail(key)
    barrier, counts = threading.Barrier(3, timeout=10), []

    def worker():
        with app.app_context(), clock.at(now + timedelta(seconds=30)):
            barrier.wait()
            counts.append(send_waiting_mail())

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(key for _to, key in carrier.sent) == sorted(keys)
    assert sum(counts) == len(keys)


def test_a_mail_whose_worker_was_killed_goes_out_after_a_while(app, carrier, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(message, key):
        raise Killed

    now = clock.now()
    write_mail()
    monkeypatch.setattr(carrier, "send", dies)
    with clock.at(now + DAY), pytest.raises(Killed):
        send_waiting_mail()
    db.session.rollback()
    monkeypatch.undo()
    monkeypatch.setattr(services, "transport", lambda app: carrier)
    with clock.at(now + DAY):
        assert send_waiting_mail() == 0  # still claimed by the dead worker
    with clock.at(now + DAY + services.CLAIM_DURATION):
        assert send_waiting_mail() == 1


def test_a_worker_whose_claim_ran_out_does_not_unsend_a_mail(app, carrier, monkeypatch):
    """A worker hung longer than its claim, and another sent the mail; the late failure must not undo that."""
    now = clock.now()
    write_mail()

    def hangs(message, key):
        monkeypatch.setattr(carrier, "send", Carrier.send.__get__(carrier))
        with clock.at(now + DAY + services.CLAIM_DURATION):
            assert send_waiting_mail() == 1
        raise MailError("너무 늦은 알림")

    monkeypatch.setattr(carrier, "send", hangs)
    with clock.at(now + DAY):
        send_waiting_mail()
    assert (mails()[0].state, mails()[0].error) == (MailState.SENT, "")


# One mail per person and day, whatever happens and however often the task runs
def at(day, hour=3):
    return clock.at(datetime(2026, 11, day, hour, tzinfo=UTC))


def test_the_day_s_lines_go_out_as_one_mail_and_later_ones_wait_for_tomorrow(make):
    citizen = make.citizen()
    with at(24):
        notify_all([citizen.id], "answered", "답변이 왔어요", "/referrals/1", in_daily_mail=True)
        notify_all([citizen.id], "progress", "진행률 40%", "/referrals/1", in_daily_mail=True)
        db.session.commit()
        assert write_daily_mail() == 1
        notify_all([citizen.id], "progress", "진행률 60%", "/referrals/1", in_daily_mail=True)
        db.session.commit()
        assert write_daily_mail() == 0
    (first,) = mails()
    assert first.recipient == citizen.email
    assert "답변이 왔어요" in first.body
    assert "진행률 40%" in first.body
    assert "/referrals/1" in first.body
    assert "2건" in first.subject
    with at(25):
        assert write_daily_mail() == 1
    assert "진행률 60%" in mails()[1].body
    assert "40%" not in mails()[1].body


def test_a_single_line_is_the_subject(make):
    citizen = make.citizen()
    notify_all([citizen.id], "answered", "답변이 왔어요", "/referrals/1", in_daily_mail=True)
    db.session.commit()
    write_daily_mail()
    assert mails()[0].subject.endswith("답변이 왔어요")


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
    assert count_queries(write_daily_mail) <= 12
    assert len(mails()) == 30


def test_a_flood_of_lines_is_cut_and_says_how_many_more(make):
    citizen = make.citizen()
    for n in range(40):
        notify_all([citizen.id], "progress", f"알림 {n}", "/referrals/1", in_daily_mail=True)
    db.session.commit()
    write_daily_mail()
    assert "그 밖에 10건" in mails()[0].body
