from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.deliberation.gatherings.models import Gathering
from forum.people.passes.models import GuestPass
from forum.voice.ideas.models import Idea


class EntryWay(LabelledEnum):
    """How somebody takes part in a room."""

    ACCOUNT = "ACCOUNT"
    PHONE = "PHONE"
    TABLET = "TABLET"
    PAPER = "PAPER"

    __labels__ = {
        ACCOUNT: _l("계정으로"),
        PHONE: _l("휴대전화로"),
        TABLET: _l("함께 쓰는 태블릿으로"),
        PAPER: _l("종이로"),
    }


class GatheringTablet(Base):
    """A device that is passed round in a room. Who opened it is signed out on it; its cookie opens this room only."""

    __tablename__ = "gathering_tablet"

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    opened_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GatheringEntry(Base):
    """One person in a room. Exactly one at a time: by an account, or by a guest pass.

    Paper entries are the writers of slips: one for each slip, since nobody knows who wrote which.
    """

    __tablename__ = "gathering_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"))
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    """Counts from 1 in each gathering: what the facilitator calls somebody whose name nobody needs."""
    way: Mapped[EntryWay] = mapped_column(enum_type(EntryWay, "entry_way"))
    pass_id: Mapped[int | None] = mapped_column(sa.ForeignKey("guest_pass.id"))
    participant_id: Mapped[int | None] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    """Whose ideas and votes are the entry's. NULL once the lists of the gathering are deleted."""
    tablet_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gathering_tablet.id"))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    admitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a facilitator checked the person in; a pass has the same time."""
    admitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    gathering: Mapped[Gathering] = relationship()
    guest_pass: Mapped[GuestPass | None] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("gathering_id", "number"),
        sa.UniqueConstraint("gathering_id", "participant_id"),
        sa.UniqueConstraint("pass_id"),
        sa.CheckConstraint("number >= 1", name="number_counts_from_one"),
        sa.CheckConstraint("way <> 'ACCOUNT' OR pass_id IS NULL", name="account_needs_no_pass"),
        sa.CheckConstraint("(way = 'TABLET') = (tablet_id IS NOT NULL)", name="tablet_is_named"),
        sa.CheckConstraint("(admitted_at IS NULL) = (admitted_by_id IS NULL)", name="admitted_by_somebody"),
        sa.Index("uq_gathering_entry_id_gathering_id", "id", "gathering_id", unique=True),
    )


class RoomIdeaWay(LabelledEnum):
    """How an idea came onto a room's table."""

    ACCOUNT = "ACCOUNT"
    PHONE = "PHONE"
    TABLET = "TABLET"
    PAPER = "PAPER"
    BROUGHT = "BROUGHT"
    """An idea of the campaign that the facilitator brought along to talk about. It was not born here."""

    __labels__ = {
        ACCOUNT: _l("계정으로 씀"),
        PHONE: _l("휴대전화로 씀"),
        TABLET: _l("태블릿으로 씀"),
        PAPER: _l("종이에 씀"),
        BROUGHT: _l("포럼에서 가져옴"),
    }


class IdeaRoom(Base):
    """An idea on a room's table. Where it was born there, this is its room on the whole thread, once for each idea."""

    __tablename__ = "idea_room"

    gathering_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    idea_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    campaign_id: Mapped[int] = mapped_column()
    """Of both: the foreign keys keep them the same."""
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    """What the room calls it, on screens and vote sheets: counts from 1 in each gathering."""
    way: Mapped[RoomIdeaWay] = mapped_column(enum_type(RoomIdeaWay, "room_idea_way"))
    entry_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gathering_entry.id"))
    """Who wrote it here; NULL for one that was brought."""
    slip_number: Mapped[int | None] = mapped_column(sa.SmallInteger)
    """Printed on the paper it was written on."""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    gathering: Mapped[Gathering] = relationship(foreign_keys=[gathering_id], viewonly=True)
    idea: Mapped[Idea] = relationship(foreign_keys=[idea_id], viewonly=True)

    __table_args__ = (
        sa.ForeignKeyConstraint(["gathering_id", "campaign_id"], ["gathering.id", "gathering.campaign_id"]),
        sa.ForeignKeyConstraint(["idea_id", "campaign_id"], ["idea.id", "idea.campaign_id"]),
        sa.UniqueConstraint("gathering_id", "number"),
        sa.UniqueConstraint("gathering_id", "slip_number"),
        sa.CheckConstraint("number >= 1", name="number_counts_from_one"),
        sa.CheckConstraint("(way = 'PAPER') = (slip_number IS NOT NULL)", name="paper_has_a_slip"),
        sa.CheckConstraint("(way = 'BROUGHT') = (entry_id IS NULL)", name="written_by_somebody_here"),
        sa.Index(
            "uq_idea_room_born",
            "idea_id",
            unique=True,
            sqlite_where=sa.text("way <> 'BROUGHT'"),
            postgresql_where=sa.text("way <> 'BROUGHT'"),
        ),
    )


class RoomTally(Base):
    """How a room's people had voted on one of its ideas when the gathering ended.

    Counted from the vote events until `Gathering.last_event_id`. `flask forum check` recounts it as long as the lists
    are there. When somebody's account is closed, their votes leave it too.
    """

    __tablename__ = "room_tally"

    gathering_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    idea_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agree: Mapped[int]
    disagree: Mapped[int]
    pass_: Mapped[int] = mapped_column("pass")

    __table_args__ = (
        sa.ForeignKeyConstraint(["gathering_id", "idea_id"], ["idea_room.gathering_id", "idea_room.idea_id"]),
        sa.CheckConstraint('agree >= 0 AND disagree >= 0 AND "pass" >= 0', name="never_negative"),
    )
