from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Participant


class PassKind(LabelledEnum):
    """On what its holder takes part."""

    PHONE = "PHONE"
    TABLET = "TABLET"
    """One device that is passed round: each person has a pass of their own."""
    PAPER = "PAPER"
    """An idea slip: its stub holds the code. It never votes, and says nothing about its writer."""

    __labels__ = {
        PHONE: _l("내 휴대전화"),
        TABLET: _l("함께 쓰는 태블릿"),
        PAPER: _l("종이"),
    }


class GuestPass(Base):
    """One guest of a gathering: a person without an account, of whom nothing is known but that they were there.

    The code opens it on any device. It acts from the check-in until `acts_until`, and is read until `expires_at`; then
    the code is deleted, and nobody can open it any more. Triggers refuse ideas and votes of a pass that may not act.
    """

    __tablename__ = "guest_pass"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PassKind] = mapped_column(enum_type(PassKind, "pass_kind"))
    code_hash: Mapped[str | None] = mapped_column(sa.String(64))
    """`codes.hash_of` of the code; NULL once the pass has expired, was given up, or belongs to an account."""
    says_14_or_older: Mapped[bool]
    """The holder answered that they are 14 or older. Who is not takes part on paper, or by an account with consent."""
    terms_version: Mapped[int | None]
    """The version of the terms that the holder agreed to; NULL for paper."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a facilitator checked its holder in; NULL before that, and when it was taken back."""
    acts_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its gathering ended; NULL while it lasts."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    joined_to_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """The account that it was joined to. Its ideas and votes are that person's now."""

    participant: Mapped[Participant] = relationship(
        primaryjoin=lambda: GuestPass.id == sa.orm.foreign(Participant.guest_pass_id), uselist=False, viewonly=True
    )

    __table_args__ = (
        sa.CheckConstraint("says_14_or_older OR kind = 'PAPER'", name="only_paper_below_14"),
        sa.CheckConstraint("(terms_version IS NULL) = (kind = 'PAPER')", name="agreed_unless_paper"),
        sa.CheckConstraint("(joined_at IS NULL) = (joined_to_id IS NULL)", name="joined_to_somebody"),
        sa.CheckConstraint("joined_at IS NULL OR code_hash IS NULL", name="joined_has_no_code"),
        sa.CheckConstraint("expires_at IS NULL OR acts_until IS NOT NULL", name="expires_after_it_acted"),
        sa.CheckConstraint("expires_at >= acts_until", name="is_read_longest"),
        sa.Index("uq_guest_pass_code_hash", "code_hash", unique=True),
        sa.Index(None, "joined_to_id"),
        sa.Index(None, "expires_at"),
    )

    def may_act(self) -> bool:
        """May its holder write and vote now?"""
        is_open = self.acts_until is None or clock.now() < self.acts_until
        return self.admitted_at is not None and self.joined_at is None and is_open

    def may_be_read(self) -> bool:
        """May its holder see what is theirs, confirm minutes and withdraw a quote now?"""
        return self.joined_at is None and (self.expires_at is None or clock.now() < self.expires_at)
