"""A round of the council: from a long list of tasks to the few that it chooses, in five stages."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.deliberation.council.models import CouncilGroup, CouncilTerm, Seat
from forum.deliberation.minutes.models import GatheringMinutes
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea

MAX_TASKS = 200
MAX_CHOSEN = 20


class StageKind(LabelledEnum):
    """The five stages, in their order."""

    LONG_LIST = "LONG_LIST"
    SUBCOMMITTEE = "SUBCOMMITTEE"
    PEOPLE_TEAM = "PEOPLE_TEAM"
    DELEGATES = "DELEGATES"
    ASSEMBLY = "ASSEMBLY"

    __labels__ = {
        LONG_LIST: _l("발굴"),
        SUBCOMMITTEE: _l("분과 심의"),
        PEOPLE_TEAM: _l("국민포럼팀 의견"),
        DELEGATES: _l("대표단 심의"),
        ASSEMBLY: _l("총회 확정"),
    }

    @property
    def is_scored(self) -> bool:
        """Do members fill in scorecards at this stage?"""
        return self in {StageKind.SUBCOMMITTEE, StageKind.PEOPLE_TEAM, StageKind.DELEGATES}


class RoundState(LabelledEnum):
    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"

    __labels__ = {
        PLANNED: _l("준비 중"),
        RUNNING: _l("고르는 중"),
        FINISHED: _l("끝남"),
    }


class CouncilRound(Base):
    """대표과제 선정: one round in which the council chooses tasks out of many.

    Both joint chairs sign the result; the second signature finishes the round.
    """

    __tablename__ = "council_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(sa.ForeignKey("council_term.id"), index=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    number: Mapped[int]
    """Counts the rounds of a term from 1."""
    title: Mapped[str] = mapped_column(sa.String(100))
    n_chosen: Mapped[int] = mapped_column(default=7)
    """How many tasks the council chooses at most."""
    seed: Mapped[str] = mapped_column(sa.String(32))
    """Random hexadecimal digits that settle ties and seed resampling, made and published when the round is planned."""
    state: Mapped[RoundState] = mapped_column(enum_type(RoundState, "council_round_state"), default=RoundState.PLANNED)
    civil_chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_seat.id"))
    civil_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    government_chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_seat.id"))
    government_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    term: Mapped[CouncilTerm] = relationship()
    campaign: Mapped[Campaign] = relationship()
    stages: Mapped[list[RoundStage]] = relationship(back_populates="round", order_by="RoundStage.position")

    __table_args__ = (
        sa.UniqueConstraint("term_id", "number"),
        sa.UniqueConstraint("id", "term_id"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name="counts_from_one"),
        sa.CheckConstraint(f"n_chosen BETWEEN 1 AND {MAX_CHOSEN}", name="chooses_a_few"),
        sa.CheckConstraint("length(seed) = 32", name="has_a_seed"),
        sa.CheckConstraint("(civil_chair_id IS NULL) = (civil_signed_at IS NULL)", name="civil_chair_signed_at"),
        sa.CheckConstraint(
            "(government_chair_id IS NULL) = (government_signed_at IS NULL)", name="government_chair_signed_at"
        ),
        sa.CheckConstraint("(state = 'FINISHED') = (finished_at IS NOT NULL)", name="finished_has_a_time"),
        sa.CheckConstraint(
            "state <> 'FINISHED' OR (civil_chair_id IS NOT NULL AND government_chair_id IS NOT NULL)",
            name="both_chairs_signed",
        ),
    )

    @property
    def present_stage(self) -> RoundStage | None:
        """The stage that is open or closed and not decided; None before the first and after the last."""
        return next((one for one in self.stages if one.state in {StageState.OPEN, StageState.CLOSED}), None)

    def stage(self, kind: StageKind) -> RoundStage:
        return next(one for one in self.stages if one.kind is kind)


class StageState(LabelledEnum):
    PLANNED = "PLANNED"
    OPEN = "OPEN"
    """Tasks are collected or scored."""
    CLOSED = "CLOSED"
    """Nothing is scored any more; the scores are public once they are computed."""
    DECIDED = "DECIDED"
    """It stands which tasks go on."""

    __labels__ = {
        PLANNED: _l("곧 시작"),
        OPEN: _l("하는 중"),
        CLOSED: _l("닫음"),
        DECIDED: _l("정함"),
    }


class RoundStage(Base):
    """One stage of a round: its planned days, and how many tasks go on at most."""

    __tablename__ = "council_stage"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("council_round.id"))
    kind: Mapped[StageKind] = mapped_column(enum_type(StageKind, "council_stage_kind"))
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    """1 to 5."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    n_on: Mapped[int]
    state: Mapped[StageState] = mapped_column(enum_type(StageState, "council_stage_state"), default=StageState.PLANNED)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    round: Mapped[CouncilRound] = relationship(back_populates="stages")

    __table_args__ = (
        sa.UniqueConstraint("round_id", "kind"),
        sa.UniqueConstraint("round_id", "position"),
        sa.UniqueConstraint("id", "round_id"),
        sa.CheckConstraint("position BETWEEN 1 AND 5", name="is_one_of_five"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint(f"n_on BETWEEN 1 AND {MAX_TASKS}", name="something_goes_on"),
        sa.CheckConstraint("(state = 'PLANNED') = (opened_at IS NULL)", name="opened_has_a_time"),
        sa.CheckConstraint("(state IN ('CLOSED', 'DECIDED')) = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        sa.CheckConstraint("(state = 'DECIDED') = (decided_at IS NOT NULL)", name="decided_has_a_time"),
        sa.Index(
            "uq_council_stage_present",
            "round_id",
            unique=True,
            sqlite_where=sa.text("state IN ('OPEN', 'CLOSED')"),
            postgresql_where=sa.text("state IN ('OPEN', 'CLOSED')"),
        ),
    )


class TaskSource(LabelledEnum):
    THEME = "THEME"
    IDEA = "IDEA"
    MINUTES = "MINUTES"
    MEMBER = "MEMBER"

    __labels__ = {
        THEME: _l("정책 주제"),
        IDEA: _l("제안 한 건"),
        MINUTES: _l("모임 회의록"),
        MEMBER: _l("위원이 낸 과제"),
    }


class TaskState(LabelledEnum):
    IN_ROUND = "IN_ROUND"
    LEFT_OUT = "LEFT_OUT"
    """Did not go on from the stage `out_stage_id`."""
    WITHDRAWN = "WITHDRAWN"
    MERGED = "MERGED"
    CHOSEN = "CHOSEN"

    __labels__ = {
        IN_ROUND: _l("심의 중"),
        LEFT_OUT: _l("이번에는 고르지 않음"),
        WITHDRAWN: _l("거둠"),
        MERGED: _l("다른 과제에 합침"),
        CHOSEN: _l("대표과제"),
    }


class CouncilTask(Base):
    """과제: what a round weighs. Linked to the citizens' words it comes from (`TaskIdea`), or marked as having none."""

    __tablename__ = "council_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("council_round.id"))
    number: Mapped[int]
    """Counts a round's tasks from 1."""
    title: Mapped[str] = mapped_column(sa.String(100))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    source: Mapped[TaskSource] = mapped_column(enum_type(TaskSource, "council_task_source"))
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    minutes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gathering_minutes.id"))
    proposer_seat_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_seat.id"))
    """Of a member's own proposal: that member neither scores it nor votes on it."""
    lead_idea_id: Mapped[int | None] = mapped_column(sa.ForeignKey("idea.id"))
    """The idea whose author is its proposer (제안자), and which stands for it in a citizens' ballot."""
    has_words: Mapped[bool]
    """Comes from words of citizens."""
    subcommittee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_group.id"))
    state: Mapped[TaskState] = mapped_column(enum_type(TaskState, "council_task_state"), default=TaskState.IN_ROUND)
    out_stage_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_stage.id"))
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_task.id"))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Why it left the round."""
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    round: Mapped[CouncilRound] = relationship()
    theme: Mapped[Theme | None] = relationship()
    minutes: Mapped[GatheringMinutes | None] = relationship()
    lead_idea: Mapped[Idea | None] = relationship(foreign_keys=[lead_idea_id])
    proposer_seat: Mapped[Seat | None] = relationship()
    subcommittee: Mapped[CouncilGroup | None] = relationship()
    merged_into: Mapped[CouncilTask | None] = relationship(remote_side=[id])
    ideas: Mapped[list[TaskIdea]] = relationship(back_populates="task", order_by="TaskIdea.idea_id")

    @validates("title", "summary", "reason")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

    __table_args__ = (
        sa.UniqueConstraint("round_id", "number"),
        sa.UniqueConstraint("round_id", "theme_id"),
        sa.UniqueConstraint("id", "round_id"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name="counts_from_one"),
        sa.CheckConstraint("(source = 'MINUTES') = (minutes_id IS NOT NULL)", name="comes_from_minutes"),
        sa.CheckConstraint("(source = 'MEMBER') = (proposer_seat_id IS NOT NULL)", name="comes_from_a_member"),
        sa.CheckConstraint("source NOT IN ('THEME', 'IDEA') OR has_words", name="citizens_said_it"),
        sa.CheckConstraint("source <> 'THEME' OR theme_id IS NOT NULL", name="comes_from_a_theme"),
        sa.CheckConstraint("lead_idea_id IS NULL OR has_words", name="an_idea_is_words"),
        sa.CheckConstraint("(state = 'MERGED') = (merged_into_id IS NOT NULL)", name="merged_has_a_target"),
        sa.CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="never_merged_into_itself"),
        sa.CheckConstraint("(state = 'LEFT_OUT') = (out_stage_id IS NOT NULL)", name="left_out_at_a_stage"),
        sa.CheckConstraint("state NOT IN ('WITHDRAWN', 'MERGED') OR reason <> ''", name="gone_with_a_reason"),
    )


class TaskIdea(Base):
    """An idea of citizens that a task comes from."""

    __tablename__ = "council_task_idea"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)

    task: Mapped[CouncilTask] = relationship(back_populates="ideas")
    idea: Mapped[Idea] = relationship()


class StageDecision(Base):
    """What a stage decided on one task: it goes on, or not, at its rank by the scores. Never changed."""

    __tablename__ = "council_stage_decision"

    stage_id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(primary_key=True, index=True)
    round_id: Mapped[int]
    goes_on: Mapped[bool]
    rank: Mapped[int | None]
    """By the scores of this stage, 1 is the best; None where nothing was scored."""
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Required where the decision departs from the order of the scores."""

    task: Mapped[CouncilTask] = relationship(
        viewonly=True, primaryjoin="StageDecision.task_id == CouncilTask.id", foreign_keys=[task_id]
    )

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["stage_id", "round_id"], ["council_stage.id", "council_stage.round_id"], name="fk_decision_of_stage"
        ),
        sa.ForeignKeyConstraint(
            ["task_id", "round_id"], ["council_task.id", "council_task.round_id"], name="fk_decision_on_task"
        ),
        sa.CheckConstraint("rank IS NULL OR rank >= 1", name="rank_counts_from_one"),
    )


class ConflictStatement(Base):
    """이해관계 신고: a member says publicly what ties them to a task, and neither scores it nor votes on it any more.

    Never changed or deleted. `is_late` if it came after scoring of the task had begun: their scores are taken out.
    """

    __tablename__ = "conflict_statement"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), index=True)
    seat_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_seat.id"), index=True)
    team_member_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_team_member.id"), index=True)
    """Exactly one of the two; a team member's name is not published."""
    text: Mapped[str] = mapped_column(sa.Text)
    is_late: Mapped[bool] = mapped_column(default=False)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    task: Mapped[CouncilTask] = relationship()
    seat: Mapped[Seat | None] = relationship()

    @validates("text")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

    __table_args__ = (
        sa.UniqueConstraint("task_id", "seat_id"),
        sa.UniqueConstraint("task_id", "team_member_id"),
        sa.CheckConstraint("(seat_id IS NULL) <> (team_member_id IS NULL)", name="is_of_one_person"),
        sa.CheckConstraint("text <> ''", name="says_something"),
    )
