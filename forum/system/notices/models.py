from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l


class Notice(Base):
    """A line on an account's notice page. `path` is the page of this site that it links to."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(64))
    text: Mapped[str] = mapped_column(sa.Text)
    path: Mapped[str] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    in_daily_mail: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    mailed_on: Mapped[date | None]
    """The day in Seoul whose daily mail contained it."""

    __table_args__ = (
        sa.CheckConstraint("path LIKE '/%'", name="path_is_on_this_site"),
        sa.Index(None, "account_id", "read_at"),
        sa.Index(
            "ix_notice_waits_for_mail",
            "account_id",
            sqlite_where=sa.text("in_daily_mail AND mailed_on IS NULL"),
            postgresql_where=sa.text("in_daily_mail AND mailed_on IS NULL"),
        ),
        sa.Index("ix_notice_mailed", "account_id", "mailed_on"),
    )


class MailState(LabelledEnum):
    WAITING = "WAITING"
    SENT = "SENT"
    FAILED = "FAILED"

    __labels__ = {
        WAITING: _l("보내기 전"),
        SENT: _l("보냄"),
        FAILED: _l("보내지 못함"),
    }


class MailStream(LabelledEnum):
    """Mails that a person may leave together. Mails outside any stream cannot be left: they are about signing in, a
    guardian's consent, leaving, or work that somebody has to do."""

    DAILY = "DAILY"
    OWN = "OWN"

    __labels__ = {
        DAILY: _l("하루 한 번 보내는 알림 메일"),
        OWN: _l("내 글과 모임에 대해 바로 보내는 메일"),
    }


class MailOptOut(Base):
    """A person does not want the mails of this stream. The notices on the site stay."""

    __tablename__ = "mail_opt_out"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    stream: Mapped[MailStream] = mapped_column(enum_type(MailStream, "mail_stream"), primary_key=True)
    left_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class OutboxMail(Base):
    """A mail written in the transaction of the act that asks for it; a worker sends it after the commit.

    `message_key` identifies mail and recipient, so that the same mail is never written twice. A mail of a stream names
    its account: the link that leaves the stream is made when the mail is sent, and never stored. So it is with a mail
    to somebody without an account: `leaving` says what to leave, as "kind:code" (`leaving.py`).
    """

    __tablename__ = "outbox_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_key: Mapped[str] = mapped_column(sa.String(128), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    stream: Mapped[MailStream | None] = mapped_column(enum_type(MailStream, "outbox_stream"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    leaving: Mapped[str | None] = mapped_column(sa.String(64))
    is_mailing: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """It goes to many, and waits while mailings are held (`holding.py`)."""
    useful_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it is dropped instead of sent, such as a reminder once the day is over."""
    state: Mapped[MailState] = mapped_column(enum_type(MailState, "mail_state"), default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    error: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def masked_recipient(self) -> str:
        """Return enough to recognise a known address, too little to learn an unknown one."""
        name, _, domain = self.recipient.rpartition("@")
        return f"{name[:1]}***@{domain}"

    __table_args__ = (
        sa.CheckConstraint("(state = 'SENT') = (sent_at IS NOT NULL)", name="sent_has_a_time"),
        sa.CheckConstraint("(stream IS NULL) = (account_id IS NULL)", name="stream_names_its_account"),
        sa.CheckConstraint("leaving IS NULL OR stream IS NULL", name="leaves_one_thing"),
        sa.Index(None, "state", "next_attempt_at"),
    )
