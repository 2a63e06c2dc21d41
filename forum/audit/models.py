from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum import clock
from forum.access import Role
from forum.database import Base, UtcDateTime, enum_type


class AuditEntry(Base):
    """One act of a staff member or of the system. Append-only: triggers refuse UPDATE and DELETE.

    `before` and `after` hold codes, numbers and hashes of texts; never a citizen's text or vote.
    """

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    actor_role: Mapped[Role] = mapped_column(enum_type(Role, "audit_actor_role"))
    action: Mapped[str] = mapped_column(sa.String(64))
    subject_type: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[int | None]
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)

    __table_args__ = (
        sa.CheckConstraint("actor_id IS NOT NULL OR actor_role = 'SYSTEM'", name="has_an_actor"),
        sa.Index(None, "subject_type", "subject_id"),
    )
