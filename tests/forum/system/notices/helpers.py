"""Fixtures and helpers of the tests of notices and mail."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.core.mail import MailError
from forum.system.notices import services
from forum.system.notices.models import OutboxMail
from forum.system.notices.services import queue_mail


class Carrier:
    """A transport that records what it sends, and fails while `broken`."""

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
