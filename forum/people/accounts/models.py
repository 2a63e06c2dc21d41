from __future__ import annotations

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.access import Role
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.identity import email_key, mailbox_key

GUEST_NAME = _l("모임 참여자")
"""How everybody sees somebody who wrote without an account, in a gathering."""


class CouncilSeat(LabelledEnum):
    CIVIL = "CIVIL"
    GOVERNMENT = "GOVERNMENT"

    __labels__ = {
        CIVIL: _l("민간위원"),
        GOVERNMENT: _l("정부위원"),
    }


class Account(UserMixin, Base):
    """A person who can sign in. Without a granted role the account is a citizen's."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    email_key: Mapped[str] = mapped_column(sa.String(254), unique=True)
    """`identity.email_key` of the address: one address has one account however it is spelled; follows `email`."""
    mailbox_key: Mapped[str | None] = mapped_column(sa.String(254))
    """Identifies the mailbox of the address, so that one person has one account; follows `email`. NULL for accounts
    that shared a mailbox before this rule."""
    display_name: Mapped[str] = mapped_column(sa.String(30))
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True, default=lambda: uuid.uuid4().hex)
    """Names the account in session cookies. A new one at sign-out and password change invalidates old cookies."""
    reset_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The minute of the last request for a new password; links of earlier minutes are invalid."""
    birth_year: Mapped[int | None] = mapped_column(sa.SmallInteger)
    needs_consent_until: Mapped[date | None]
    """The day a person under 14 turns 14 (Seoul). Nothing else of the birth date is stored; cleared that day."""
    waits_for_consent: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Under 14 and without a guardian's consent: triggers reject the person's ideas, votes and comments."""
    must_agree: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """Has not agreed to the present consent and terms (`forum.people.policies`): asked before the next act."""
    region_code: Mapped[str | None] = mapped_column(sa.String(2))
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    participant: Mapped[Participant] = relationship(back_populates="account", lazy="joined", innerjoin=False)
    grant: Mapped[RoleGrant | None] = relationship(
        primaryjoin="and_(Account.id == RoleGrant.account_id, RoleGrant.revoked_at.is_(None))",
        lazy="joined",
        viewonly=True,
        uselist=False,
    )

    __table_args__ = (
        sa.CheckConstraint("birth_year IS NULL OR birth_year BETWEEN 1900 AND 2100", name="birth_year_is_a_year"),
        sa.CheckConstraint("NOT waits_for_consent OR needs_consent_until IS NOT NULL", name="only_children_wait"),
        sa.Index("uq_account_mailbox_key", "mailbox_key", unique=True),
    )

    @validates("email")
    def _follow_email(self, _name: str, email: str) -> str:
        self.email_key, self.mailbox_key = email_key(email), mailbox_key(email)
        if not self.email_key:  # what anybody types that is no address has this key: it must find nobody
            raise ValueError("not an address")
        return email

    @property
    def role(self) -> Role:
        return self.grant.role if self.grant else Role.CITIZEN

    @property
    def ministry_id(self) -> int | None:
        return self.grant.ministry_id if self.grant else None

    @property
    def can_approve_answers(self) -> bool:
        """May this officer approve answers that colleagues of the same ministry write?"""
        return self.grant is not None and self.grant.can_approve_answers

    @property
    def participant_id(self) -> int | None:
        return self.participant.id if self.participant else None

    @property
    def is_confirmed(self) -> bool:
        """Has the address been confirmed? Until then the person cannot take part."""
        return self.confirmed_at is not None

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]
        """Always empty: Flask-Security's roles are not used; see `role` and `grant`."""
        return []


class RoleGrant(Base):
    """A role granted to an account: by whom, from when to when. At most one per account is in force."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    role: Mapped[Role] = mapped_column(enum_type(Role, "granted_role"))
    ministry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ministry.id"))
    council_seat: Mapped[CouncilSeat | None] = mapped_column(enum_type(CouncilSeat, "council_seat"))
    can_approve_answers: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """결재권: may approve answers that other officers of the same ministry write."""
    granted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """NULL if a command granted it as the system."""
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("role NOT IN ('ANONYMOUS', 'GUEST', 'CITIZEN', 'SYSTEM')", name="role_can_be_granted"),
        sa.CheckConstraint("(role = 'MINISTRY_OFFICER') = (ministry_id IS NOT NULL)", name="officer_has_a_ministry"),
        sa.CheckConstraint("NOT can_approve_answers OR role = 'MINISTRY_OFFICER'", name="only_officers_approve"),
        sa.CheckConstraint("(role = 'COUNCIL_MEMBER') = (council_seat IS NOT NULL)", name="member_has_a_seat"),
        sa.CheckConstraint("granted_by_id IS NULL OR granted_by_id <> account_id", name="never_to_oneself"),
        sa.CheckConstraint("revoked_at IS NULL OR revoked_at >= granted_at", name="revoked_after_granted"),
        sa.Index(
            "uq_role_grant_in_force",
            "account_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )


class Participant(Base):
    """One person who writes and votes: somebody with an account, or a guest of a gathering with a pass."""

    __tablename__ = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), unique=True)
    guest_pass_id: Mapped[int | None] = mapped_column(sa.ForeignKey("guest_pass.id"))
    """The row of `people.passes`; NULL for people with an account."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    account: Mapped[Account | None] = relationship(back_populates="participant")

    @property
    def shown_name(self) -> str:
        """The account's display name, or a general word for a guest of a gathering."""
        return str(GUEST_NAME) if self.account is None else self.account.display_name

    __table_args__ = (
        sa.CheckConstraint("(account_id IS NULL) <> (guest_pass_id IS NULL)", name="is_exactly_one_person"),
        sa.Index("uq_participant_guest_pass_id", "guest_pass_id", unique=True),
    )
