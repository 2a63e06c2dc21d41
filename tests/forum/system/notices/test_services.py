from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.system.notices.models import MailState, Notice
from forum.system.notices.queries import latest_notices, unread_count
from forum.system.notices.services import (
    MAX_ATTEMPTS,
    mark_all_read,
    notify,
    notify_all,
    open_notice,
    queue_mail,
    resend_mail,
)
from forum.system.notices.tasks import send_waiting_mail
from tests.forum.system.notices.helpers import carrier, mails, write_mail

__all__ = ["carrier"]
DAY = timedelta(days=1)


def test_a_notice_is_unread_until_it_is_read(make):
    account, other = make.citizen(), make.citizen()
    notify(account.id, "test", "새 답변", "/ideas/1")
    notify(other.id, "test", "남의 알림", "/ideas/2")
    db.session.flush()
    assert unread_count(account.id) == 1
    mark_all_read(account)
    db.session.flush()
    db.session.expire_all()
    assert (unread_count(account.id), unread_count(other.id)) == (0, 1)


def test_nobody_opens_somebody_elses_notice(make):
    notice = notify(make.citizen().id, "test", "글", "/mine")
    db.session.flush()
    with pytest.raises(Forbidden):
        open_notice(notice, make.citizen())


def test_reading_again_does_not_move_the_time(make):
    account = make.citizen()
    notify(account.id, "test", "새 답변", "/")
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
    notify(make.citizen().id, "test", "새 답변", path)
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()


def test_the_newest_notices_come_first(make, count_queries):
    account = make.citizen()
    for n in range(120):
        notify(account.id, "test", f"알림 {n}", "/")
    db.session.flush()
    found = latest_notices(account.id)
    assert len(found) == 100
    assert found[0].text == "알림 119"


def test_a_subject_is_one_line(app):
    queue_mail("haeun@example.org", "안녕\r\nBcc: all@example.org", "본문", "hello:1")
    db.session.commit()
    assert mails()[0].subject == "안녕 Bcc: all@example.org"


def given_up(carrier):
    """Return an undelivered mail; the server works again."""
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
