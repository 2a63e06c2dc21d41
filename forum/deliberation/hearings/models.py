"""Hearings, at which proposers explain their own proposals, with questions, answers and signed opinions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship, validates

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.deliberation.rounds.models import CouncilTask
from forum.people.accounts.models import Account, Participant


class HearingState(LabelledEnum):
    PLANNED = "PLANNED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"

    __labels__ = {
        PLANNED: _l("예정"),
        HELD: _l("마침"),
        CANCELLED: _l("취소"),
    }


class Hearing(Base):
    """제안자 직접 설명: a time at which the people behind a task explain it to the council."""

    __tablename__ = "hearing"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("council_task.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int] = mapped_column(sa.SmallInteger, default=20)
    """Planned length."""
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    video_url: Mapped[str] = mapped_column(sa.String(500), default="")
    """Shown to members and those who explain, not to everybody."""
    state: Mapped[HearingState] = mapped_column(enum_type(HearingState, "hearing_state"), default=HearingState.PLANNED)
    cancel_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    what_changed: Mapped[str] = mapped_column(sa.Text, default="")
    """What became different because of it, written after it was held."""
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When those who come were reminded, the day before."""
    created_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    task: Mapped[CouncilTask] = relationship()
    invitations: Mapped[list[HearingInvitation]] = relationship(
        back_populates="hearing", order_by="HearingInvitation.id"
    )

    __table_args__ = (
        sa.CheckConstraint("minutes BETWEEN 5 AND 240", name="takes_some_minutes"),
        sa.CheckConstraint("place <> '' OR video_url <> ''", name="is_somewhere"),
        sa.CheckConstraint("(state = 'CANCELLED') = (cancel_reason <> '')", name="cancelled_with_a_reason"),
        sa.CheckConstraint("(state = 'HELD') = (held_at IS NOT NULL)", name="held_at_a_time"),
        sa.CheckConstraint("what_changed = '' OR state = 'HELD'", name="changed_because_of_it"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index(
            "uq_hearing_task",
            "task_id",
            unique=True,
            sqlite_where=sa.text("state <> 'CANCELLED'"),
            postgresql_where=sa.text("state <> 'CANCELLED'"),
        ),
    )


class InvitationState(LabelledEnum):
    INVITED = "INVITED"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"

    __labels__ = {
        INVITED: _l("답을 기다려요"),
        ACCEPTED: _l("설명하기로 했어요"),
        DECLINED: _l("설명하지 않기로 했어요"),
    }


class HearingWay(LabelledEnum):
    IN_PERSON = "IN_PERSON"
    ONLINE = "ONLINE"
    PROXY = "PROXY"
    TEXT = "TEXT"
    VIDEO = "VIDEO"

    __labels__ = {
        IN_PERSON: _l("직접 가서 설명"),
        ONLINE: _l("화상으로 설명"),
        PROXY: _l("다른 사람이 대신 설명"),
        TEXT: _l("글로 설명"),
        VIDEO: _l("영상으로 설명"),
    }


class HearingInvitation(Base):
    """One proposer asked to explain: their answer, and their own words where they cannot come.

    A minor's acceptance counts once a guardian consented to this hearing; the guardian's address and name are erased
    a month after it. `author_id` is the participant of the invited account; `statement` is the text kind's words.
    """

    __tablename__ = "hearing_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    hearing_id: Mapped[int] = mapped_column(sa.ForeignKey("hearing.id"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    state: Mapped[InvitationState] = mapped_column(
        enum_type(InvitationState, "hearing_invitation_state"), default=InvitationState.INVITED
    )
    way: Mapped[HearingWay | None] = mapped_column(enum_type(HearingWay, "hearing_way"))
    proxy_name: Mapped[str] = mapped_column(sa.String(40), default="")
    statement: Mapped[str] = mapped_column(sa.Text, default="")
    video_url: Mapped[str] = mapped_column(sa.String(500), default="")
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_minor: Mapped[bool] = mapped_column(default=False)
    """Under 19 by the account's year of birth, or by the invited person's own word."""
    guardian_email: Mapped[str | None] = mapped_column(sa.String(254))
    guardian_name: Mapped[str | None] = mapped_column(sa.String(30))
    consent_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consent_given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consent_revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    hearing: Mapped[Hearing] = relationship(back_populates="invitations")
    author: Mapped[Participant] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("hearing_id", "author_id"),
        sa.CheckConstraint("(state = 'ACCEPTED') = (way IS NOT NULL)", name="accepted_in_a_way"),
        sa.CheckConstraint("(state = 'INVITED') = (answered_at IS NULL)", name="answered_at_a_time"),
        sa.CheckConstraint("way <> 'PROXY' OR proxy_name <> ''", name="proxy_has_a_name"),
        sa.CheckConstraint("consent_given_at IS NULL OR consent_asked_at IS NOT NULL", name="consent_was_asked"),
        sa.CheckConstraint(
            "consent_revoked_at IS NULL OR consent_given_at IS NOT NULL", name="revoked_after_it_was_given"
        ),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )

    @validates("statement")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

    @property
    def lacks_consent(self) -> bool:
        """A minor without a guardian's consent in force: nothing of theirs is shown, and they are not awaited."""
        return self.is_minor and (self.consent_given_at is None or self.consent_revoked_at is not None)


class HearingFile(Base):
    """A document of a hearing: of the secretariat or the proposer, or with an answer. In the database, never edited."""

    __tablename__ = "hearing_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    hearing_id: Mapped[int] = mapped_column(sa.ForeignKey("hearing.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hearing_invitation.id"))
    """Of whom, if a proposer sent it: it is shown while their words are."""
    question_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hearing_question.id"))
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


class HearingQuestion(Base):
    """A question sent ahead by a member or a citizen. Others vote for it; the answer is recorded at the hearing."""

    __tablename__ = "hearing_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    hearing_id: Mapped[int] = mapped_column(sa.ForeignKey("hearing.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    of_member: Mapped[bool] = mapped_column(default=False)
    """Asked from a seat of the council."""
    text: Mapped[str] = mapped_column(sa.Text)
    text_typed: Mapped[str | None] = mapped_column(sa.Text)
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    n_votes: Mapped[int] = mapped_column(default=0, server_default="0")
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answer_url: Mapped[str] = mapped_column(sa.String(500), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    revision: Mapped[int] = mapped_column(default=1)

    hearing: Mapped[Hearing] = relationship()
    author: Mapped[Participant] = relationship()

    __table_args__ = (
        sa.CheckConstraint("text <> ''", name="asks_something"),
        sa.CheckConstraint("n_votes >= 0", name="votes_are_counted"),
        sa.CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered_at_a_time"),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by_somebody"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )

    @validates("text", "answer")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class QuestionVote(Base):
    """Somebody would like this question to be asked too."""

    __tablename__ = "hearing_question_vote"

    question_id: Mapped[int] = mapped_column(sa.ForeignKey("hearing_question.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), primary_key=True, index=True)
    cast_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class SignedOpinion(Base):
    """전문가·단체 의견: an invited expert or group gives an opinion under its name. Public once sent.

    `author_id` is the participant of the invited account.
    """

    __tablename__ = "signed_opinion"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int | None] = mapped_column(sa.ForeignKey("council_task.id"), index=True)
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    """Exactly one of the two."""
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    affiliation: Mapped[str] = mapped_column(sa.String(80))
    text: Mapped[str] = mapped_column(sa.Text, default="")
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    invited_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column(default=1)

    task: Mapped[CouncilTask | None] = relationship()
    theme: Mapped[Theme | None] = relationship()
    author: Mapped[Participant] = relationship()
    invited_by: Mapped[Account] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("task_id", "author_id"),
        sa.UniqueConstraint("theme_id", "author_id"),
        sa.CheckConstraint("(task_id IS NULL) <> (theme_id IS NULL)", name="is_about_one_thing"),
        sa.CheckConstraint("name <> ''", name="is_signed"),
        sa.CheckConstraint("(sent_at IS NULL) = (text = '')", name="sent_says_something"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
    )

    @validates("text")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text
