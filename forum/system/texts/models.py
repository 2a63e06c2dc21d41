from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from forum.core.database import Base, UtcDateTime
from forum.system.texts.registry import TEXT_KINDS, TextKind

MAX_KIND_CHARS = 32

published_text = sa.table(
    "published_text", sa.column("kind", sa.String), sa.column("id", sa.Integer), sa.column("author_id", sa.Integer)
)
"""View over the tables of all kinds. Triggers look texts up in it, since a foreign key cannot name several tables."""


class AboutText:
    """Columns of a row that is about one text of a registered kind.

    Triggers refuse a row about a text that does not exist, and the deletion of a text that a row is about.
    """

    @declared_attr
    def text_kind(self) -> Mapped[str]:
        return mapped_column(sa.String(MAX_KIND_CHARS))

    @declared_attr
    def text_id(self) -> Mapped[int]:
        return mapped_column()

    @property
    def kind(self) -> TextKind:
        return TEXT_KINDS[self.text_kind]

    @property
    def text(self) -> Any:
        """The text itself; from the session if `texts_by_reference` loaded it before."""
        return self.kind.get(self.text_id)


class TextCount(Base):
    """How many texts of a kind one person or one network sent in one span of time. Deleted the day after.

    Wrong codes of passes and rooms are counted here too (`people.passes.attempts`).

    sender : "participant:12", or "network:" and a keyed hash of the network's address, or "everybody"
    """

    __tablename__ = "text_count"

    sender: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(MAX_KIND_CHARS), primary_key=True)
    span_seconds: Mapped[int] = mapped_column(primary_key=True)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    n: Mapped[int]

    __table_args__ = (sa.CheckConstraint("n >= 1", name="counts_from_one"), sa.Index(None, "begins_at"))
