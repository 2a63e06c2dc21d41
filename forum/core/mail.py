"""Mail transports. The slices' `mails.py` decide what is written, and to whom.

`folder` (the default) writes each mail as an .eml file that any mail program opens; `smtp` sends it.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.header import Header
from email.headerregistry import HeaderRegistry, UniqueUnstructuredHeader, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Protocol

from flask import Flask

from forum.core import clock
from forum.core.files import make_private_folder, write_private

SUBJECT_PREFIX = "[탄소중립 국민포럼] "
MIN_PERMANENT_CODE = 500  # SMTP replies of 5xx are permanent, those of 4xx temporary


class MailError(Exception):
    """The mail was not accepted; try again later."""


class MailRefused(MailError):
    """The server refused this mail permanently, e.g. because there is no such address; do not try again."""


class Transport(Protocol):
    def send(self, message: EmailMessage, key: str) -> None:
        """Deliver `message` to the server or folder.

        :raise MailError: it was not accepted, or that is unknown
        :raise MailRefused: it was refused permanently
        """


class FolderTransport:
    """Write mails as files in a folder, named by their key: the same mail written twice is one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage, key: str) -> None:
        try:
            make_private_folder(self.folder)
            write_private(self.folder / (re.sub(r"[^A-Za-z0-9._-]", "_", key) + ".eml"), message.as_bytes())
        except OSError as error:
            raise MailError(str(error)) from error


class SmtpTransport:
    """Send mails by SMTP, with one connection per mail.

    :param security: "starttls", "tls" (from the first byte) or "none"; with the first two a server that does not
        support it, or whose certificate is not valid for `host`, gets no mail and no password
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
        """Close the connection. The mail was accepted or refused before this, so errors here do not matter."""
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _reason(error: Exception) -> str:
    """Return the server's reply in one line, without addresses: smtplib's own text repeats the recipient."""
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
    """Return the transport that the settings name."""
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


class _AddressHeader(UnstructuredHeader):
    """A header with one web address, which is written as it is.

    The library would encode an address longer than a line as words, and no mail program finds it then.
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


class _SubjectHeader(UniqueUnstructuredHeader):
    """A subject whose words stay apart: the library's own folding loses some of the spaces of a long Korean one."""

    def fold(self, *, policy: Policy) -> str:
        name: str = self.name  # type: ignore[attr-defined]
        return f"{name}: {Header(str(self), header_name=name).encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _SubjectHeader)  # type: ignore[arg-type]
_HEADERS.map_to_type("list-unsubscribe", _AddressHeader)  # type: ignore[arg-type]
_POLICY = default.clone(header_factory=_HEADERS)


def compose(
    sender: str,
    recipient: str,
    subject: str,
    body: str,
    key: str,
    written_at: datetime | None = None,
    leaving_url: str = "",
) -> EmailMessage:
    """Return a plain text mail. Its Message-ID comes from the key, so that a second delivery is seen as a copy.

    :param written_at: the Date header, so that a second delivery is the same to the last byte; default now
    :param leaving_url: where a POST stops such mails without any question (RFC 8058); empty if they cannot be stopped
    """
    message = EmailMessage(policy=_POLICY)
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(written_at or clock.now())
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    digest = re.sub(r"[^A-Za-z0-9._-]", "-", key)
    message["Message-ID"] = f"<{digest}@{domain}>" if digest else make_msgid(domain=domain)
    if leaving_url:
        message["List-Unsubscribe"] = f"<{leaving_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(body)
    return message
