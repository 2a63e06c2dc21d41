from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from itsdangerous import URLSafeSerializer

from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, NotFound
from forum.core.extensions import db
from forum.system.notices.models import MailOptOut, MailStream, Notice
from forum.system.notices.services import notify_all, notify_at_once, queue_mail
from forum.system.notices.streams import (
    choose_mail,
    leave_stream,
    leaving_token,
    left_streams,
    read_leaving_token,
    resume_stream,
    who_left,
)
from forum.system.notices.tasks import send_waiting_mail, write_daily_mail
from tests.forum.system.notices.helpers import mails

DAILY, OWN = MailStream.DAILY, MailStream.OWN


def tell_at_once(*accounts, key="answer:1"):
    addresses = {account.id: account.email for account in accounts}
    notify_at_once(addresses, "answered", "답변이 왔어요", "/mine", subject="답변", body="답변이 왔습니다.\n", key=key)
    db.session.commit()


def tell_daily(*accounts):
    notify_all([account.id for account in accounts], "answered", "답변이 왔어요", "/mine", in_daily_mail=True)
    db.session.commit()


def sent(app):
    """The mails in the folder, as the server would get them."""
    files = sorted((Path(app.config["INSTANCE_DIR"]) / "outbox").glob("*.eml"))
    return [file.read_bytes() for file in files]


# Leaving and taking up
def test_a_stream_is_left_and_taken_up_and_doing_it_twice_changes_nothing(make):
    account, other = make.citizen(), make.citizen()
    for _ in range(2):
        leave_stream(account.id, DAILY)
    assert left_streams(account.id) == {DAILY}
    assert (who_left(DAILY, [account.id, other.id]), who_left(OWN, [account.id])) == ({account.id}, set())
    for _ in range(2):
        resume_stream(account.id, DAILY)
    assert left_streams(account.id) == set()


def test_the_link_of_a_closed_account_keeps_nothing(make, client):
    account = make.citizen(active=False)
    assert client.post(f"/notices/leave/{leaving_token(account.id, DAILY)}").status_code == 200
    assert left_streams(account.id) == set()


def test_a_visitor_has_no_mail_to_choose(make):
    with pytest.raises(Forbidden):
        choose_mail(make.actor(Role.ANONYMOUS), DAILY, is_wanted=False)


def test_no_daily_mail_comes_and_what_was_missed_does_not_come_later(make):
    leaver, reader = make.citizen(), make.citizen()
    leave_stream(leaver.id, DAILY)
    tell_daily(leaver, reader)
    assert write_daily_mail() == 1
    assert [mail.recipient for mail in mails()] == [reader.email]
    resume_stream(leaver.id, DAILY)
    db.session.commit()
    assert write_daily_mail() == 0
    assert len(db.session.scalars(sa.select(Notice).where(Notice.account_id == leaver.id)).all()) == 1  # on the site
    with clock.at(clock.now() + timedelta(days=1)):
        tell_daily(leaver)
        assert write_daily_mail() == 1


def test_who_left_the_mails_that_come_at_once_gets_the_line_once_a_day(make):
    leaver, reader = make.citizen(), make.citizen()
    leave_stream(leaver.id, OWN)
    tell_at_once(leaver, reader)
    assert [(mail.recipient, mail.stream) for mail in mails()] == [(reader.email, OWN)]
    write_daily_mail()
    assert [(mail.recipient, mail.stream) for mail in mails()][1:] == [(leaver.email, DAILY)]


def test_a_mail_that_waits_is_not_sent_after_leaving(make):
    leaver, reader = make.citizen(), make.citizen()
    tell_at_once(leaver, reader)
    leave_stream(leaver.id, OWN)
    db.session.commit()
    assert [mail.recipient for mail in mails()] == [reader.email]
    assert send_waiting_mail() == 1


def test_telling_twice_mails_once(make):
    account = make.citizen()
    tell_at_once(account)
    tell_at_once(account)
    assert len(mails()) == 1


# The link
def test_a_mail_of_a_stream_has_the_link_and_the_headers_of_one_click(app, make, outbox):
    """The address must stand in the header as it is, however long: an encoded one is found by no mail program."""
    outbox()
    account = make.citizen()
    tell_at_once(account)
    send_waiting_mail()
    (raw,) = sent(app)
    message = message_from_bytes(raw, policy=policy.default)
    link = f"{app.config['BASE_URL']}/notices/leave/{leaving_token(account.id, OWN)}"
    assert f"List-Unsubscribe: <{link}>\n".encode() in raw
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in message.get_content()
    assert account.email not in link
    assert "leave/" not in mails()[0].body  # an administrator or a backup never holds the link


def test_a_mail_that_cannot_be_left_has_neither(app, outbox):
    outbox()
    queue_mail("haeun@example.org", "새 비밀번호", "링크\n", "reset:1")
    db.session.commit()
    send_waiting_mail()
    (raw,) = sent(app)
    assert b"List-Unsubscribe" not in raw
    assert b"leave/" not in raw


def test_the_second_delivery_is_the_same_to_the_last_byte(make):
    account = make.citizen()
    assert leaving_token(account.id, DAILY) == leaving_token(account.id, DAILY)


def test_a_link_opens_one_persons_one_stream_even_years_later_and_nothing_else(app, make):
    account = make.citizen()
    token = leaving_token(account.id, DAILY)
    with clock.at(clock.now() + timedelta(days=3_000)):
        assert read_leaving_token(token) == (account.id, DAILY)
    for_guardians = URLSafeSerializer(app.config["SECRET_KEY"], salt="guardian-manages").dumps([account.id, "DAILY"])
    key = URLSafeSerializer(app.config["SECRET_KEY"], salt="leave-mail")
    for wrong in (token[:-1], token.swapcase(), for_guardians, key.dumps([1, "PASSWORD"]), key.dumps(7), "", "x.y"):
        with pytest.raises(NotFound):
            read_leaving_token(wrong)


def test_a_get_only_asks_and_a_post_stops_it_without_sign_in_cookie_or_form(app, make, new_client):
    account = make.citizen()
    path = f"/notices/leave/{leaving_token(account.id, DAILY)}"
    page = new_client().get(path)
    assert (page.status_code, left_streams(account.id)) == (200, set())
    assert 'name="robots"' in page.text
    assert account.email not in page.text
    assert account.display_name not in page.text
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for _ in range(2):  # a mail program (RFC 8058), which follows no redirect
            response = new_client().post(path, data={"List-Unsubscribe": "One-Click"})
            assert (response.status_code, "멈췄어요" in response.text) == (200, True)
        assert left_streams(account.id) == {DAILY}
        assert new_client().post(f"{path}/undo").status_code == 400  # a form of ours has a token
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert new_client().post(f"{path}/undo").headers["Location"] == path
    assert left_streams(account.id) == set()
    assert "그만 받을까요" in new_client().get(path).text


def test_a_forged_link_says_so_and_stops_nothing(client, make):
    make.citizen()
    for method in ("GET", "POST"):
        assert client.open("/notices/leave/WzEsIkRBSUxZIl0.forged", method=method).status_code == 404
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailOptOut)) == 0


def test_the_link_of_a_real_mail_works(app, make, outbox, client):
    outbox()
    account = make.citizen()
    tell_daily(account)
    write_daily_mail()
    send_waiting_mail()
    path = re.search(r"(/notices/leave/\S+)", outbox()[0])[1]
    assert client.post(path).status_code == 200
    assert left_streams(account.id) == {DAILY}
