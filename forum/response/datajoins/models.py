from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.response.datafiles.models import DataFile


class DataJoinRisk(Base):
    """What whoever has the other file can tell of rows of a file. It goes once one of the two is withdrawn.

    Measured from the bytes of two files that never change, so it is stored once and recounted by measuring again.
    """

    __tablename__ = "data_join_risk"

    file_id: Mapped[int] = mapped_column(sa.ForeignKey("data_file.id"), primary_key=True, autoincrement=False)
    other_file_id: Mapped[int] = mapped_column(
        sa.ForeignKey("data_file.id"), primary_key=True, autoincrement=False, index=True
    )
    shared: Mapped[list[str]] = mapped_column(sa.JSON)
    """Names of the columns that both have, in the order of the file."""
    n_rows: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Rows of the file whose shared values the other one has; None where the measuring failed."""
    k: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Of these the smallest group that is alike in the identifying and the shared columns; None where there is none."""
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    file: Mapped[DataFile] = relationship(foreign_keys=[file_id])
    other: Mapped[DataFile] = relationship(foreign_keys=[other_file_id])

    __table_args__ = (
        sa.CheckConstraint("file_id <> other_file_id", name="joins_another_file"),
        sa.CheckConstraint("CAST(shared AS VARCHAR) <> '[]'", name="shares_a_column"),
        sa.CheckConstraint("n_rows IS NULL OR n_rows >= 0", name="counts_rows"),
        sa.CheckConstraint("(k IS NOT NULL) = (coalesce(n_rows, 0) > 0)", name="k_where_rows_match"),
        sa.CheckConstraint("k IS NULL OR (k >= 1 AND k <= n_rows)", name="k_counts_rows"),
    )

    @property
    def is_measured(self) -> bool:
        return self.n_rows is not None
