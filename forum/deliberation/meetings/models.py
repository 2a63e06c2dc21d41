"""Meetings of the council: agenda, attendance, motions with open ballots, minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.deliberation.council.models import CouncilTerm, Seat
from forum.deliberation.rounds.models import CouncilRound, CouncilTask


class MeetingState(LabelledEnum):
    PLANNED = "PLANNED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"

    __labels__ = {
        PLANNED: _l("예정"),
        OPEN: _l("회의 중"),
        CLOSED: _l("마침"),
        CANCELLED: _l("취소"),
    }


class CouncilMeeting(Base):
    """총회나 다른 회의: one meeting of the council."""

    __tablename__ = "council_meeting"

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(sa.ForeignKey("council_term.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_round.id"), index=True)
    """The round whose tasks it weighs; None for other meetings."""
    number: Mapped[int]
    """Counts the meetings of a term from 1."""
    title: Mapped[str] = mapped_column(sa.String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """As planned."""
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    video_url: Mapped[str] = mapped_column(sa.String(500), default="")
    """Shown to members only."""
    state: Mapped[MeetingState] = mapped_column(
        enum_type(MeetingState, "council_meeting_state"), default=MeetingState.PLANNED
    )
    cancel_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    term: Mapped[CouncilTerm] = relationship()
    round: Mapped[CouncilRound | None] = relationship()
    agenda: Mapped[list[AgendaItem]] = relationship(back_populates="meeting", order_by="AgendaItem.position")

    __table_args__ = (
        sa.UniqueConstraint("term_id", "number"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        sa.CheckConstraint("place <> '' OR video_url <> ''", name="is_somewhere"),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name="counts_from_one"),
        sa.CheckConstraint("(state IN ('OPEN', 'CLOSED')) = (opened_at IS NOT NULL)", name="opened_has_a_time"),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        sa.CheckConstraint("(state = 'CANCELLED') = (cancel_reason <> '')", name="cancelled_with_a_reason"),
    )


class AgendaItem(Base):
    """안건: a task, or a paper without a task such as a yearly plan."""

    __tablename__ = "council_agenda_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("council_meeting.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_task.id"), index=True)

    meeting: Mapped[CouncilMeeting] = relationship(back_populates="agenda")
    task: Mapped[CouncilTask | None] = relationship()
    motions: Mapped[list[Motion]] = relationship(back_populates="item", order_by="Motion.number")
    files: Mapped[list[AgendaFile]] = relationship(order_by="AgendaFile.id")

    __table_args__ = (
        sa.UniqueConstraint("meeting_id", "position"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("position >= 1", name="position_counts_from_one"),
    )


class AgendaFile(Base):
    """A paper of an agenda item, as a file. In the database, never edited."""

    __tablename__ = "council_agenda_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("council_agenda_item.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes] = deferred(mapped_column(sa.LargeBinary, nullable=False))
    uploaded_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("length(sha256) = 64", name="has_a_sha256"),
        sa.CheckConstraint("size_bytes > 0", name="is_not_empty"),
        sa.CheckConstraint("name <> ''", name="has_a_name"),
    )


class AttendanceWay(LabelledEnum):
    IN_PERSON = "IN_PERSON"
    ONLINE = "ONLINE"

    __labels__ = {IN_PERSON: _l("회의장"), ONLINE: _l("화상")}


class Attendance(Base):
    """출석: one stay of a member, or of their substitute, at a meeting. Who leaves and comes back has two."""

    __tablename__ = "council_attendance"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("council_meeting.id"), index=True)
    seat_id: Mapped[int] = mapped_column(sa.ForeignKey("council_seat.id"), index=True)
    way: Mapped[AttendanceWay] = mapped_column(enum_type(AttendanceWay, "council_attendance_way"))
    by_substitute: Mapped[bool] = mapped_column(default=False)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    seat: Mapped[Seat] = relationship()

    __table_args__ = (
        sa.CheckConstraint("left_at IS NULL OR left_at >= arrived_at", name="leaves_after_arriving"),
        sa.Index(
            "uq_council_attendance_present",
            "meeting_id",
            "seat_id",
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        ),
    )


class MotionRule(LabelledEnum):
    MAJORITY = "MAJORITY"
    TWO_THIRDS = "TWO_THIRDS"
    APPROVAL = "APPROVAL"

    __labels__ = {
        MAJORITY: _l("출석 위원의 과반수"),
        TWO_THIRDS: _l("출석 위원의 3분의 2"),
        APPROVAL: _l("찬성이 많은 순서로 고르기"),
    }


class TieRule(LabelledEnum):
    """Said before the vote: what happens when the votes are equal, or two tasks share the last place."""

    FAILS = "FAILS"
    AGAIN = "AGAIN"
    SEED = "SEED"

    __labels__ = {
        FAILS: _l("부결된 것으로 봐요"),
        AGAIN: _l("다시 투표해요"),
        SEED: _l("미리 정한 순서로 정해요"),
    }


class MotionState(LabelledEnum):
    PLANNED = "PLANNED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"

    __labels__ = {PLANNED: _l("투표 전"), OPEN: _l("투표하는 중"), CLOSED: _l("투표 끝")}


class MotionOutcome(LabelledEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    TIED = "TIED"
    """Equal, and voted on again by another motion."""
    NO_QUORUM = "NO_QUORUM"
    """Too few were present when it was closed: nothing is decided."""

    __labels__ = {
        PASSED: _l("가결"),
        FAILED: _l("부결"),
        TIED: _l("가부 동수"),
        NO_QUORUM: _l("정족수 모자람"),
    }


class Motion(Base):
    """표결: a question that members present decide by open ballots, by name.

    APPROVAL chooses up to `places` tasks among `options`; the other two say yes or no. Once closed it never changes.
    """

    __tablename__ = "council_motion"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("council_agenda_item.id"))
    number: Mapped[int]
    """Counts the motions of an item from 1."""
    text: Mapped[str] = mapped_column(sa.String(300))
    rule: Mapped[MotionRule] = mapped_column(enum_type(MotionRule, "council_motion_rule"))
    tie_rule: Mapped[TieRule] = mapped_column(enum_type(TieRule, "council_tie_rule"))
    places: Mapped[int] = mapped_column(default=1)
    state: Mapped[MotionState] = mapped_column(
        enum_type(MotionState, "council_motion_state"), default=MotionState.PLANNED
    )
    outcome: Mapped[MotionOutcome | None] = mapped_column(enum_type(MotionOutcome, "council_motion_outcome"))
    n_seats: Mapped[int | None]
    """Seats filled when it was closed; `n_present` of them were present, `n_needed` had to be."""
    n_present: Mapped[int | None]
    n_needed: Mapped[int | None]
    n_voters: Mapped[int | None]
    """Of a yes-or-no motion: those present who could vote on it, without those with a tie to its task."""
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)

    item: Mapped[AgendaItem] = relationship(back_populates="motions")
    options: Mapped[list[MotionOption]] = relationship(back_populates="motion", order_by="MotionOption.task_id")
    ballots: Mapped[list[MotionBallot]] = relationship(back_populates="motion", order_by="MotionBallot.seat_id")

    __table_args__ = (
        sa.UniqueConstraint("item_id", "number"),
        sa.CheckConstraint("text <> ''", name="asks_something"),
        sa.CheckConstraint("places BETWEEN 1 AND 20", name="has_places"),
        sa.CheckConstraint("rule = 'APPROVAL' OR places = 1", name="only_approval_has_places"),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name="counts_from_one"),
        sa.CheckConstraint("(state = 'PLANNED') = (opened_at IS NULL)", name="opened_has_a_time"),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        sa.CheckConstraint("(state = 'CLOSED') = (outcome IS NOT NULL)", name="closed_has_an_outcome"),
        sa.CheckConstraint(
            "(outcome IS NULL) = (n_present IS NULL) AND (n_present IS NULL) = (n_needed IS NULL) "
            "AND (n_present IS NULL) = (n_seats IS NULL)",
            name="outcome_has_its_numbers",
        ),
        sa.CheckConstraint("outcome <> 'PASSED' OR n_present >= n_needed", name="passed_with_a_quorum"),
        sa.CheckConstraint("n_voters BETWEEN 0 AND n_present", name="voters_are_present"),
    )


class MotionOption(Base):
    """A task that an approval motion offers; `place` is its place among those chosen, once it is closed."""

    __tablename__ = "council_motion_option"

    motion_id: Mapped[int] = mapped_column(sa.ForeignKey("council_motion.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), primary_key=True)
    approvals: Mapped[int | None]
    place: Mapped[int | None]

    motion: Mapped[Motion] = relationship(back_populates="options")
    task: Mapped[CouncilTask] = relationship()

    __table_args__ = (
        sa.CheckConstraint("approvals >= 0", name="approvals_are_counted"),
        sa.CheckConstraint("place >= 1", name="place_counts_from_one"),
    )


class Choice(LabelledEnum):
    YES = "YES"
    NO = "NO"
    ABSTAIN = "ABSTAIN"

    __labels__ = {YES: _l("찬성"), NO: _l("반대"), ABSTAIN: _l("기권")}


class MotionBallot(Base):
    """One member's open ballot. Of an approval motion `choice` is YES where they approve something, else ABSTAIN."""

    __tablename__ = "council_ballot"

    motion_id: Mapped[int] = mapped_column(sa.ForeignKey("council_motion.id"), primary_key=True)
    seat_id: Mapped[int] = mapped_column(sa.ForeignKey("council_seat.id"), primary_key=True, index=True)
    choice: Mapped[Choice] = mapped_column(enum_type(Choice, "council_ballot_choice"))
    approved: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    """Ids of the tasks approved, in ascending order; empty for yes-or-no motions."""
    by_substitute: Mapped[bool] = mapped_column(default=False)
    dissent: Mapped[str] = mapped_column(sa.Text, default="")
    """소수 의견: why the member did not want what was decided, recorded if they wish."""
    cast_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    motion: Mapped[Motion] = relationship(back_populates="ballots")
    seat: Mapped[Seat] = relationship()


class CouncilMinutesState(LabelledEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"

    __labels__ = {DRAFT: _l("쓰는 중"), PUBLISHED: _l("공개")}


class CouncilMinutes(Base):
    """회의록: drafted from what happened when the meeting was closed, and published once both joint chairs signed."""

    __tablename__ = "council_minutes"

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("council_meeting.id"), primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(sa.Text)
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Attendance, motions and outcomes as they stood when the meeting was closed."""
    state: Mapped[CouncilMinutesState] = mapped_column(
        enum_type(CouncilMinutesState, "council_minutes_state"), default=CouncilMinutesState.DRAFT
    )
    civil_chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_seat.id"))
    civil_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    government_chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_seat.id"))
    government_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)

    meeting: Mapped[CouncilMeeting] = relationship()

    __table_args__ = (
        sa.CheckConstraint("(civil_chair_id IS NULL) = (civil_signed_at IS NULL)", name="civil_chair_signed_at"),
        sa.CheckConstraint(
            "(government_chair_id IS NULL) = (government_signed_at IS NULL)", name="government_chair_signed_at"
        ),
        sa.CheckConstraint("(state = 'PUBLISHED') = (published_at IS NOT NULL)", name="published_has_a_time"),
        sa.CheckConstraint(
            "state <> 'PUBLISHED' OR (civil_chair_id IS NOT NULL AND government_chair_id IS NOT NULL)",
            name="both_chairs_signed",
        ),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )
