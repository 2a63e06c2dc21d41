"""Criteria with their weights, the scorecards of members, and what a closed stage's scores gave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.deliberation.council.models import Seat, TeamMember
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, RoundStage
from forum.people.accounts.models import Participant


class Beside(LabelledEnum):
    """A figure that pages show beside a criterion's scores."""

    NOTHING = "NOTHING"
    COMMON_GROUND = "COMMON_GROUND"
    UNDER_20 = "UNDER_20"

    __labels__ = {
        NOTHING: _l("없음"),
        COMMON_GROUND: _l("공감대"),
        UNDER_20: _l("20살 아래의 투표"),
    }


class Criterion(Base):
    """평가 기준 of a round with its weight. The weights add up to 100; a trigger fixes them once scoring opens."""

    __tablename__ = "council_criterion"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("council_round.id"))
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    name: Mapped[str] = mapped_column(sa.String(40))
    question: Mapped[str] = mapped_column(sa.String(200), default="")
    """What a member asks themselves, as a sentence."""
    weight: Mapped[int] = mapped_column(sa.SmallInteger)
    """Per cent."""
    beside: Mapped[Beside] = mapped_column(enum_type(Beside, "criterion_beside"), default=Beside.NOTHING)

    round: Mapped[CouncilRound] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("round_id", "position"),
        sa.UniqueConstraint("round_id", "name"),
        sa.CheckConstraint("name <> ''", name="has_a_name"),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name="weighs_something"),
    )


class Scorecard(Base):
    """평가표: one member's scores of one task at one stage, with a reason. Hidden from others until the stage closes.

    `author_id` is the participant of the account that filled it in: what is published names nobody, unless its member
    shows it (`shows_name`).
    """

    __tablename__ = "scorecard"

    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("council_stage.id"), index=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), index=True)
    seat_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_seat.id"))
    team_member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_team_member.id"))
    """Exactly one of the two."""
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    far_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the member was asked why they are far from the others."""
    far_reason: Mapped[str] = mapped_column(sa.Text, default="")
    shows_name: Mapped[bool] = mapped_column(default=False)
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Moderation hides the words; the scores count all the same."""
    taken_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a conflict declared late took it out of the results."""
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    stage: Mapped[RoundStage] = relationship()
    task: Mapped[CouncilTask] = relationship()
    seat: Mapped[Seat | None] = relationship()
    team_member: Mapped[TeamMember | None] = relationship()
    author: Mapped[Participant] = relationship()
    scores: Mapped[list[CriterionScore]] = relationship(
        back_populates="scorecard", order_by="CriterionScore.criterion_id"
    )

    __table_args__ = (
        sa.UniqueConstraint("stage_id", "task_id", "seat_id"),
        sa.UniqueConstraint("stage_id", "task_id", "team_member_id"),
        sa.CheckConstraint("(seat_id IS NULL) <> (team_member_id IS NULL)", name="is_of_one_person"),
        sa.CheckConstraint("reason <> ''", name="has_a_reason"),
        sa.CheckConstraint("far_reason = '' OR far_asked_at IS NOT NULL", name="answers_what_was_asked"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )

    @validates("reason", "far_reason")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class CriterionScore(Base):
    """1 to 5 on one criterion."""

    __tablename__ = "criterion_score"

    scorecard_id: Mapped[int] = mapped_column(sa.ForeignKey("scorecard.id"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(sa.ForeignKey("council_criterion.id"), primary_key=True)
    value: Mapped[int] = mapped_column(sa.SmallInteger)

    scorecard: Mapped[Scorecard] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship()

    __table_args__ = (sa.CheckConstraint("value BETWEEN 1 AND 5", name="is_one_to_five"),)


class StageResult(Base):
    """What a closed stage's scores gave, as one job computed it. A later number replaces it after a late conflict."""

    __tablename__ = "council_stage_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(sa.ForeignKey("council_stage.id"))
    number: Mapped[int] = mapped_column(default=1)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    n_cards: Mapped[int]
    n_taken_out: Mapped[int] = mapped_column(default=0)
    parameters: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """{"seed", "draws", "weights": {criterion id: per cent}}"""

    stage: Mapped[RoundStage] = relationship()
    tasks: Mapped[list[TaskResult]] = relationship(back_populates="result", order_by="TaskResult.rank")

    __table_args__ = (
        sa.UniqueConstraint("stage_id", "number"),
        sa.CheckConstraint("number >= 1", name="counts_from_one"),
        sa.CheckConstraint("n_taken_out BETWEEN 0 AND n_cards", name="taken_out_of_the_cards"),
    )


class TaskResult(Base):
    """One task in a stage's result. Scores are weighted means, 1..5; intervals are 90 % bootstrap over members."""

    __tablename__ = "council_task_result"

    result_id: Mapped[int] = mapped_column(sa.ForeignKey("council_stage_result.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), primary_key=True)
    rank: Mapped[int]
    n: Mapped[int]
    """Scorecards that count."""
    mean: Mapped[float | None]
    median: Mapped[float | None]
    spread: Mapped[float | None]
    """Interquartile range of the members' weighted scores."""
    rank_low: Mapped[int | None]
    rank_high: Mapped[int | None]
    distribution: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """{criterion id: [how many gave 1, 2, 3, 4, 5]}"""

    result: Mapped[StageResult] = relationship(back_populates="tasks")
    task: Mapped[CouncilTask] = relationship()

    __table_args__ = (
        sa.CheckConstraint("rank >= 1 AND n >= 0", name="counts_are_possible"),
        sa.CheckConstraint("(n = 0) = (median IS NULL)", name="something_was_scored"),
        sa.CheckConstraint("mean BETWEEN 1 AND 5 AND median BETWEEN 1 AND 5", name="scores_are_one_to_five"),
        sa.CheckConstraint("spread BETWEEN 0 AND 4", name="spread_is_possible"),
        sa.CheckConstraint("rank_low <= rank_high", name="interval_is_in_order"),
    )
