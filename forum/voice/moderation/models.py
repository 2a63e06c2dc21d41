from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.people.accounts.models import Account
from forum.system.texts.models import AboutText
from forum.system.texts.registry import EarlierState


class Reason(LabelledEnum):
    """Why content may be reported and hidden. The list is published on the page of rules; `EXPLANATIONS` says more."""

    PERSONAL_DATA = "PERSONAL_DATA"
    ABUSE = "ABUSE"
    DEFAMATION = "DEFAMATION"
    SPAM = "SPAM"
    SEXUAL = "SEXUAL"
    ILLEGAL = "ILLEGAL"
    OFF_TOPIC = "OFF_TOPIC"

    __labels__ = {
        PERSONAL_DATA: _l("개인정보 노출"),
        ABUSE: _l("욕설·혐오 표현"),
        DEFAMATION: _l("특정인 비방"),
        SPAM: _l("광고·도배"),
        SEXUAL: _l("음란한 내용"),
        ILLEGAL: _l("법에 어긋나는 내용"),
        OFF_TOPIC: _l("포럼과 상관없는 내용"),
    }


EXPLANATIONS = {
    Reason.PERSONAL_DATA: "다른 사람의 이름과 연락처, 사는 곳처럼 누구인지 알 수 있는 내용이 들어 있어요.",
    Reason.ABUSE: "욕설이 있거나, 나이·성별·지역·장애 따위를 이유로 사람을 깎아내려요.",
    Reason.DEFAMATION: "확인되지 않은 일로 특정한 사람이나 가게를 비방해요.",
    Reason.SPAM: "물건이나 누리집을 알리려는 글이거나, 같은 글을 되풀이해 올렸어요.",
    Reason.SEXUAL: "청소년이 보기에 알맞지 않은 성적인 내용이에요.",
    Reason.ILLEGAL: "불법 물건의 거래나 범죄를 부추기는 내용이에요.",
    Reason.OFF_TOPIC: "탄소중립이나 일상을 바꾸는 제안과 관계가 없어요. 의견이 다르다는 것은 까닭이 되지 않아요.",
}


class ShowReason(LabelledEnum):
    """Why hidden content is shown again."""

    MISTAKE = "MISTAKE"
    APPEAL = "APPEAL"
    NO_LONGER = "NO_LONGER"
    CHECKED = "CHECKED"

    __labels__ = {
        MISTAKE: _l("잘못 숨겼어요"),
        APPEAL: _l("이의를 받아들였어요"),
        NO_LONGER: _l("숨길 까닭이 없어졌어요"),
        CHECKED: _l("살펴보니 숨길 까닭이 없어요"),
    }


class AppealDecision(LabelledEnum):
    KEPT = "KEPT"
    SHOWN = "SHOWN"

    __labels__ = {
        KEPT: _l("계속 숨김"),
        SHOWN: _l("다시 공개"),
    }


class Report(AboutText, Base):
    """One person's report of a text. Settled when staff hide the text or dismiss the reports."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    reporter_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"))
    reason: Mapped[Reason] = mapped_column(enum_type(Reason, "report_reason"))
    words: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.UniqueConstraint("reporter_id", "text_kind", "text_id"),
        sa.Index(None, "text_kind", "text_id"),
        sa.Index(None, "reporter_id", "created_at"),
    )


class Hiding(AboutText, Base):
    """One hiding of a text, with the author's appeal and its outcome. Never deleted."""

    __tablename__ = "hiding"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[Reason] = mapped_column(enum_type(Reason, "hiding_reason"))
    hidden_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    hidden_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """NULL where the system did it: by command, or while `is_held`."""
    is_held: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Hidden by the program, as one of many near-copies, until a moderator has read it."""
    state_before: Mapped[str] = mapped_column(sa.String(32))
    """Code of the kind's own states: what to restore, with `target_before_id`."""
    target_before_id: Mapped[int | None]

    appeal_text: Mapped[str | None] = mapped_column(sa.Text)
    appealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appeal_decision: Mapped[AppealDecision | None] = mapped_column(enum_type(AppealDecision, "appeal_decision"))
    appeal_answer: Mapped[str | None] = mapped_column(sa.Text)
    appeal_decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appeal_decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    lift_reason: Mapped[ShowReason | None] = mapped_column(enum_type(ShowReason, "lift_reason"))

    hidden_by: Mapped[Account | None] = relationship(foreign_keys=[hidden_by_id])

    __table_args__ = (
        sa.CheckConstraint("state_before NOT IN ('', 'HIDDEN')", name="hides_what_was_shown"),
        sa.CheckConstraint("target_before_id IS NULL OR state_before = 'MERGED'", name="remembers_where_it_was_merged"),
        sa.CheckConstraint(
            "NOT is_held OR (hidden_by_id IS NULL AND appealed_at IS NULL)", name="held_until_somebody_has_read_it"
        ),
        sa.CheckConstraint("(appeal_text IS NULL) = (appealed_at IS NULL)", name="appeal_has_words_and_a_time"),
        sa.CheckConstraint(
            "(appeal_decision IS NULL) = (appeal_decided_at IS NULL) AND "
            "(appeal_decision IS NULL OR appealed_at IS NOT NULL)",
            name="only_an_appeal_is_decided",
        ),
        sa.CheckConstraint("(lifted_at IS NULL) = (lift_reason IS NULL)", name="lifted_with_a_reason"),
        sa.Index(
            "uq_hiding_open",
            "text_kind",
            "text_id",
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
        sa.Index(None, "text_kind", "text_id"),
        sa.Index(None, "hidden_at"),
    )

    @property
    def earlier(self) -> EarlierState:
        return EarlierState(self.state_before, self.target_before_id)

    @property
    def is_open(self) -> bool:
        return self.lifted_at is None

    @property
    def waits_for_decision(self) -> bool:
        return self.appealed_at is not None and self.appeal_decided_at is None
