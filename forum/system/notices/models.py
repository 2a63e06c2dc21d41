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


class OutboxMail(Base):
    """A mail written in the transaction of the act that asks for it; a worker sends it after the commit.

    `message_key` identifies mail and recipient, so that the same mail is never written twice.
    """

    __tablename__ = "outbox_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_key: Mapped[str] = mapped_column(sa.String(128), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
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
        sa.Index(None, "state", "next_attempt_at"),
    )
