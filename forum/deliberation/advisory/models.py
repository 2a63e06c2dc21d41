"""The lists that a calculation would choose from members' ratings and citizens' votes, beside the council's choice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.analysis.shortlists.models import Shortlist, SlateStanding
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.deliberation.council.models import Seat
from forum.deliberation.rounds.models import CouncilRound, CouncilTask

MAX_REASON_CHARS = 1_000


class AdvisorySide(LabelledEnum):
    MEMBERS = "MEMBERS"
    CITIZENS = "CITIZENS"

    __labels__ = {MEMBERS: _l("위원의 표로"), CITIZENS: _l("시민의 표로")}


class FinalistRating(Base):
    """One member's yes, no or pass to one finalist. Published as a ballot without a name, in the proof."""

    __tablename__ = "finalist_rating"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), primary_key=True)
    seat_id: Mapped[int] = mapped_column(sa.ForeignKey("council_seat.id"), primary_key=True, index=True)
    value: Mapped[int] = mapped_column(sa.SmallInteger)
    """1 yes, 0 pass, -1 no."""
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    task: Mapped[CouncilTask] = relationship()
    seat: Mapped[Seat] = relationship()

    __table_args__ = (sa.CheckConstraint("value IN (-1, 0, 1)", name="is_yes_pass_or_no"),)


class AdvisoryBallot(Base):
    """The shortlist on which citizens vote on a round's finalists, each by its lead idea."""

    __tablename__ = "advisory_ballot"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("council_round.id"), primary_key=True, autoincrement=False)
    shortlist_id: Mapped[int] = mapped_column(sa.ForeignKey("shortlist.id"), unique=True)

    shortlist: Mapped[Shortlist] = relationship()


class BallotTask(Base):
    """Which idea stood for which task on the citizens' ballot. It never changes: the task may get another lead idea."""

    __tablename__ = "advisory_ballot_task"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("advisory_ballot.round_id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), primary_key=True, index=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), index=True)

    task: Mapped[CouncilTask] = relationship()

    __table_args__ = (sa.UniqueConstraint("round_id", "idea_id"),)


class AdvisorySlate(Base):
    """계산으로 고른 목록 of one side with its proof, as it was published. It never changes.

    The keys of the members' proof are numbers of tasks. The citizens' proof is that of their shortlist, so that there
    is one alone: its keys are numbers of ideas, and `BallotTask` says which task each stood for.
    """

    __tablename__ = "advisory_slate"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("council_round.id"), primary_key=True)
    side: Mapped[AdvisorySide] = mapped_column(enum_type(AdvisorySide, "advisory_side"), primary_key=True)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    n_people: Mapped[int]
    standing: Mapped[SlateStanding] = mapped_column(enum_type(SlateStanding, "advisory_standing"))
    tasks: Mapped[list[int]] = mapped_column(sa.JSON)
    """Ids of the tasks chosen by the calculation, in its order."""
    proof: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))

    round: Mapped[CouncilRound] = relationship()

    __table_args__ = (
        sa.CheckConstraint("n_people >= 0", name="people_are_counted"),
        sa.CheckConstraint("(standing = 'TOO_FEW') = (proof IS NULL)", name="a_slate_has_a_proof"),
    )


class DepartureReason(Base):
    """The council's reason where its choice departs from a calculated list, or leaves a finalist out. Public."""

    __tablename__ = "departure_reason"

    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(sa.Text)
    written_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    task: Mapped[CouncilTask] = relationship()

    __table_args__ = (
        sa.CheckConstraint("text <> ''", name="says_something"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )
