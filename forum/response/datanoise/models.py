"""The budget of a dataset, what was spent of it, and the answers. Rows of all three are never changed or removed.

Epsilon is stored in thousandths, as a whole number: sums of these are exact.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.response.datafiles.models import DataFile

MAX_TOTAL_MILLIS = 10_000
MAX_ROWS_PER_PERSON = 1_000
HASH_LENGTH = 64


class DataPrivacyBudget(Base):
    """How much all noisy answers from a dataset may tell of one person together; fixed once by its holder."""

    __tablename__ = "data_privacy_budget"

    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"), primary_key=True, autoincrement=False)
    total_millis: Mapped[int]
    """Epsilon in thousandths."""
    rows_per_person: Mapped[int]
    """So many rows of a file may be about one person, as its holder says; the noise is made for as many."""
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.UniqueConstraint("dataset_id", "total_millis"),
        sa.CheckConstraint(f"total_millis BETWEEN 1 AND {MAX_TOTAL_MILLIS}", name="epsilon_in_range"),
        sa.CheckConstraint(f"rows_per_person BETWEEN 1 AND {MAX_ROWS_PER_PERSON}", name="rows_in_range"),
    )


class DataBudgetSpend(Base):
    """One question, and what it costs. It is spent when it is asked, also if no answer ever comes of it.

    The database itself refuses to spend too much: each row begins where one ended, no two begin at the same place, and
    none ends behind the total, which is the budget's by a foreign key.
    """

    __tablename__ = "data_budget_spend"

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int]
    total_millis: Mapped[int]
    """As the budget has it."""
    spent_before: Mapped[int]
    epsilon_millis: Mapped[int]
    spent_after: Mapped[int]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("data_file.id"), index=True)
    question: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    """As `questions.Question.as_json`."""
    question_hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH))
    """The same question again is the same row."""
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    file: Mapped[DataFile] = relationship()
    answer: Mapped[DataNoisyAnswer | None] = relationship(back_populates="spend")

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["dataset_id", "total_millis"], ["data_privacy_budget.dataset_id", "data_privacy_budget.total_millis"]
        ),
        sa.UniqueConstraint("dataset_id", "spent_before"),
        sa.UniqueConstraint("dataset_id", "question_hash"),
        sa.CheckConstraint("epsilon_millis >= 1 AND spent_before >= 0", name="costs_something"),
        sa.CheckConstraint("spent_after = spent_before + epsilon_millis", name="adds_up"),
        sa.CheckConstraint("spent_after <= total_millis", name="stays_within_the_budget"),
    )


class DataNoisyAnswer(Base):
    """What a question was answered, once and for all: a second draw would tell more than was paid for."""

    __tablename__ = "data_noisy_answer"

    spend_id: Mapped[int] = mapped_column(sa.ForeignKey("data_budget_spend.id"), primary_key=True, autoincrement=False)
    figures: Mapped[list[str]] = mapped_column(sa.JSON)
    """One for each key of the question, in its order."""
    scale: Mapped[float]
    """Of the Laplace noise, in the unit of the figures."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    spend: Mapped[DataBudgetSpend] = relationship(back_populates="answer")

    __table_args__ = (sa.CheckConstraint("scale > 0", name="has_noise"),)
