from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.deliberation.gatherings.models import Gathering
from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign


class StepKind(LabelledEnum):
    """What people do in a step, in the usual order."""

    OPENING = "OPENING"
    TALK = "TALK"
    WRITE = "WRITE"
    LOOK = "LOOK"
    VOTE = "VOTE"
    CLOSING = "CLOSING"

    __labels__ = {
        OPENING: _l("여는 말"),
        TALK: _l("이야기"),
        WRITE: _l("제안 쓰기"),
        LOOK: _l("함께 보기"),
        VOTE: _l("투표"),
        CLOSING: _l("마무리"),
    }


WRITING = frozenset({StepKind.TALK, StepKind.WRITE})
"""Steps in which ideas are taken without asking the facilitator."""
VOTING = frozenset({StepKind.LOOK, StepKind.VOTE})
"""Steps in which votes are."""


class JointState(LabelledEnum):
    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    CANCELLED = "CANCELLED"

    __labels__ = {
        PLANNED: _l("준비 중"),
        RUNNING: _l("진행 중"),
        FINISHED: _l("끝남"),
        CANCELLED: _l("취소됨"),
    }


class JointSession(Base):
    """Several gatherings of a campaign that walk through the same steps at the same time."""

    __tablename__ = "joint_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    host_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    """The facilitator who moves the steps. On the day somebody else can take over by a printed code (`JointGrant`)."""
    title: Mapped[str] = mapped_column(sa.String(100))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[JointState] = mapped_column(enum_type(JointState, "joint_state"), default=JointState.PLANNED)
    nonce: Mapped[str] = mapped_column(sa.String(16), default=lambda: secrets.token_hex(8))
    """Part of what the printed codes are computed from: a new one makes those printed before useless."""
    n_handovers: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    """How often the host has changed. Part of the host's code: the host before has seen the old one."""
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_reason: Mapped[str] = mapped_column(sa.String(300), default="")

    campaign: Mapped[Campaign] = relationship()
    host: Mapped[Account] = relationship()
    steps: Mapped[list[JointStep]] = relationship(order_by="JointStep.position", cascade="all, delete-orphan")

    __table_args__ = (
        sa.UniqueConstraint("id", "campaign_id"),  # for composite foreign keys: its rooms are of its campaign
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.CheckConstraint(
            "(state IN ('RUNNING', 'FINISHED')) <= (started_at IS NOT NULL)", name="running_was_started"
        ),
        sa.CheckConstraint("(state = 'FINISHED') = (finished_at IS NOT NULL)", name="finished_has_a_time"),
        sa.CheckConstraint("(state = 'CANCELLED') = (cancelled_at IS NOT NULL)", name="cancelled_has_a_time"),
        sa.CheckConstraint("cancelled_at IS NULL OR cancel_reason <> ''", name="cancelled_with_a_reason"),
    )

    @validates("title", "cancel_reason")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class JointStep(Base):
    """One step of the agenda."""

    __tablename__ = "joint_step"

    session_id: Mapped[int] = mapped_column(sa.ForeignKey("joint_session.id"), primary_key=True)
    position: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    """Counts from 1."""
    kind: Mapped[StepKind] = mapped_column(enum_type(StepKind, "step_kind"))
    title: Mapped[str] = mapped_column(sa.String(60))
    minutes: Mapped[int] = mapped_column(sa.SmallInteger)

    __table_args__ = (
        sa.CheckConstraint("position >= 1", name="position_counts_from_one"),
        sa.CheckConstraint("minutes BETWEEN 1 AND 180", name="lasts_some_minutes"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
    )

    @validates("title")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class JointRoom(Base):
    """A gathering that takes part in a session: in one at most."""

    __tablename__ = "joint_room"

    gathering_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    session_id: Mapped[int] = mapped_column(index=True)
    campaign_id: Mapped[int] = mapped_column()
    """Of both: the foreign keys keep them the same."""
    is_online: Mapped[bool] = mapped_column(default=False)
    """The room of the single people online. They join by an account, and are checked in by that."""
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the screen of its facilitator last said that it is there."""

    session: Mapped[JointSession] = relationship(foreign_keys=[session_id], viewonly=True)
    gathering: Mapped[Gathering] = relationship(foreign_keys=[gathering_id], viewonly=True)

    __table_args__ = (
        sa.ForeignKeyConstraint(["session_id", "campaign_id"], ["joint_session.id", "joint_session.campaign_id"]),
        sa.ForeignKeyConstraint(["gathering_id", "campaign_id"], ["gathering.id", "gathering.campaign_id"]),
        sa.UniqueConstraint("session_id", "gathering_id"),
        sa.Index(
            "uq_joint_room_online",
            "session_id",
            unique=True,
            sqlite_where=sa.text("is_online"),
            postgresql_where=sa.text("is_online"),
        ),
    )


class JointGrant(Base):
    """A device that may host a session, or run one of its rooms, because somebody typed the printed recovery code.

    The one before it ends with it: only one device holds the role by a code at a time. Accounts keep their own rights.
    """

    __tablename__ = "joint_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("joint_session.id"))
    gathering_id: Mapped[int | None] = mapped_column()
    """The room that it may run; NULL for the session's host."""
    secret_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.ForeignKeyConstraint(["session_id", "gathering_id"], ["joint_room.session_id", "joint_room.gathering_id"]),
        sa.Index(
            "uq_joint_grant_host",
            "session_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL AND gathering_id IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL AND gathering_id IS NULL"),
        ),
        sa.Index(
            "uq_joint_grant_room",
            "session_id",
            "gathering_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )


class JointMove(Base):
    """One move to a step, in order. Append-only: triggers refuse UPDATE and DELETE. The last one is where all stand."""

    __tablename__ = "joint_move"

    session_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counts from 1 in each session. Whoever moves names the number they saw: of two at once, one is refused."""
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Some seconds after it was made, so that every screen has learnt of it and all change together."""
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    moved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    grant_id: Mapped[int | None] = mapped_column(sa.ForeignKey("joint_grant.id"))

    __table_args__ = (
        sa.ForeignKeyConstraint(["session_id", "position"], ["joint_step.session_id", "joint_step.position"]),
        sa.CheckConstraint("number >= 1", name="number_counts_from_one"),
        sa.CheckConstraint("begins_at >= moved_at", name="begins_after_it_was_made"),
        sa.CheckConstraint("(moved_by_id IS NULL) <> (grant_id IS NULL)", name="moved_by_one"),
    )


class ActionKind(LabelledEnum):
    IDEA = "IDEA"
    VOTE = "VOTE"

    __labels__ = {IDEA: _l("제안"), VOTE: _l("투표")}


class ActionState(LabelledEnum):
    DONE = "DONE"
    LATE = "LATE"
    """Its step had ended when it arrived: the facilitator decides."""
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    """By the facilitator, or because the forum could not take it (`refusal` says why)."""

    __labels__ = {
        DONE: _l("받음"),
        LATE: _l("진행자가 볼 차례"),
        ACCEPTED: _l("진행자가 받음"),
        REFUSED: _l("받지 않음"),
    }


class RoomAction(Base):
    """One thing that somebody did on a phone, sent perhaps twice and perhaps half an hour later: it counts once.

    The phone makes the key. Words of an idea stay here only while the facilitator has to decide. The trigger
    `room_action_kept` refuses to change what was sent, and to decide twice.
    """

    __tablename__ = "room_action"

    entry_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    """A UUID in small letters."""
    gathering_id: Mapped[int] = mapped_column(sa.ForeignKey("gathering.id"))
    kind: Mapped[ActionKind] = mapped_column(enum_type(ActionKind, "action_kind"))
    state: Mapped[ActionState] = mapped_column(enum_type(ActionState, "action_state"))
    move_number: Mapped[int | None]
    """The newest move that the phone knew when it was done."""
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it was done on the phone, by the server's clock."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    idea_id: Mapped[int | None] = mapped_column(sa.ForeignKey("idea.id"))
    """The idea that was voted on, or that it became."""
    value: Mapped[int | None] = mapped_column(sa.SmallInteger)
    title: Mapped[str] = mapped_column(sa.String(300), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    refusal: Mapped[str] = mapped_column(sa.String(300), default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("value IS NULL OR (kind = 'VOTE' AND value IN (-1, 0, 1))", name="value_of_a_vote"),
        sa.CheckConstraint("kind <> 'VOTE' OR idea_id IS NOT NULL", name="vote_names_its_idea"),
        sa.CheckConstraint("state = 'LATE' OR (title = '' AND body = '')", name="words_only_while_it_waits"),
        sa.CheckConstraint("length(key) = 36", name="key_is_a_uuid"),
        sa.CheckConstraint("move_number >= 0", name="move_counts_from_zero"),
        sa.CheckConstraint("done_at <= received_at", name="done_before_it_was_received"),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        sa.CheckConstraint(
            "(state IN ('ACCEPTED', 'REFUSED')) = (decided_at IS NOT NULL)", name="only_what_was_late_is_decided"
        ),
        sa.CheckConstraint("(state = 'REFUSED') = (refusal <> '')", name="refused_with_a_reason"),
        sa.CheckConstraint(
            "state <> 'LATE' OR kind <> 'IDEA' OR (title <> '' AND body <> '')", name="waiting_idea_has_words"
        ),
        sa.CheckConstraint(
            "state NOT IN ('LATE', 'REFUSED') OR kind <> 'IDEA' OR idea_id IS NULL", name="waiting_idea_is_none_yet"
        ),
        sa.CheckConstraint("state <> 'ACCEPTED' OR idea_id IS NOT NULL", name="accepted_idea_is_named"),
        sa.ForeignKeyConstraint(["entry_id", "gathering_id"], ["gathering_entry.id", "gathering_entry.gathering_id"]),
        sa.Index(None, "gathering_id", "state"),
        sa.Index(
            "uq_room_action_idea",
            "idea_id",
            unique=True,
            sqlite_where=sa.text("kind = 'IDEA'"),
            postgresql_where=sa.text("kind = 'IDEA'"),
        ),
    )
