"""Send the outbox to a real SMTP server that disconnects, refuses or stays silent at each step of the dialogue."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from forum.core import clock
from forum.core.extensions import db
from forum.system.notices.models import MailState, OutboxMail
from forum.system.notices.services import queue_mail
from forum.system.notices.tasks import send_waiting_mail

STEPS_BEFORE_IT_IS_TAKEN = ("greeting", "EHLO", "MAIL", "RCPT", "DATA")


class Server:
    """Accepts mail, disconnects once at the step `breaks_at`; `says` overrides its replies."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.breaks_at, self.is_silent = "", False
        self.says: dict[str, str] = {}

    async def _step(self, name: str, server: SMTP) -> str:
        if self.breaks_at == name:
            if self.is_silent:
                await asyncio.sleep(30)
            self.breaks_at = ""
            server.transport.abort()
            return "421 gone"
        return self.says.get(name, "250 OK")

    async def handle_EHLO(self, server: SMTP, session: Any, envelope: Any, hostname: str, responses: list[str]) -> Any:  # noqa: N802
        session.host_name = hostname
        await self._step("EHLO", server)
        return responses

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return await self._step("MAIL", server)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        answer = await self._step("RCPT", server)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.says.get("body", "250 OK")
        if answer.startswith("2"):
            self.taken.append(envelope.original_content)
        return (await self._step("body", server)) if self.breaks_at else answer

    async def handle_QUIT(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = await self._step("QUIT", server)
        return "221 Bye" if answer == "250 OK" else answer


class Conversation(SMTP):
    """aiosmtpd's protocol that also disconnects at steps without a handler."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.event_handler.breaks_at == "greeting":
            self.event_handler.breaks_at = ""
            transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.event_handler.breaks_at == "DATA":
            self.event_handler.breaks_at = ""
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class ServerThread(Controller):
    def factory(self) -> SMTP:
        return Conversation(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(app, monkeypatch) -> Iterator[Server]:
    handler = Server()
    thread = ServerThread(handler, hostname="127.0.0.1", port=free_port())
    thread.start()
    settings = {
        "MAIL_TRANSPORT": "smtp",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": thread.port,
        "SMTP_SECURITY": "none",
        "SMTP_TIMEOUT_SECONDS": 2,
        "MAIL_FROM": "forum@example.org",
    }
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)
    yield handler
    thread.stop()


def write_mail() -> None:
    queue_mail("haeun@example.org", "[포럼] 답변이 왔습니다", "안녕하세요.\n.점으로 시작하는 줄\n", "answer:1:2")
    db.session.commit()


def row() -> OutboxMail:
    db.session.expire_all()
    return db.session.scalars(sa.select(OutboxMail)).one()


@contextmanager
def when_it_is_due() -> Iterator[None]:
    with clock.at(row().next_attempt_at):
        yield


def test_a_mail_arrives_whole(server):
    write_mail()
    assert send_waiting_mail() == 1
    (taken,) = server.taken
    message = message_from_bytes(taken, policy=policy.default)
    assert (message["To"], message["Subject"]) == ("haeun@example.org", "[포럼] 답변이 왔습니다")
    assert message.get_content().splitlines() == ["안녕하세요.", ".점으로 시작하는 줄"]
    assert row().state is MailState.SENT


@pytest.mark.parametrize("step", STEPS_BEFORE_IT_IS_TAKEN)
def test_a_connection_that_breaks_before_the_mail_is_taken_is_made_good_once(server, step):
    write_mail()
    server.breaks_at = step
    assert send_waiting_mail() == 0
    assert server.breaks_at == ""  # the server reached this step
    assert (row().state, row().attempts, server.taken) == (MailState.WAITING, 1, [])
    assert row().error
    with when_it_is_due():
        assert send_waiting_mail() == 1
        assert send_waiting_mail() == 0
    assert len(server.taken) == 1
    assert (row().state, row().error) == (MailState.SENT, "")


def test_a_connection_that_breaks_at_the_goodbye_sends_nothing_twice(server):
    write_mail()
    server.breaks_at = "QUIT"
    assert send_waiting_mail() == 1
    assert server.breaks_at == ""
    with clock.at(clock.now() + 100 * (row().next_attempt_at - clock.now())):
        assert send_waiting_mail() == 0
    assert len(server.taken) == 1


def test_where_nobody_can_tell_whether_it_arrived_it_goes_again_as_the_very_same_mail(server):
    """SMTP cannot guarantee this case: the server accepted the mail, but its reply got lost."""
    write_mail()
    server.breaks_at = "body"
    assert send_waiting_mail() == 0
    with when_it_is_due():
        assert send_waiting_mail() == 1
    assert len(server.taken) == 2
    assert len(set(server.taken)) == 1
    assert b"Message-ID: <answer-1-2@example.org>" in server.taken[0]


@pytest.mark.parametrize(
    ("step", "says", "state"),
    [
        ("RCPT", "550 no such user", MailState.FAILED),
        ("RCPT", "450 mailbox busy", MailState.WAITING),
        ("body", "554 looks like spam", MailState.FAILED),
        ("body", "452 disk full", MailState.WAITING),
        ("MAIL", "530 not you", MailState.WAITING),  # our own configuration is wrong: an admin corrects it
    ],
)
def test_a_refusal_for_good_is_given_up_at_once_and_one_for_now_is_not(server, step, says, state):
    write_mail()
    server.says = {step: says}
    assert send_waiting_mail() == 0
    assert (row().state, row().error, server.taken) == (state, says, [])
    assert "haeun" not in row().error


def test_a_server_that_stays_silent_is_left_alone_after_a_while(app, server, monkeypatch):
    monkeypatch.setitem(app.config, "SMTP_TIMEOUT_SECONDS", 0.3)
    write_mail()
    server.breaks_at, server.is_silent = "MAIL", True
    assert send_waiting_mail() == 0
    assert (row().state, row().attempts) == (MailState.WAITING, 1)


def test_a_server_that_is_not_there_loses_nothing(app, server, monkeypatch):
    monkeypatch.setitem(app.config, "SMTP_PORT", free_port())
    write_mail()
    assert send_waiting_mail() == 0
    assert row().state is MailState.WAITING
    monkeypatch.undo()


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(app, server, monkeypatch):
    monkeypatch.setitem(app.config, "SMTP_SECURITY", "starttls")
    write_mail()
    assert send_waiting_mail() == 0
    assert server.taken == []
    assert "STARTTLS" in row().error
