"""Who wrote the drafts of answers. The answers themselves are tables of the slice `referrals`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core.database import Base
from forum.people.accounts.models import Account


class AnswerWriter(Base):
    """An officer who wrote a revision of an answer's draft. They count even if none of their words is left.

    Rows are only added, and only before the approval. Triggers refuse the rest, an approval by a writer, and a
    publication without writers.
    """

    __tablename__ = "answer_writer"

    answer_id: Mapped[int] = mapped_column(sa.ForeignKey("answer.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    revision: Mapped[int]
    """The first revision that they wrote."""

    account: Mapped[Account] = relationship()

    __table_args__ = (sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),)
