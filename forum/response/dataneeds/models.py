"""이것을 알면 풀린다: the questions whose answer would settle an idea, a theme, a letter or a task of the council."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.deliberation.rounds.models import CouncilTask
from forum.people.accounts.models import Account, Participant
from forum.response.datasets.models import Dataset
from forum.response.referrals.models import Referral
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea

MAX_QUESTION_CHARS = 120
MAX_WANTED_CHARS = 1_000
MAX_BENEFIT_CHARS = 1_000
SUBJECTS = ("idea_id", "theme_id", "referral_id", "task_id")


class NeedState(LabelledEnum):
    OPEN = "OPEN"
    OFFERED = "OFFERED"
    SETTLED = "SETTLED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    REMOVED = "REMOVED"
    """Left behind by somebody who left."""

    __labels__ = {
        OPEN: _l("자료를 찾는 중"),
        OFFERED: _l("자료가 나왔음"),
        SETTLED: _l("자료로 풀림"),
        REFUSED: _l("자료를 얻지 못함"),
        WITHDRAWN: _l("거둠"),
        REMOVED: _l("지움"),
    }


class DataNeed(Base):
    """One question, the data that would answer it, and why the public gains. It is about exactly one thing.

    `question` is the title of the text, `wanted` and `benefit` its body; what was typed is kept where they are masked.
    """

    __tablename__ = "data_need"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    idea_id: Mapped[int | None] = mapped_column(sa.ForeignKey("idea.id"), index=True)
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    referral_id: Mapped[int | None] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_task.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    question: Mapped[str] = mapped_column(sa.String(MAX_QUESTION_CHARS))
    wanted: Mapped[str] = mapped_column(sa.Text)
    """Which data would answer it."""
    benefit: Mapped[str] = mapped_column(sa.Text)
    """Why the public gains from it."""
    question_typed: Mapped[str | None] = mapped_column(sa.String(MAX_QUESTION_CHARS))
    wanted_typed: Mapped[str | None] = mapped_column(sa.Text)
    benefit_typed: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[NeedState] = mapped_column(enum_type(NeedState, "data_need_state"), default=NeedState.OPEN)
    state_reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Why no holder gives the data, or what settled it."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was settled or refused."""
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    campaign: Mapped[Campaign] = relationship()
    idea: Mapped[Idea | None] = relationship()
    theme: Mapped[Theme | None] = relationship()
    referral: Mapped[Referral | None] = relationship()
    task: Mapped[CouncilTask | None] = relationship()
    author: Mapped[Participant] = relationship()
    offers: Mapped[list[NeedOffer]] = relationship(back_populates="need", order_by="NeedOffer.dataset_id")

    __table_args__ = (
        sa.CheckConstraint(
            " + ".join(f"(CASE WHEN {name} IS NULL THEN 0 ELSE 1 END)" for name in SUBJECTS) + " = 1",
            name="about_one_thing",
        ),
        sa.CheckConstraint("state = 'REMOVED' OR (question <> '' AND wanted <> '' AND benefit <> '')", name="says_all"),
        sa.CheckConstraint(
            "(state IN ('SETTLED', 'REFUSED')) = (decided_at IS NOT NULL AND state_reason <> '')",
            name="decided_with_a_reason",
        ),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index("ix_data_need_state_id", "state", "id"),
    )

    @validates("question", "wanted", "benefit")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class NeedJoin(Base):
    """나도 알고 싶어요: one person who wants the answer too. Who joined is not shown."""

    __tablename__ = "data_need_join"

    need_id: Mapped[int] = mapped_column(sa.ForeignKey("data_need.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class NeedOffer(Base):
    """A dataset that may answer the need, as a steward of its holder or an analyst says."""

    __tablename__ = "data_need_offer"

    need_id: Mapped[int] = mapped_column(sa.ForeignKey("data_need.id"), primary_key=True)
    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"), primary_key=True, index=True)
    offered_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    need: Mapped[DataNeed] = relationship(back_populates="offers")
    dataset: Mapped[Dataset] = relationship()
    offered_by: Mapped[Account] = relationship()
