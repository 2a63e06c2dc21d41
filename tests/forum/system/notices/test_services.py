from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.core.mail import MailError
from forum.system.audit.models import AuditEntry
from forum.system.notices import services
from forum.system.notices.models import MailState, Notice, OutboxMail
from forum.system.notices.queries import latest_notices, unread_count
from forum.system.notices.services import (
    FIRST_RETRY,
    MAX_ATTEMPTS,
    mark_all_read,
    notify,
    notify_all,
    queue_mail,
    queue_mails,
    resend_mail,
)
from forum.system.notices.tasks import send_waiting_mail

DAY = timedelta(days=1)


class Carrier:
    """A transport that notes what it carries, and refuses while `broken`."""

    def __init__(self):
        self.sent, self.broken = [], False

    def send(self, message, key):
        if self.broken:
            raise MailError("지금은 못 받습니다")
        self.sent.append((message["To"], key))


@pytest.fixture
def carrier(app, monkeypatch):
    carrier = Carrier()
    monkeypatch.setattr(services, "transport", lambda app: carrier)
    return carrier


def mails():
    db.session.expire_all()
    return db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()


def write_mail(key="hello:1", recipient="haeun@example.org"):
    queue_mail(recipient, "안녕하세요", "반갑습니다.\n", key)
    db.session.commit()


# Notices
def test_a_notice_is_unread_until_it_is_read(make):
    account, other = make.citizen(), make.citizen()
    notify(account.id, "test", "새 소식", "/ideas/1")
    notify(other.id, "test", "남의 소식", "/ideas/2")
    db.session.flush()
    assert unread_count(account.id) == 1
    mark_all_read(account)
    db.session.flush()
    db.session.expire_all()
    assert (unread_count(account.id), unread_count(other.id)) == (0, 1)


def test_reading_again_does_not_move_the_time(make):
    account = make.citizen()
    notify(account.id, "test", "새 소식", "/")
    db.session.flush()
    for days in (1, 2):
        with clock.at(clock.now() + days * DAY):
            mark_all_read(account)
    db.session.expire_all()
    read_at = db.session.scalar(sa.select(Notice.read_at))
    assert read_at < clock.now() + 2 * DAY - timedelta(hours=1)


def test_a_visitor_reads_nothing(make):
    with pytest.raises(Forbidden):
        mark_all_read(make.actor(Role.ANONYMOUS))


def test_many_people_are_told_in_one_statement(make, count_queries):
    accounts = [make.citizen() for _ in range(5)]
    ids = [account.id for account in accounts]
    assert count_queries(lambda: notify_all(ids, "test", "모두에게", "/")) == 1
    assert [unread_count(account_id) for account_id in ids] == [1] * 5
    notify_all([], "test", "아무에게도", "/")


@pytest.mark.parametrize("path", ["https://evil.example", "javascript:alert(1)", "ideas/1", ""])
def test_a_notice_leads_nowhere_but_to_this_site(make, path):
    notify(make.citizen().id, "test", "새 소식", path)
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()


def test_the_newest_notices_come_first(make, count_queries):
    account = make.citizen()
    for n in range(120):
        notify(account.id, "test", f"소식 {n}", "/")
    db.session.flush()
    found = latest_notices(account.id)
    assert len(found) == 100
    assert found[0].text == "소식 119"


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


def test_a_subject_is_one_line(app):
    queue_mail("haeun@example.org", "안녕\r\nBcc: all@example.org", "본문", "hello:1")
    db.session.commit()
    assert mails()[0].subject == "안녕 Bcc: all@example.org"


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
    assert mails()[0].attempts == 1  # it was not yet due
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
        assert send_waiting_mail() == 0  # still in the dead worker's hands
    with clock.at(now + DAY + services.CLAIM_DURATION):
        assert send_waiting_mail() == 1


# Mail that was given up
def given_up(carrier):
    """A mail in the dead-letter list, and a server that works again."""
    write_mail()
    mail = mails()[0]
    mail.state, mail.attempts, mail.error = MailState.FAILED, MAX_ATTEMPTS, "550 no such user"
    db.session.commit()
    return mail


def test_a_mail_that_was_given_up_is_sent_again_on_an_admins_word(make, carrier):
    mail, admin = given_up(carrier), make.admin()
    resend_mail(mail, admin)
    db.session.commit()
    assert send_waiting_mail() == 1
    assert (mails()[0].state, mails()[0].attempts) == (MailState.SENT, 1)
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.subject_id) == ("notices.resend_mail", admin.id, mail.id)
    assert entry.before == {"state": "FAILED", "attempts": MAX_ATTEMPTS}


@pytest.mark.parametrize("state", [MailState.WAITING, MailState.SENT])
def test_what_was_not_given_up_is_not_sent_again(make, carrier, state):
    mail = given_up(carrier)
    mail.state, mail.sent_at = state, clock.now() if state is MailState.SENT else None
    db.session.commit()
    with pytest.raises(WrongState):
        resend_mail(mail, make.admin())


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMIN, Role.SYSTEM}])
def test_others_send_nothing_again(make, carrier, role):
    mail = given_up(carrier)
    with pytest.raises(Forbidden):
        resend_mail(mail, make.actor(role))


def test_a_worker_whose_claim_ran_out_does_not_unsend_a_mail(app, carrier, monkeypatch):
    """It hung longer than its claim; meanwhile another one sent the mail, and its late failure must not undo that."""
    now = clock.now()
    write_mail()

    def hangs(message, key):
        monkeypatch.setattr(carrier, "send", Carrier.send.__get__(carrier))
        with clock.at(now + DAY + services.CLAIM_DURATION):
            assert send_waiting_mail() == 1
        raise MailError("너무 늦은 소식")

    monkeypatch.setattr(carrier, "send", hangs)
    with clock.at(now + DAY):
        send_waiting_mail()
    assert (mails()[0].state, mails()[0].error) == (MailState.SENT, "")
