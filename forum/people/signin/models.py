from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l


class Outcome(LabelledEnum):
    FAILED = "FAILED"
    SIGNED_IN = "SIGNED_IN"

    __labels__ = {
        FAILED: _l("로그인하지 못함"),
        SIGNED_IN: _l("로그인함"),
    }


class SigninAttempt(Base):
    """One attempt to sign in, kept for two days to slow down guessing (`forum.people.signin.attempts`).

    Address and network cannot be read here: they are hashed with the application's secret key.
    """

    __tablename__ = "signin_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_hash: Mapped[str] = mapped_column(sa.String(32))
    """Of the address's key (`identity.email_key`), whether or not it has an account: both are slowed down alike."""
    network_hash: Mapped[str] = mapped_column(sa.String(32))
    device_hash: Mapped[str | None] = mapped_column(sa.String(32))
    """Of a device that has signed in to this account before; NULL for other devices."""
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome, "signin_outcome"), default=Outcome.FAILED)
    """FAILED until the password was found right, so that concurrent attempts count each other."""
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)

    __table_args__ = (
        sa.CheckConstraint("length(account_hash) = 32 AND length(network_hash) = 32", name="only_hashes_are_kept"),
        sa.Index(None, "account_hash", "at"),
        sa.Index(None, "network_hash", "at"),
    )
