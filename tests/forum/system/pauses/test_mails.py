"""Mailings wait for the end of a pause; what people must know goes out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.system.notices.models import MailState, MailStream
from forum.system.notices.services import StreamedMail, notify_all, queue_mail_to_leave, queue_streamed_mails
from forum.system.notices.tasks import send_waiting_mail, write_daily_mail
from forum.system.pauses.services import end_pause, set_pause
from tests.forum.system.notices.helpers import carrier, mails, write_mail

__all__ = ["carrier"]
DAY = timedelta(days=1)


@pytest.fixture
def pause(make):
    made = set_pause(make.admin(), "시험 선거", clock.today(), clock.today() + 5 * DAY)
    db.session.commit()
    return made


def keys(carrier):
    return [key for _to, key in carrier.sent]


def write_streamed(account, key, stream=MailStream.OWN, **values):
    mail = StreamedMail(account.id, account.email, "제목", "글", key)
    queue_streamed_mails(stream, [mail], **values)
    db.session.commit()


def test_mailings_wait_and_other_mails_go(make, pause, carrier):
    account = make.citizen()
    write_mail("confirm:1")
    write_streamed(account, "own:1")
    write_streamed(account, "reminder:1", is_mailing=True)
    write_streamed(account, "daily:1", MailStream.DAILY)
    assert send_waiting_mail() == 2
    assert keys(carrier) == ["confirm:1", "own:1"]
    with clock.at(clock.now() + 6 * DAY):
        assert send_waiting_mail() == 2
    assert keys(carrier)[2:] == ["reminder:1", "daily:1"]


def test_a_mailing_written_before_the_pause_waits_too(make, carrier):
    write_streamed(make.citizen(), "daily:1", MailStream.DAILY)
    pause = set_pause(make.admin(), "시험 선거", clock.today(), clock.today())
    assert send_waiting_mail() == 0
    end_pause(pause, make.admin())
    db.session.commit()
    assert send_waiting_mail() == 1


def test_a_mail_about_digests_waits(app, pause, carrier):
    queue_mail_to_leave("lee@example.org", "새 보고서", "글", "digest:1", leaving="digests:1-0123456789abcdef")
    db.session.commit()
    assert send_waiting_mail() == 0
    assert mails()[0].attempts == 0


def test_a_reminder_of_what_is_over_is_dropped_and_not_sent(make, pause, carrier):
    account = make.citizen()
    write_streamed(account, "reminder:1", is_mailing=True, useful_until=clock.now() + DAY)
    write_streamed(account, "reminder:2", is_mailing=True, useful_until=clock.now() + 20 * DAY)
    with clock.at(clock.now() + 6 * DAY):
        assert send_waiting_mail() == 1
    assert keys(carrier) == ["reminder:2"]
    assert [(mail.message_key, mail.state) for mail in mails()] == [("reminder:2", MailState.SENT)]


def test_daily_mails_are_not_written_in_a_pause_and_one_tells_all_after_it(make, pause, carrier):
    account = make.citizen()
    for n in range(3):
        with clock.at(clock.now() + n * DAY):
            notify_all([account.id], "test", f"소식 {n}", "/", in_daily_mail=True)
            db.session.commit()
            assert write_daily_mail() == 0
    with clock.at(clock.now() + 6 * DAY):
        assert write_daily_mail() == 1
        assert send_waiting_mail() == 1
    assert all(f"소식 {n}" in mails()[0].body for n in range(3))


def test_the_worker_asks_once_for_each_mail(make, pause, carrier, count_queries):
    write_streamed(make.citizen(), "daily:1", MailStream.DAILY)
    assert count_queries(send_waiting_mail) == 2  # what is outdated, and what is due


def test_older_mails_are_no_mailings_unless_their_kind_is(app):
    columns = {column["name"]: column for column in sa.inspect(db.engine).get_columns("outbox_mail")}
    assert not columns["is_mailing"]["nullable"]
