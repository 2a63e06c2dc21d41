from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.deliberation.gatherings.models import Gathering


class MinutesState(LabelledEnum):
    DRAFT = "DRAFT"
    """Its facilitators edit it."""
    ASKED = "ASKED"
    """The people of the room read and answer it."""
    CONFIRMED = "CONFIRMED"
    """Published: most of those who answered say it is right."""
    UNCONFIRMED = "UNCONFIRMED"
    """Published: nobody answered in time."""
    REFUSED = "REFUSED"
    """Most of those who answered, or half of them, say it is not right. It is edited and asked again, or stays so."""

    __labels__ = {
        DRAFT: _l("쓰는 중"),
        ASKED: _l("확인 받는 중"),
        CONFIRMED: _l("참여자가 확인함"),
        UNCONFIRMED: _l("확인한 사람이 없음"),
        REFUSED: _l("확인 받지 못함"),
    }


PUBLISHED_STATES = frozenset({MinutesState.CONFIRMED, MinutesState.UNCONFIRMED})


class GatheringMinutes(Base):
    """The minutes of a finished gathering. `facts` is what happened, frozen when they were drafted."""

    __tablename__ = "gathering_minutes"

    id: Mapped[int] = mapped_column(primary_key=True)
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"), unique=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    state: Mapped[MinutesState] = mapped_column(enum_type(MinutesState, "minutes_state"), default=MinutesState.DRAFT)
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    agreements: Mapped[str] = mapped_column(sa.Text, default="")
    """One a line; those that the draft found name their idea as #3."""
    open_questions: Mapped[str] = mapped_column(sa.Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Numbers, ideas and tallies of that moment (`deliberation.minutes.facts`); never who voted what."""
    round: Mapped[int] = mapped_column(sa.SmallInteger, default=1)
    """How often the room was asked; answers are of one round."""
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    gathering: Mapped[Gathering] = relationship()

    __table_args__ = (
        sa.CheckConstraint("(asked_at IS NULL) = (closes_at IS NULL)", name="asked_until_a_day"),
        sa.CheckConstraint("closes_at > asked_at", name="closes_after_it_was_asked"),
        sa.CheckConstraint("state = 'DRAFT' OR asked_at IS NOT NULL", name="asked_before_it_is_out"),
        sa.CheckConstraint(
            "(state IN ('CONFIRMED', 'UNCONFIRMED', 'REFUSED')) = (decided_at IS NOT NULL)", name="decided_has_a_time"
        ),
        sa.CheckConstraint("round >= 1 AND revision >= 1", name="counts_from_one"),
    )

    @validates("summary", "agreements", "open_questions")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

    @property
    def is_published(self) -> bool:
        return self.state in PUBLISHED_STATES and not self.is_hidden


class MinutesAnswer(Base):
    """What one person of the room says about the minutes. An objection is printed with them."""

    __tablename__ = "minutes_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering_minutes.id"))
    round: Mapped[int] = mapped_column(sa.SmallInteger)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering_entry.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    """NULL once the lists of the gathering are deleted."""
    agrees: Mapped[bool]
    objection: Mapped[str] = mapped_column(sa.Text, default="")
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    minutes: Mapped[GatheringMinutes] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("minutes_id", "round", "entry_id"),
        sa.CheckConstraint("agrees <> (objection <> '')", name="who_disagrees_says_why"),
    )

    @validates("objection")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class MinutesQuote(Base):
    """A sentence of one of the room's ideas, quoted by its number. Its writer can withdraw it."""

    __tablename__ = "minutes_quote"

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering_minutes.id"))
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"))
    text: Mapped[str] = mapped_column(sa.Text)
    """Empty once it was withdrawn."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("minutes_id", "idea_id"),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (text <> '')", name="withdrawn_is_gone"),
    )
