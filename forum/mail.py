"""Carrying a written mail out of the house. What is said, and to whom, is decided by the slices' `mails.py`.

`folder` (the default) writes each mail as an .eml file that any mail program opens; `smtp` sends it.
"""

from __future__ import annotations

import os
import re
import smtplib
import tempfile
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol

from flask import Flask

from forum import clock


class MailError(Exception):
    """The mail could not be handed over; try again later."""


class Transport(Protocol):
    def send(self, message: EmailMessage, key: str) -> None:
        """Hand `message` over. :raise MailError: it was not taken"""


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
    """One connection per mail, with STARTTLS where a user name is set."""

    def __init__(self, host: str, port: int, user: str, password: str, timeout_seconds: int) -> None:
        self.host, self.port, self.user, self.password = host, port, user, password
        self.timeout_seconds = timeout_seconds

    def send(self, message: EmailMessage, key: str) -> None:
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds) as server:
                if self.user:
                    server.starttls()
                    server.login(self.user, self.password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(str(error)) from error


def transport(app: Flask) -> Transport:
    settings = app.config
    if settings["MAIL_TRANSPORT"] == "smtp":
        return SmtpTransport(
            settings["SMTP_HOST"],
            settings["SMTP_PORT"],
            settings["SMTP_USER"],
            settings["SMTP_PASSWORD"],
            settings["SMTP_TIMEOUT_SECONDS"],
        )
    return FolderTransport(Path(settings["INSTANCE_DIR"]) / "outbox")


def compose(sender: str, recipient: str, subject: str, body: str, key: str) -> EmailMessage:
    """A plain text mail. The key makes its Message-ID, so that a second delivery is recognised as the same mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(clock.now())
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    digest = re.sub(r"[^A-Za-z0-9._-]", "-", key)
    message["Message-ID"] = f"<{digest}@{domain}>" if digest else make_msgid(domain=domain)
    message.set_content(body)
    return message
