from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.system.texts.models import AboutText
from forum.system.texts.registry import EarlierState


class ConsentState(LabelledEnum):
    """State of a guardian's consent, derived from its dates."""

    ASKED = "ASKED"
    GIVEN = "GIVEN"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"
    REVOKED = "REVOKED"

    __labels__ = {
        ASKED: _l("기다리는 중"),
        GIVEN: _l("동의함"),
        REFUSED: _l("동의하지 않음"),
        LAPSED: _l("기한이 지남"),
        REVOKED: _l("동의를 거둠"),
    }


class GuardianConsent(Base):
    """One request to one guardian (법정대리인) and its outcome: who consented, when, and how that was verified.

    The guardian's name and address are erased if the request fails and when the child turns 14; the dates stay. A child
    without a consent in force waits: triggers keep `account.waits_for_consent` consistent with this table.
    """

    __tablename__ = "guardian_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    guardian_email: Mapped[str | None] = mapped_column(sa.String(254))
    guardian_name: Mapped[str | None] = mapped_column(sa.String(30))
    guardian_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """The guardian's own account, if the address has one."""
    verifier: Mapped[str] = mapped_column(sa.String(100))
    """How the guardian was verified: the name of a `GuardianVerifier`."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delete_after: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """When the account is deleted unless consent is given again; set when the consent is revoked."""

    account: Mapped[Account] = relationship(foreign_keys=[account_id])

    __table_args__ = (
        sa.CheckConstraint(
            "guardian_account_id IS NULL OR guardian_account_id <> account_id", name="never_ones_own_guardian"
        ),
        sa.CheckConstraint("verifier <> ''", name="says_how_it_was_checked"),
        sa.CheckConstraint("given_at IS NULL OR refused_at IS NULL", name="given_or_refused"),
        sa.CheckConstraint(
            "revoked_at IS NULL OR (given_at IS NOT NULL AND revoked_at >= given_at)", name="revoked_after_given"
        ),
        sa.CheckConstraint("delete_after IS NULL OR revoked_at IS NOT NULL", name="deletion_follows_revocation"),
        sa.Index(
            "uq_guardian_consent_in_force",
            "account_id",
            unique=True,
            sqlite_where=sa.text("given_at IS NOT NULL AND revoked_at IS NULL"),
            postgresql_where=sa.text("given_at IS NOT NULL AND revoked_at IS NULL"),
        ),
    )

    @property
    def state(self) -> ConsentState:
        if self.revoked_at is not None:
            return ConsentState.REVOKED
        if self.given_at is not None:
            return ConsentState.GIVEN
        if self.refused_at is not None:
            return ConsentState.REFUSED
        return ConsentState.ASKED if clock.now() < self.expires_at else ConsentState.LAPSED


class ConsentHiddenText(AboutText, Base):
    """A text hidden because a consent was revoked, with its earlier state."""

    __tablename__ = "consent_hidden_text"

    consent_id: Mapped[int] = mapped_column(sa.ForeignKey("guardian_consent.id"), index=True)
    was_state: Mapped[str] = mapped_column(sa.String(32))
    """Code of the kind's own states."""
    was_target_id: Mapped[int | None]

    __table_args__ = (sa.PrimaryKeyConstraint("text_kind", "text_id"),)

    @property
    def earlier(self) -> EarlierState:
        return EarlierState(self.was_state, self.was_target_id)
