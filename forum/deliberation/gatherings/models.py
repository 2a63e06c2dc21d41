from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.core.reference import Region, regions
from forum.people.accounts.models import Account, Participant
from forum.voice.campaigns.models import Campaign

MAX_SEATS = 300


class AgeGroup(LabelledEnum):
    """For whom a gathering is meant. Others are welcome too, unless its text says otherwise."""

    ANYONE = "ANYONE"
    CHILDREN = "CHILDREN"
    TEENS = "TEENS"
    YOUNG_ADULTS = "YOUNG_ADULTS"
    ADULTS = "ADULTS"
    SENIORS = "SENIORS"

    __labels__ = {
        ANYONE: _l("누구나"),
        CHILDREN: _l("어린이(만 14세 미만)"),
        TEENS: _l("청소년"),
        YOUNG_ADULTS: _l("청년"),
        ADULTS: _l("어른"),
        SENIORS: _l("어르신"),
    }


class GatheringState(LabelledEnum):
    DRAFT = "DRAFT"
    """Only its facilitators see it."""
    PLANNED = "PLANNED"
    """Announced: people register."""
    RUNNING = "RUNNING"
    """Its room is open: people join by the code, write and vote."""
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"

    __labels__ = {
        DRAFT: _l("준비 중"),
        PLANNED: _l("신청 받는 중"),
        RUNNING: _l("진행 중"),
        FINISHED: _l("끝남"),
        CANCELLED: _l("취소됨"),
    }


PUBLIC_STATES = frozenset(GatheringState) - {GatheringState.DRAFT}
"""States in which everybody finds a gathering, unless moderation hid it."""


class Gathering(Base):
    """A small in-person meeting of a campaign. Its room (`deliberation.rooms`) is open while it is RUNNING."""

    __tablename__ = "gathering"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    """Who opened it, as a participant: the author of its texts."""
    organiser_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    """The facilitator who is responsible for it now."""
    copied_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gathering.id"), index=True)
    """The finished gathering that was its template."""
    title: Mapped[str] = mapped_column(sa.String(100))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    host_name: Mapped[str] = mapped_column(sa.String(80), default="")
    """School, town or group that hosts it."""
    age_group: Mapped[AgeGroup] = mapped_column(enum_type(AgeGroup, "gathering_age_group"), default=AgeGroup.ANYONE)
    region_code: Mapped[str | None] = mapped_column(sa.String(2))
    place_name: Mapped[str] = mapped_column(sa.String(100), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    access_notes: Mapped[str] = mapped_column(sa.Text, default="")
    """How people get in: steps, lift, sign language, how to come by bus."""
    online_url: Mapped[str] = mapped_column(sa.String(500), default="")
    agenda: Mapped[str] = mapped_column(sa.Text, default="")
    """One item a line."""
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seats: Mapped[int] = mapped_column(sa.SmallInteger)
    held_seats: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    """Seats that are not given away online: for people who come by word of mouth or call."""
    state: Mapped[GatheringState] = mapped_column(
        enum_type(GatheringState, "gathering_state"), default=GatheringState.DRAFT
    )
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Hidden by moderation with a reason."""
    join_code: Mapped[str | None] = mapped_column(sa.String(8))
    """Eight digits, by which people join the room; NULL unless it is planned or running."""
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    n_present: Mapped[int | None] = mapped_column(sa.SmallInteger)
    """How many people were in the room, as the facilitator counted them; NULL until it is finished."""
    last_event_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The newest vote event when it was finished: the room's tallies count what was recorded until then."""
    last_number: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    """The highest number that an idea on its table ever had: one taken back leaves a gap, since sheets name it."""
    lists_until: Mapped[date | None]
    """The day on which registrations and the link between entries and people are deleted."""
    lists_deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship()
    author: Mapped[Participant] = relationship()
    organiser: Mapped[Account] = relationship()
    copied_from: Mapped[Gathering | None] = relationship(remote_side=[id])

    __table_args__ = (
        sa.UniqueConstraint("id", "campaign_id"),  # for composite foreign keys: a room's ideas are of its campaign
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint(f"seats BETWEEN 1 AND {MAX_SEATS}", name="has_seats"),
        sa.CheckConstraint("held_seats BETWEEN 0 AND seats", name="holds_no_more_than_its_seats"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="has_both_times"),
        sa.CheckConstraint("state = 'DRAFT' OR starts_at IS NOT NULL", name="announced_with_a_time"),
        sa.CheckConstraint("state <> 'PLANNED' OR announced_at IS NOT NULL", name="planned_was_announced"),
        sa.CheckConstraint("(state IN ('PLANNED', 'RUNNING')) = (join_code IS NOT NULL)", name="code_while_it_is_used"),
        sa.CheckConstraint(
            "(state IN ('RUNNING', 'FINISHED')) <= (started_at IS NOT NULL)", name="running_was_started"
        ),
        sa.CheckConstraint(
            "(state = 'FINISHED') = (finished_at IS NOT NULL) AND (finished_at IS NULL) = (n_present IS NULL) AND "
            "(finished_at IS NULL) = (last_event_id IS NULL)",
            name="finished_with_its_counts",
        ),
        sa.CheckConstraint("(state = 'CANCELLED') = (cancelled_at IS NOT NULL)", name="cancelled_has_a_time"),
        sa.CheckConstraint("cancelled_at IS NULL OR cancel_reason <> ''", name="cancelled_with_a_reason"),
        sa.CheckConstraint("n_present BETWEEN 0 AND seats", name="no_more_present_than_seats"),
        sa.CheckConstraint("copied_from_id IS NULL OR copied_from_id <> id", name="never_copied_from_itself"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index("uq_gathering_join_code", "join_code", unique=True),
        sa.Index(None, "campaign_id", "state", "starts_at"),
    )

    @validates("title", "summary", "host_name", "access_notes", "agenda", "cancel_reason")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

    @property
    def region(self) -> Region | None:
        return regions().get(self.region_code) if self.region_code else None

    @property
    def agenda_items(self) -> list[str]:
        return [line for line in self.agenda.splitlines() if line]

    @property
    def is_public(self) -> bool:
        return self.state in PUBLIC_STATES and not self.is_hidden


class GatheringHelper(Base):
    """An account that helps to run one gathering: checks in, types slips and counts sheets."""

    __tablename__ = "gathering_helper"

    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True, index=True)
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    account: Mapped[Account] = relationship(foreign_keys=[account_id])


class RegistrationState(LabelledEnum):
    SEATED = "SEATED"
    WAITING = "WAITING"
    CANCELLED = "CANCELLED"

    __labels__ = {
        SEATED: _l("자리 있음"),
        WAITING: _l("대기 중"),
        CANCELLED: _l("신청 취소"),
    }


class Registration(Base):
    """An account that wants to come. Deleted on `Gathering.lists_until`."""

    __tablename__ = "gathering_registration"

    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True, index=True)
    state: Mapped[RegistrationState] = mapped_column(enum_type(RegistrationState, "registration_state"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    """The waiting list is in this order; asking again after a cancellation goes to its end."""
    seated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()

    __table_args__ = (
        sa.CheckConstraint("state <> 'SEATED' OR seated_at IS NOT NULL", name="seated_has_a_time"),
        sa.Index(None, "gathering_id", "state", "asked_at"),
    )
