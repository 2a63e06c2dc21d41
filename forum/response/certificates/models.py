from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Participant
from forum.response.referrals.models import Decision, Referral
from forum.voice.ideas.models import SHOWN_STATES, Idea


class RevocationReason(LabelledEnum):
    """Why a certificate was revoked."""

    ANSWER_CHANGED = "ANSWER_CHANGED"
    ISSUED_IN_ERROR = "ISSUED_IN_ERROR"
    REPLACED = "REPLACED"

    __labels__ = {
        ANSWER_CHANGED: _l("소관부처가 답변을 고쳤고, 새 답변은 이 제안을 받아들이지 않았어요."),
        ISSUED_IN_ERROR: _l("잘못 나간 증서예요. 소관부처의 답변은 이 제안을 받아들인다고 말하지 않았어요."),
        REPLACED: _l("소관부처가 이 제안에 한 결정을 고쳐, 새 증서로 바꾸었어요."),
    }


class Certificate(Base):
    """정책이 된 제안: certifies that a ministry accepted an idea, wholly or partly (`answers.acceptance`).

    One that does not hold is revoked for good and keeps its number: triggers refuse to delete a row and to change a
    revoked one, and no number is given twice. The idea may get another one later.

    It stores no name. The author is shown only while a `NameConsent` is in force, by the account's present name. So a
    changed name or a closed account takes effect here too.
    """

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"))
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), index=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    decision: Mapped[Decision] = mapped_column(enum_type(Decision, "certificate_decision"))
    """What it certifies: 수용 or 일부 수용."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_reason: Mapped[RevocationReason | None] = mapped_column(
        enum_type(RevocationReason, "certificate_revocation")
    )

    referral: Mapped[Referral] = relationship()
    idea: Mapped[Idea] = relationship()
    participant: Mapped[Participant] = relationship()
    consent: Mapped[NameConsent | None] = relationship(
        primaryjoin="and_(Certificate.id == NameConsent.certificate_id, NameConsent.revoked_at.is_(None))",
        viewonly=True,
        uselist=False,
    )

    __table_args__ = (
        sa.CheckConstraint("decision IN ('ACCEPTED', 'PARTLY')", name="certifies_acceptance"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_reason IS NULL)", name="revoked_has_a_reason"),
        sa.CheckConstraint("revoked_at IS NULL OR revoked_at >= issued_at", name="revoked_after_issued"),
        sa.Index(
            "uq_certificate_in_force",
            "referral_id",
            "idea_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},  # a number that was used once is not used again
    )

    @property
    def is_partial(self) -> bool:
        return self.decision is Decision.PARTLY

    @property
    def is_idea_shown(self) -> bool:
        return self.idea.state in SHOWN_STATES

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
