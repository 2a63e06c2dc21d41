from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l


class JobState(LabelledEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    __labels__ = {
        QUEUED: _l("기다리는 중"),
        RUNNING: _l("하는 중"),
        DONE: _l("끝남"),
        FAILED: _l("실패"),
        CANCELLED: _l("취소됨"),
    }


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class Job(Base):
    """A background job, committed together with the act that asks for it; huey only wakes a worker."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(64))
    dedupe_key: Mapped[str] = mapped_column(sa.String(128))
    arguments: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[JobState] = mapped_column(enum_type(JobState, "job_state"), default=JobState.QUEUED)
    progress: Mapped[float] = mapped_column(default=0.0)
    step: Mapped[str] = mapped_column(sa.String(64), default="")
    attempt: Mapped[int] = mapped_column(default=0)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(sa.Text, default="")
    result: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    requested_by_id: Mapped[int | None] = mapped_column("asked_by_id", sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name="progress_is_a_share"),
        sa.CheckConstraint(
            "(state IN ('DONE', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL)", name="ended_has_finish"
        ),
        sa.Index(
            "uq_job_open_dedupe",
            "kind",
            "dedupe_key",
            unique=True,
            sqlite_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
            postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
        ),
        sa.Index(None, "state", "heartbeat_at"),
    )

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class WorkerHeartbeat(Base):
    """A single row that workers update: when one was last seen alive."""

    __tablename__ = "worker_beat"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
