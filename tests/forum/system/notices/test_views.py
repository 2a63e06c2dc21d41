from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.system.notices.models import MailState, OutboxMail
from forum.system.notices.queries import unread_count
from forum.system.notices.services import notify, queue_mail

ROLES = [role for role in Role if role not in {Role.ANONYMOUS, Role.GUEST, Role.SYSTEM}]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_everybody_who_signs_in_has_notices(client, make, role):
    assert "아직 알림이 없어요" in client.login(make.account(role)).get("/notices").text


def test_a_visitor_has_none(client):
    assert client.get("/notices").status_code == 302
    assert client.post("/notices/read").status_code == 401


def test_notices_lead_on_and_are_escaped_and_ones_own(client, make):
    account, other = make.citizen(), make.citizen()
    notify(account.id, "test", "<b>새 답변</b>", "/referrals/3").read_at = clock.now()
    notice = notify(account.id, "test", "<b>또 하나</b>", "/ideas/1")
    notify(other.id, "test", "남의 알림", "/ideas/2")
    page = client.login(account).get("/notices").text
    assert '<a href="/referrals/3">&lt;b&gt;새 답변&lt;/b&gt;</a>' in page
    assert f'action="/notices/{notice.id}/open"' in page
    assert "&lt;b&gt;또 하나&lt;/b&gt;" in page
    assert "남의 알림" not in page
    assert "새 알림" in page


def test_opening_a_notice_marks_it_read_with_all_that_lead_to_the_same_page(client, make):
    account, other = make.citizen(), make.citizen()
    idea = make.idea()
    paths = (f"/ideas/{idea.id}", f"/ideas/{idea.id}", "/mine")
    first, same, elsewhere = (notify(account.id, "test", "글", path) for path in paths)
    theirs = notify(other.id, "test", "글", first.path)
    db.session.commit()
    client.login(account)
    response = client.post(f"/notices/{first.id}/open")
    assert (response.status_code, response.headers["Location"]) == (303, first.path)
    db.session.expire_all()
    assert [notice.read_at is None for notice in (first, same, elsewhere, theirs)] == [False, False, True, True]
    assert '<span class="count-badge">1<' in client.get(first.path).text
    read_at = first.read_at
    assert client.post(f"/notices/{first.id}/open").status_code == 303  # pressed twice
    db.session.expire_all()
    assert first.read_at == read_at


def test_no_get_opens_a_notice(client, make):
    """A browser that loads links in advance must not mark them read."""
    account = make.citizen()
    notice = notify(account.id, "test", "글", "/mine")
    db.session.commit()
    client.login(account)
    assert client.get(f"/notices/{notice.id}/open").status_code == 405
    assert unread_count(account.id) == 1


def test_somebody_elses_notice_is_not_there(client, make):
    theirs = notify(make.citizen().id, "test", "글", "/mine")
    db.session.commit()
    assert client.login(make.citizen()).post(f"/notices/{theirs.id}/open").status_code == 404
    db.session.expire_all()
    assert theirs.read_at is None


def test_looking_does_not_mark_as_read_but_the_button_does(client, make):
    account = make.citizen()
    notify(account.id, "test", "새 답변", "/")
    client.login(account).get("/notices")
    assert unread_count(account.id) == 1
    assert client.post("/notices/read").status_code == 302
    db.session.expire_all()
    assert unread_count(account.id) == 0
    page = client.get("/notices").text
    assert "새 알림" not in page
    assert "모두 읽음으로 표시" not in page


def test_the_number_of_new_notices_stands_on_every_page(client, make):
    account = make.citizen()
    for _ in range(3):
        notify(account.id, "test", "새 답변", "/")
    page = client.login(account).get("/").text
    assert '<span class="count-badge">3<' in page


def test_the_list_costs_the_same_for_one_and_for_fifty(client, make, count_queries):
    account = make.citizen()
    client.login(account)
    notify(account.id, "test", "새 답변", "/")
    db.session.commit()
    one = count_queries(lambda: client.get("/notices"))
    for _ in range(49):
        notify(account.id, "test", "새 답변", "/")
    db.session.commit()
    assert count_queries(lambda: client.get("/notices")) == one


def undelivered(make, **values):
    queue_mail("haeun.kim@example.org", "<b>답변</b>이 왔습니다", "비밀 링크", "answer:1:2")
    db.session.flush()
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    mail.state, mail.error, mail.attempts = MailState.FAILED, "550 <no> such user", 8
    db.session.commit()
    return mail


def test_an_admin_sees_what_was_not_delivered_and_why_but_neither_text_nor_whole_address(client, make):
    page = client.login(make.admin()).get("/notices/undelivered").text
    assert "보내지 못한 우편이 없어요" in page
    undelivered(make)
    page = client.get("/notices/undelivered").text
    assert "&lt;b&gt;답변&lt;/b&gt;이 왔습니다" in page
    assert "550 &lt;no&gt; such user" in page
    assert "h***@example.org" in page
    assert "haeun.kim" not in page
    assert "비밀 링크" not in page


def test_the_button_puts_it_back_into_the_outbox(client, make):
    mail = undelivered(make)
    client.login(make.admin())
    assert client.post(f"/notices/undelivered/{mail.id}/resend").status_code == 302
    db.session.expire_all()
    assert (mail.state, mail.attempts, mail.error) == (MailState.WAITING, 0, "")
    assert client.post(f"/notices/undelivered/{mail.id}/resend").status_code == 409


def test_what_is_tried_again_by_itself_is_only_counted(client, make):
    mail = undelivered(make)
    mail.state = MailState.WAITING
    page = client.login(make.admin()).get("/notices/undelivered").text
    assert "이 밖에 1통은" in page
    assert "다시 보내기" not in page


def test_the_jobs_page_leads_an_admin_there(client, make):
    assert "/notices/undelivered" in client.login(make.admin()).get("/jobs").text
    assert "/notices/undelivered" not in client.login(make.analyst()).get("/jobs").text
