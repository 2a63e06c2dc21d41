from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.access import Role
from forum.core.database import Base, UtcDateTime, enum_type


class AuditEntry(Base):
    """One act of a staff member or of the system. Append-only: triggers refuse UPDATE and DELETE.

    `before` and `after` contain codes, numbers and hashes of texts; never a citizen's text or vote.
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

    actor: Mapped[Any] = relationship("Account", viewonly=True)  # by name: the accounts slice is above this one

    __table_args__ = (
        sa.CheckConstraint("actor_id IS NOT NULL OR actor_role = 'SYSTEM'", name="has_an_actor"),
        sa.Index(None, "subject_type", "subject_id"),
    )


class AuditSeal(Base):
    """A link of the chain over the audit entries. Append-only, like the entries.

    `hash` is SHA-256 over the previous hash, `seq` and the entry's canonical bytes (`forum.system.audit.chain`). An
    entry that is edited, removed or reordered therefore shows in every later link.
    """

    __tablename__ = "audit_seal"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3, … without a gap."""
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("audit_entry.id"), unique=True)
    prev_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """The hash of `seq` − 1; 64 zeros for the first. Unique, so that the chain never forks."""
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)

    __table_args__ = (
        sa.CheckConstraint("seq >= 1", name="counts_from_one"),
        sa.CheckConstraint("length(hash) = 64 AND length(prev_hash) = 64", name="holds_sha256"),
    )
