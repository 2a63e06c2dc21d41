"""The council: its terms, the seats of its members, and the groups in which they and citizens work.

Seats and memberships are rows and not roles: who has one keeps the account's own role, ideas and votes.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account, CouncilSeat

MAX_NAME_CHARS = 40
MAX_OFFICE_CHARS = 80


class QuorumRule(LabelledEnum):
    """How many of the seats that are filled must be present for a vote to count."""

    MAJORITY = "MAJORITY"
    HALF = "HALF"
    TWO_THIRDS = "TWO_THIRDS"

    __labels__ = {
        MAJORITY: _l("위원의 과반수"),
        HALF: _l("위원의 절반"),
        TWO_THIRDS: _l("위원의 3분의 2"),
    }

    def needed(self, n_seats: int) -> int:
        """Return how many of this many seats must be present, 1 at least."""
        if self is QuorumRule.MAJORITY:
            return n_seats // 2 + 1
        return max(1, -(-n_seats // 2) if self is QuorumRule.HALF else -(-2 * n_seats // 3))


class CouncilTerm(Base):
    """기: one term of the council, with its rules."""

    __tablename__ = "council_term"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    quorum: Mapped[QuorumRule] = mapped_column(enum_type(QuorumRule, "quorum_rule"), default=QuorumRule.MAJORITY)
    needs_both_kinds: Mapped[bool] = mapped_column(default=True)
    """A quorum also needs at least one civil and one government member."""
    counts_online: Mapped[bool] = mapped_column(default=True)
    """Who attends by video counts as present."""
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    seats: Mapped[list[Seat]] = relationship(back_populates="term", order_by="Seat.id")

    __table_args__ = (
        sa.CheckConstraint("number >= 1 AND revision >= 1", name="counts_from_one"),
        sa.CheckConstraint("ends_on > starts_on", name="ends_after_it_starts"),
    )


class Seat(Base):
    """위원석: a place in the council that somebody holds from a day on, until it ends. Its name and office are public.

    One whose account is empty is held by somebody who does not sign in: they can be noted as present, and nothing more.
    """

    __tablename__ = "council_seat"

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(sa.ForeignKey("council_term.id"), index=True)
    kind: Mapped[CouncilSeat] = mapped_column(enum_type(CouncilSeat, "seat_kind"))
    name: Mapped[str] = mapped_column(sa.String(MAX_NAME_CHARS))
    office: Mapped[str] = mapped_column(sa.String(MAX_OFFICE_CHARS))
    """What the member is or speaks for: 환경부 차관, 초록건물협회 대표."""
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    substitute_name: Mapped[str] = mapped_column(sa.String(MAX_NAME_CHARS), default="")
    substitute_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    """대리인: may attend and vote at meetings in the member's place, and sign for an absent chair."""
    is_chair: Mapped[bool] = mapped_column(default=False)
    """공동위원장: one civil and one government member."""
    began_on: Mapped[date] = mapped_column(default=clock.today)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    revision: Mapped[int] = mapped_column(default=1)

    term: Mapped[CouncilTerm] = relationship(back_populates="seats")
    account: Mapped[Account | None] = relationship(foreign_keys=[account_id])
    substitute: Mapped[Account | None] = relationship(foreign_keys=[substitute_id])

    __table_args__ = (
        sa.UniqueConstraint("id", "term_id"),
        sa.CheckConstraint("name <> '' AND office <> ''", name="says_who"),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason = '')", name="ended_with_a_reason"),
        sa.CheckConstraint("substitute_id IS NULL OR substitute_name <> ''", name="substitute_has_a_name"),
        sa.CheckConstraint("account_id IS NULL OR account_id <> substitute_id", name="never_ones_own_substitute"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "uq_council_seat_account",
            "term_id",
            "account_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index(
            "uq_council_seat_substitute",
            "term_id",
            "substitute_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index(
            "uq_council_seat_chair",
            "term_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("is_chair AND ended_at IS NULL"),
            postgresql_where=sa.text("is_chair AND ended_at IS NULL"),
        ),
    )

    @property
    def in_office(self) -> bool:
        return self.ended_at is None


class GroupKind(LabelledEnum):
    SUBCOMMITTEE = "SUBCOMMITTEE"
    TEAM = "TEAM"
    """Citizens; the other two consist of seats."""
    DELEGATES = "DELEGATES"

    __labels__ = {
        SUBCOMMITTEE: _l("분과"),
        TEAM: _l("국민포럼팀"),
        DELEGATES: _l("대표단"),
    }


class CouncilGroup(Base):
    """A sub-committee, a people's-forum team, or the delegates of a term."""

    __tablename__ = "council_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(sa.ForeignKey("council_term.id"), index=True)
    kind: Mapped[GroupKind] = mapped_column(enum_type(GroupKind, "council_group_kind"))
    name: Mapped[str] = mapped_column(sa.String(MAX_NAME_CHARS))
    about: Mapped[str] = mapped_column(sa.String(200), default="")
    revision: Mapped[int] = mapped_column(default=1)

    term: Mapped[CouncilTerm] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("id", "term_id"),
        sa.UniqueConstraint("term_id", "name"),
        sa.CheckConstraint("name <> ''", name="has_a_name"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "uq_council_group_delegates",
            "term_id",
            unique=True,
            sqlite_where=sa.text("kind = 'DELEGATES'"),
            postgresql_where=sa.text("kind = 'DELEGATES'"),
        ),
    )


class GroupSeat(Base):
    """A seat in a sub-committee or among the delegates."""

    __tablename__ = "council_group_seat"

    group_id: Mapped[int] = mapped_column(primary_key=True)
    seat_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    term_id: Mapped[int]

    seat: Mapped[Seat] = relationship(foreign_keys=[seat_id], viewonly=True, primaryjoin="GroupSeat.seat_id == Seat.id")

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["group_id", "term_id"], ["council_group.id", "council_group.term_id"], name="fk_group_seat_group"
        ),
        sa.ForeignKeyConstraint(
            ["seat_id", "term_id"], ["council_seat.id", "council_seat.term_id"], name="fk_group_seat_seat"
        ),
    )


class TeamMember(Base):
    """A citizen in a people's-forum team. They stay a citizen with ideas and votes; their name is not published."""

    __tablename__ = "council_team_member"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("council_group.id"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    group: Mapped[CouncilGroup] = relationship()
    account: Mapped[Account] = relationship()

    __table_args__ = (
        sa.CheckConstraint("left_at IS NULL OR left_at >= joined_at", name="leaves_after_joining"),
        sa.Index(
            "uq_council_team_member",
            "group_id",
            "account_id",
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        ),
    )
