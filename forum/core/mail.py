"""Carrying a written mail out of the house. What is said, and to whom, is decided by the slices' `mails.py`.

`folder` (the default) writes each mail as an .eml file that any mail program opens; `smtp` sends it.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
import tempfile
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol

from flask import Flask

from forum.core import clock

MIN_PERMANENT_CODE = 500  # SMTP codes from here on are for good, those of 400 for now


class MailError(Exception):
    """The mail could not be handed over; try again later."""


class MailRefused(MailError):
    """The other side will never take this mail, e.g. because there is no such address: trying again is no use."""


class Transport(Protocol):
    def send(self, message: EmailMessage, key: str) -> None:
        """Hand `message` over.

        :raise MailError: it was not taken, or nobody can tell
        :raise MailRefused: it will never be
        """


class FolderTransport:
    """Mails as files in a folder, named by their key: the same mail written twice is one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage, key: str) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^A-Za-z0-9._-]", "_", key) + ".eml"
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                file.write(message.as_bytes())
            os.replace(file.name, self.folder / name)
        except OSError as error:
            raise MailError(str(error)) from error


class SmtpTransport:
    """One connection per mail.

    :param security: "starttls", "tls" (from the first byte) or "none"; with the first two a server that cannot, or
        whose certificate is not valid for `host`, gets no mail and no password
    """

    def __init__(self, host: str, port: int, user: str, password: str, timeout_seconds: int, security: str) -> None:
        self.host, self.port, self.user, self.password = host, port, user, password
        self.timeout_seconds, self.security = timeout_seconds, security

    def send(self, message: EmailMessage, key: str) -> None:
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(_reason(error)) from error
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _text in error.recipients.values()]
            raise (MailRefused if min(codes) >= MIN_PERMANENT_CODE else MailError)(_reason(error)) from error
        except smtplib.SMTPDataError as error:
            raise (MailRefused if error.smtp_code >= MIN_PERMANENT_CODE else MailError)(_reason(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(_reason(error)) from error
        finally:
            self._quit(server)

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _quit(self, server: smtplib.SMTP) -> None:
        """The mail was taken (or not) before this; however the goodbye goes, it makes no failure of it."""
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _reason(error: Exception) -> str:
    """What the server said, in one line. No address: smtplib's own words repeat the recipient."""
    code: int
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    else:
        return f"{type(error).__name__}: {error}"[:300]
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return f"{code} {' '.join(text.split())}"[:300]


def transport(app: Flask) -> Transport:
    settings = app.config
    if settings["MAIL_TRANSPORT"] == "smtp":
        return SmtpTransport(
            settings["SMTP_HOST"],
            settings["SMTP_PORT"],
            settings["SMTP_USER"],
            settings["SMTP_PASSWORD"],
            settings["SMTP_TIMEOUT_SECONDS"],
            settings["SMTP_SECURITY"],
        )
    return FolderTransport(Path(settings["INSTANCE_DIR"]) / "outbox")


def compose(
    sender: str, recipient: str, subject: str, body: str, key: str, written_at: datetime | None = None
) -> EmailMessage:
    """A plain text mail. The key makes its Message-ID, so that a second delivery is recognised as the same mail.

    :param written_at: its Date, so that a second delivery is the same to the last byte; default now
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(written_at or clock.now())
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    digest = re.sub(r"[^A-Za-z0-9._-]", "-", key)
    message["Message-ID"] = f"<{digest}@{domain}>" if digest else make_msgid(domain=domain)
    message.set_content(body)
    return message
