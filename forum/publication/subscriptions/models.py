from __future__ import annotations

import secrets
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.voice.campaigns.models import Campaign


class Rhythm(LabelledEnum):
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"

    __labels__ = {
        WEEKLY: _l("한 주에 한 번(월요일)"),
        MONTHLY: _l("한 달에 한 번(1일)"),
    }


class DigestSubscription(Base):
    """An address that gets a mail when new digests of a campaign are out. Deleted when its owner leaves.

    No mail but the one that asks for it goes to an address that has not been confirmed.
    """

    __tablename__ = "digest_subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    address: Mapped[str] = mapped_column(sa.String(254))
    address_key: Mapped[str] = mapped_column(sa.String(254))
    """`people.accounts.identity.email_key` of the address, so that one spelled otherwise is no second one."""
    nonce: Mapped[str] = mapped_column(sa.String(16), default=lambda: secrets.token_hex(8))
    """In every link, so that an old one does not open a row that got the number of a deleted one."""
    rhythm: Mapped[Rhythm] = mapped_column(enum_type(Rhythm, "digest_rhythm"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_mail_on: Mapped[date | None]
    """The day in Seoul from which the next mail is due."""
    last_digest_id: Mapped[int] = mapped_column(default=0)
    """The newest digest when it was confirmed, or in its last mail."""

    campaign: Mapped[Campaign] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "address_key"),
        sa.CheckConstraint("(confirmed_at IS NULL) = (next_mail_on IS NULL)", name="only_confirmed_gets_mail"),
        sa.CheckConstraint("confirmed_at IS NULL OR confirmed_at >= asked_at", name="confirmed_after_asked"),
        sa.CheckConstraint("length(nonce) = 16", name="has_a_nonce"),
        sa.Index(None, "next_mail_on"),
        sa.Index(None, "address_key"),
    )
