"""자료로 풀린 일: what people found out with datasets about an idea, a theme, a letter or a task of the council."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.deliberation.rounds.models import CouncilTask
from forum.people.accounts.models import Participant
from forum.response.dataneeds.models import SUBJECTS, DataNeed
from forum.response.datasets.models import MAX_ADDRESS_CHARS, Dataset
from forum.response.referrals.models import Referral
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea

MAX_TITLE_CHARS = 120
MAX_FINDING_CHARS = 1_500
MAX_EFFECT_CHARS = 600
MAX_REASON_CHARS = 600
MAX_DATASETS = 5
MAX_CHART_TITLE_CHARS = 80
MAX_UNIT_CHARS = 20
WORDS = ("title", "finding", "effect")


class UseState(LabelledEnum):
    WAITING = "WAITING"
    PUBLISHED = "PUBLISHED"
    RETURNED = "RETURNED"
    WITHDRAWN = "WITHDRAWN"
    REMOVED = "REMOVED"
    """Left behind by somebody who left."""

    __labels__ = {
        WAITING: _l("확인을 기다림"),
        PUBLISHED: _l("공개"),
        RETURNED: _l("돌려보냄"),
        WITHDRAWN: _l("거둠"),
        REMOVED: _l("지움"),
    }


class WrittenAs(LabelledEnum):
    """For whom the author wrote. Readers should know when it is the holder of the data."""

    PERSON = "PERSON"
    HOLDER = "HOLDER"
    ANALYST = "ANALYST"

    __labels__ = {PERSON: _l("참여한 사람"), HOLDER: _l("자료 담당자"), ANALYST: _l("분석가")}


class DataUse(Base):
    """What somebody found out with datasets, and what it changed. It is about exactly one thing, as a need is.

    What was typed is kept where the words are masked. A chart has no masked words: it is refused instead.
    """

    __tablename__ = "data_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    idea_id: Mapped[int | None] = mapped_column(sa.ForeignKey("idea.id"), index=True)
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    referral_id: Mapped[int | None] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_task.id"), index=True)
    need_id: Mapped[int | None] = mapped_column(sa.ForeignKey("data_need.id"), index=True)
    """The need that it answers; then it is about what the need is about."""
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    written_as: Mapped[WrittenAs] = mapped_column(enum_type(WrittenAs, "data_use_written_as"))
    title: Mapped[str] = mapped_column(sa.String(MAX_TITLE_CHARS))
    """The finding in a sentence."""
    finding: Mapped[str] = mapped_column(sa.Text)
    effect: Mapped[str] = mapped_column(sa.Text, default="")
    """What it changed in the theme or a decision; empty while nothing has changed."""
    title_typed: Mapped[str | None] = mapped_column(sa.String(MAX_TITLE_CHARS))
    finding_typed: Mapped[str | None] = mapped_column(sa.Text)
    effect_typed: Mapped[str | None] = mapped_column(sa.Text)
    code_url: Mapped[str] = mapped_column(sa.String(MAX_ADDRESS_CHARS), default="")
    """Where the calculation can be read. The forum never opens it."""
    chart_title: Mapped[str] = mapped_column(sa.String(MAX_CHART_TITLE_CHARS), default="")
    chart_unit: Mapped[str] = mapped_column(sa.String(MAX_UNIT_CHARS), default="")
    chart_rows: Mapped[list[list[Any]]] = mapped_column(sa.JSON, default=list)
    """Name and number of each bar; empty without a chart."""
    state: Mapped[UseState] = mapped_column(enum_type(UseState, "data_use_state"))
    needs_check: Mapped[bool]
    """Some dataset was not open to everybody when it was last written."""
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Why it was returned."""
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the present wording was published or returned by whoever checks."""
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was first public."""
    corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its author last changed it after that."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The time of the decision by which an analyst settled the need with it."""
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    campaign: Mapped[Campaign] = relationship()
    idea: Mapped[Idea | None] = relationship()
    theme: Mapped[Theme | None] = relationship()
    referral: Mapped[Referral | None] = relationship()
    task: Mapped[CouncilTask | None] = relationship()
    need: Mapped[DataNeed | None] = relationship()
    author: Mapped[Participant] = relationship()
    datasets: Mapped[list[Dataset]] = relationship(secondary="data_use_dataset", order_by=Dataset.id)

    __table_args__ = (
        sa.CheckConstraint(
            " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in SUBJECTS) + " = 1",
            name="about_one_thing",
        ),
        sa.CheckConstraint("state = 'REMOVED' OR (title <> '' AND finding <> '')", name="says_something"),
        sa.CheckConstraint("code_url = '' OR code_url LIKE 'https://%'", name="links_by_https"),
        sa.CheckConstraint("state <> 'PUBLISHED' OR published_at IS NOT NULL", name="published_at_a_time"),
        sa.CheckConstraint(
            "state <> 'PUBLISHED' OR NOT needs_check OR checked_at IS NOT NULL", name="published_after_a_check"
        ),
        sa.CheckConstraint("state <> 'WAITING' OR (needs_check AND checked_at IS NULL)", name="waits_for_a_check"),
        sa.CheckConstraint("(state = 'RETURNED') = (reason <> '')", name="returned_with_a_reason"),
        sa.CheckConstraint("state <> 'RETURNED' OR checked_at IS NOT NULL", name="returned_by_a_check"),
        sa.CheckConstraint("(checked_at IS NULL) = (checked_by_id IS NULL)", name="checked_by_somebody"),
        sa.CheckConstraint("corrected_at IS NULL OR published_at IS NOT NULL", name="corrected_after_publication"),
        sa.CheckConstraint("settled_at IS NULL OR need_id IS NOT NULL", name="settles_a_need"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index("ix_data_use_state_published_at", "state", "published_at"),
    )

    @validates(*WORDS)
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

    @property
    def settles_need(self) -> bool:
        """Is this what its need was settled with? A need that was opened again is settled by nothing."""
        return self.need is not None and self.settled_at is not None and self.settled_at == self.need.decided_at


class DataUseDataset(Base):
    """One of the datasets from which it was found out."""

    __tablename__ = "data_use_dataset"

    use_id: Mapped[int] = mapped_column(sa.ForeignKey("data_use.id"), primary_key=True)
    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"), primary_key=True, index=True)
