from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.people.accounts.models import Participant
from forum.response.referrals.models import Referral
from forum.voice.ideas.models import Idea


class Certificate(Base):
    """정책이 된 제안: certifies that an idea was in a letter which a ministry accepted, wholly or partly.

    It stores no name. The author is shown only while a `NameConsent` is in force, by the account's present name. So a
    changed name or a closed account takes effect here too.
    """

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), index=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    referral: Mapped[Referral] = relationship()
    idea: Mapped[Idea] = relationship()
    participant: Mapped[Participant] = relationship()
    consent: Mapped[NameConsent | None] = relationship(
        primaryjoin="and_(Certificate.id == NameConsent.certificate_id, NameConsent.revoked_at.is_(None))",
        viewonly=True,
        uselist=False,
    )

    __table_args__ = (sa.UniqueConstraint("referral_id", "idea_id"),)

    @property
    def shown_name(self) -> str:
        """Return the author's name if they agreed to be named and their account is open, else an empty string."""
        account = self.participant.account
        named = self.consent is not None and account is not None and account.active
        return account.display_name if named and account else ""


class NameConsent(Base):
    """An author's consent to be named on the certificate, and when it was revoked. At most one is in force."""

    __tablename__ = "name_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(sa.ForeignKey("certificate.id"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("revoked_at IS NULL OR revoked_at >= given_at", name="revoked_after_given"),
        sa.Index(
            "uq_name_consent_in_force",
            "certificate_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )
