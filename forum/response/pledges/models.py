"""실천 약속: what somebody, a class, a village or a shop does itself, tied to what the state promised."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.people.accounts.models import Participant
from forum.response.pilots.models import Pilot
from forum.response.referrals.models import Milestone

MAX_GROUP_NAME_CHARS = 60
MAX_GROUP_SIZE = 1_000


class PledgeBy(LabelledEnum):
    PERSON = "PERSON"
    CLASS = "CLASS"
    VILLAGE = "VILLAGE"
    SHOP = "SHOP"

    __labels__ = {PERSON: _l("나"), CLASS: _l("우리 반"), VILLAGE: _l("우리 마을"), SHOP: _l("우리 가게")}


class Rhythm(LabelledEnum):
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"

    __labels__ = {DAY: _l("날마다"), WEEK: _l("주마다"), MONTH: _l("달마다")}


class CheckInOutcome(LabelledEnum):
    DONE = "DONE"
    SOME = "SOME"
    RESTED = "RESTED"

    __labels__ = {DONE: _l("했어요"), SOME: _l("조금 했어요"), RESTED: _l("쉬었어요")}


class PledgeState(LabelledEnum):
    VISIBLE = "VISIBLE"
    """Shown if `is_public`."""
    HIDDEN = "HIDDEN"
    """Hidden by moderation with a reason, or for want of a guardian's consent."""
    REMOVED = "REMOVED"
    """Left behind by somebody who left: the row stays for reports about it, and counts no more."""

    __labels__ = {VISIBLE: _l("공개"), HIDDEN: _l("숨김"), REMOVED: _l("지움")}


class Pledge(Base):
    """실천 약속: one row of the catalogue that somebody, or a group, keeps from a day on until they stop.

    Private unless `is_public`. A group has a name and a size, and only counts: nobody in it is named.
    """

    __tablename__ = "pledge"

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    milestone_id: Mapped[int | None] = mapped_column(sa.ForeignKey("milestone.id"))
    pilot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pilot.id"))
    """At most one of the two: the step or the pilot of this theme that it goes with."""
    item: Mapped[str] = mapped_column(sa.String(40))
    """Its row in `data/pledges.csv`."""
    made_by: Mapped[PledgeBy] = mapped_column(enum_type(PledgeBy, "pledge_by"), default=PledgeBy.PERSON)
    group_name: Mapped[str] = mapped_column(sa.String(MAX_GROUP_NAME_CHARS), default="")
    group_size: Mapped[int] = mapped_column(default=1)
    """How many people keep it: 1 for a person."""
    rhythm: Mapped[Rhythm] = mapped_column(enum_type(Rhythm, "pledge_rhythm"))
    starts_on: Mapped[date]
    is_public: Mapped[bool] = mapped_column(default=False)
    reminds: Mapped[bool] = mapped_column(default=False)
    reminder_weekday: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    """0 Monday to 6 Sunday, for weekly and monthly pledges; a monthly one is reminded on the first such day."""
    reminded_on: Mapped[date | None]
    stopped_on: Mapped[date | None]
    state: Mapped[PledgeState] = mapped_column(enum_type(PledgeState, "pledge_state"), default=PledgeState.VISIBLE)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    author: Mapped[Participant] = relationship()
    theme: Mapped[Theme] = relationship()
    milestone: Mapped[Milestone | None] = relationship()
    pilot: Mapped[Pilot | None] = relationship()
    check_ins: Mapped[list[CheckIn]] = relationship(back_populates="pledge", order_by="CheckIn.period_from")

    __table_args__ = (
        sa.CheckConstraint("milestone_id IS NULL OR pilot_id IS NULL", name="goes_with_one_thing"),
        sa.CheckConstraint("(made_by = 'PERSON') = (group_name = '') OR state = 'REMOVED'", name="group_has_a_name"),
        sa.CheckConstraint(f"group_size BETWEEN 1 AND {MAX_GROUP_SIZE}", name="group_has_a_size"),
        sa.CheckConstraint("made_by <> 'PERSON' OR group_size = 1", name="person_is_one"),
        sa.CheckConstraint("reminder_weekday BETWEEN 0 AND 6", name="reminded_on_a_weekday"),
        sa.CheckConstraint("stopped_on IS NULL OR stopped_on >= starts_on", name="stops_after_it_starts"),
        sa.CheckConstraint(
            "state <> 'REMOVED' OR (group_name = '' AND stopped_on IS NOT NULL)", name="removed_is_over"
        ),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "uq_pledge_kept_once",
            "author_id",
            "theme_id",
            "item",
            "made_by",
            "group_name",
            unique=True,
            sqlite_where=sa.text("stopped_on IS NULL"),
            postgresql_where=sa.text("stopped_on IS NULL"),
        ),
    )

    @validates("group_name")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class CheckIn(Base):
    """기록: how one period of a pledge went. Made on a day of that period, once."""

    __tablename__ = "check_in"

    pledge_id: Mapped[int] = mapped_column(sa.ForeignKey("pledge.id"), primary_key=True)
    period_from: Mapped[date] = mapped_column(primary_key=True)
    period_until: Mapped[date]
    """Last day of the day, week (Monday to Sunday) or month."""
    recorded_on: Mapped[date] = mapped_column(default=clock.today)
    outcome: Mapped[CheckInOutcome] = mapped_column(enum_type(CheckInOutcome, "check_in_outcome"))
    n_kept: Mapped[int | None]
    """Of a group: how many kept it."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    pledge: Mapped[Pledge] = relationship(back_populates="check_ins")

    __table_args__ = (
        sa.CheckConstraint("recorded_on BETWEEN period_from AND period_until", name="recorded_in_its_period"),
        sa.CheckConstraint(f"n_kept BETWEEN 0 AND {MAX_GROUP_SIZE}", name="count_is_within_a_group"),
    )
