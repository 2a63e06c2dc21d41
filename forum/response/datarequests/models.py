"""Requests for restricted data: panel and criteria, reviews, decisions, terms and their acceptance, appeals."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.people.accounts.models import Account, Participant
from forum.response.dataneeds.models import DataNeed
from forum.response.datasets.models import Dataset
from forum.system.blobs.models import SHA256_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_PURPOSE_CHARS = 1_000
MAX_USERS_CHARS = 500
MAX_SAFEGUARDS_CHARS = 1_000
MAX_REASON_CHARS = 1_000
MAX_QUESTION_CHARS = 200
MAX_EXPLANATION_CHARS = 500
MOST_USERS = 100
LAST_ROUND = 2
"""A request is decided once, and once more if an appeal sends it back."""


class PanelSeat(Base):
    """공익 심사위원: an account that reviews requests for the public, until the seat ends. It keeps its role."""

    __tablename__ = "data_panel_seat"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    added_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship(foreign_keys=[account_id])

    __table_args__ = (
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= added_at", name="ends_after_it_began"),
        sa.Index(
            "uq_data_panel_seat_account_id",
            "account_id",
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )


class DataCriteria(Base):
    """심사 기준: one published edition. It never changes; a request is reviewed by the edition of its day."""

    __tablename__ = "data_criteria"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    published_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    items: Mapped[list[DataCriterion]] = relationship(order_by="DataCriterion.position")

    __table_args__ = (sa.CheckConstraint("number >= 1", name="numbers_count_from_one"),)


class DataCriterion(Base):
    """One question that every reviewer answers."""

    __tablename__ = "data_criterion"

    id: Mapped[int] = mapped_column(primary_key=True)
    criteria_id: Mapped[int] = mapped_column(sa.ForeignKey("data_criteria.id"))
    position: Mapped[int]
    question: Mapped[str] = mapped_column(sa.String(MAX_QUESTION_CHARS))
    explanation: Mapped[str] = mapped_column(sa.String(MAX_EXPLANATION_CHARS), default="")

    __table_args__ = (
        sa.UniqueConstraint("criteria_id", "position"),
        sa.CheckConstraint("position >= 0", name="positions_count_from_zero"),
        sa.CheckConstraint("question <> ''", name="asks_something"),
    )


class RequestState(LabelledEnum):
    REVIEW = "REVIEW"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    REVOKED = "REVOKED"
    WITHDRAWN = "WITHDRAWN"
    REMOVED = "REMOVED"
    """Left behind by somebody who left."""

    __labels__ = {
        REVIEW: _l("심사 중"),
        APPROVED: _l("승인"),
        REFUSED: _l("거절"),
        REVOKED: _l("승인 취소"),
        WITHDRAWN: _l("거둠"),
        REMOVED: _l("지움"),
    }


class UseKind(LabelledEnum):
    """What the data is for."""

    POLICY = "POLICY"
    RESEARCH = "RESEARCH"
    EDUCATION = "EDUCATION"
    JOURNALISM = "JOURNALISM"
    SERVICE = "SERVICE"

    __labels__ = {
        POLICY: _l("정책을 제안하거나 살피기"),
        RESEARCH: _l("연구"),
        EDUCATION: _l("배우고 가르치기"),
        JOURNALISM: _l("취재와 보도"),
        SERVICE: _l("모두가 쓰는 무료 서비스"),
    }


class DataRequest(Base):
    """자료 신청: one person asks for one restricted dataset. Everybody reads the purpose; the parties read the rest."""

    __tablename__ = "data_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(sa.ForeignKey("dataset.id"), index=True)
    need_id: Mapped[int | None] = mapped_column(sa.ForeignKey("data_need.id"), index=True)
    """The question that the data would answer, if there is one."""
    criteria_id: Mapped[int] = mapped_column(sa.ForeignKey("data_criteria.id"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    use_kind: Mapped[UseKind] = mapped_column(enum_type(UseKind, "data_request_use"))
    purpose: Mapped[str] = mapped_column(sa.Text)
    users: Mapped[str] = mapped_column(sa.Text)
    """Who works with the rows; for the parties alone."""
    n_users: Mapped[int]
    safeguards: Mapped[str] = mapped_column(sa.Text)
    """How the rows are kept safe; for the parties alone."""
    from_on: Mapped[date]
    until_on: Mapped[date]
    """First and last day of use that are asked for."""
    state: Mapped[RequestState] = mapped_column(
        enum_type(RequestState, "data_request_state"), default=RequestState.REVIEW
    )
    round: Mapped[int] = mapped_column(default=1)
    panel_due_on: Mapped[date]
    """Until then the decision waits for the panel, unless enough of it has reviewed."""
    due_on: Mapped[date] = mapped_column(index=True)
    """When the holder has to decide this round."""
    state_reason: Mapped[str] = mapped_column(sa.Text, default="")
    """Why an approval was taken back; reasons of decisions are in `decisions`."""
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was withdrawn or the approval was taken back."""
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person said that the received files are deleted."""
    reminded_on: Mapped[date | None]
    revision: Mapped[int] = mapped_column(default=1)

    dataset: Mapped[Dataset] = relationship()
    need: Mapped[DataNeed | None] = relationship()
    criteria: Mapped[DataCriteria] = relationship()
    author: Mapped[Participant] = relationship()
    reviews: Mapped[list[RequestReview]] = relationship(back_populates="request", order_by="RequestReview.id")
    decisions: Mapped[list[RequestDecision]] = relationship(order_by="RequestDecision.round")
    terms: Mapped[list[RequestTerms]] = relationship(back_populates="request", order_by="RequestTerms.number")
    appeal: Mapped[RequestAppeal | None] = relationship(back_populates="request")

    __table_args__ = (
        sa.CheckConstraint(
            "state <> 'REVIEW' OR (purpose <> '' AND users <> '' AND safeguards <> '')", name="says_all"
        ),
        sa.CheckConstraint(f"n_users BETWEEN 1 AND {MOST_USERS}", name="is_for_some_people"),
        sa.CheckConstraint("until_on >= from_on", name="period_in_order"),
        sa.CheckConstraint("panel_due_on <= due_on", name="panel_comes_first"),
        sa.CheckConstraint(f"round BETWEEN 1 AND {LAST_ROUND}", name="rounds_in_range"),
        sa.CheckConstraint("(state = 'REVOKED') = (state_reason <> '')", name="revoked_with_a_reason"),
        sa.CheckConstraint("(state IN ('REVOKED', 'WITHDRAWN')) = (closed_at IS NOT NULL)", name="closed_at_a_time"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index("ix_data_request_state_id", "state", "id"),
        sa.Index(
            "uq_data_request_open",
            "author_id",
            "dataset_id",
            unique=True,
            sqlite_where=sa.text("state IN ('REVIEW', 'APPROVED')"),
            postgresql_where=sa.text("state IN ('REVIEW', 'APPROVED')"),
        ),
    )

    @validates("purpose")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text

    @property
    def is_open(self) -> bool:
        return self.state is RequestState.REVIEW

    @property
    def decision(self) -> RequestDecision | None:
        """The newest decision; None while the first one waits."""
        return self.decisions[-1] if self.decisions else None

    @property
    def terms_in_force(self) -> RequestTerms | None:
        return self.terms[-1] if self.terms and self.state is RequestState.APPROVED else None

    def reviews_of(self, round_: int) -> Sequence[RequestReview]:
        return [one for one in self.reviews if one.round == round_]


class Verdict(LabelledEnum):
    FIT = "FIT"
    UNFIT = "UNFIT"

    __labels__ = {FIT: _l("줘도 좋아요"), UNFIT: _l("주면 안 돼요")}


class Mark(LabelledEnum):
    """How a request meets one criterion."""

    YES = "YES"
    UNSURE = "UNSURE"
    NO = "NO"

    __labels__ = {YES: _l("그래요"), UNSURE: _l("모르겠어요"), NO: _l("아니에요")}


class RequestReview(Base):
    """What one member of the panel says in one round, read without the name. Its marks and verdict never change."""

    __tablename__ = "data_request_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("data_request.id"))
    round: Mapped[int]
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    marks: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    """Code of a `Mark` by the id of the criterion, as text."""
    verdict: Mapped[Verdict] = mapped_column(enum_type(Verdict, "data_request_verdict"))
    words: Mapped[str] = mapped_column(sa.Text)
    is_hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.UniqueConstraint("request_id", "round", "author_id"),
        sa.CheckConstraint("words <> ''", name="says_why"),
        sa.CheckConstraint(f"round BETWEEN 1 AND {LAST_ROUND}", name="rounds_in_range"),
    )

    request: Mapped[DataRequest] = relationship(back_populates="reviews")

    @validates("words")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class RequestDecision(Base):
    """What the holder decided in one round, and why. It never changes."""

    __tablename__ = "data_request_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("data_request.id"))
    round: Mapped[int]
    is_approved: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.Text)
    by_holder: Mapped[bool]
    """By a steward of the holder; otherwise by an analyst."""
    decided_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    due_on: Mapped[date]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.UniqueConstraint("request_id", "round"),
        sa.CheckConstraint("reason <> ''", name="says_why"),
        sa.CheckConstraint(f"round BETWEEN 1 AND {LAST_ROUND}", name="rounds_in_range"),
    )


class Publishing(LabelledEnum):
    """What may be published of the rows."""

    NOTHING = "NOTHING"
    CHECKED = "CHECKED"
    FIGURES = "FIGURES"

    __labels__ = {
        NOTHING: _l("아무것도 공개하지 않기"),
        CHECKED: _l("보유기관이 확인한 결과만"),
        FIGURES: _l("5명 이상을 모은 값만"),
    }


class RequestTerms(Base):
    """승인 조건: one edition of the terms of an approval, as data. It never changes; another edition follows it."""

    __tablename__ = "data_request_terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("data_request.id"))
    number: Mapped[int]
    until_on: Mapped[date]
    """Last day of use."""
    most_users: Mapped[int]
    publishing: Mapped[Publishing] = mapped_column(enum_type(Publishing, "data_request_publishing"))
    may_join: Mapped[bool]
    """May be joined with other data, but never to find a person."""
    erase_within_days: Mapped[int]
    """After the last day."""
    must_report: Mapped[bool]
    """What was found has to be told here."""
    more: Mapped[str] = mapped_column(sa.Text, default="")
    """What else the holder asks for, in words."""
    set_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    request: Mapped[DataRequest] = relationship(back_populates="terms")
    acceptances: Mapped[list[TermsAcceptance]] = relationship(order_by="TermsAcceptance.id")

    __table_args__ = (
        sa.UniqueConstraint("request_id", "number"),
        sa.CheckConstraint("number >= 1", name="numbers_count_from_one"),
        sa.CheckConstraint(f"most_users BETWEEN 1 AND {MOST_USERS}", name="is_for_some_people"),
        sa.CheckConstraint("erase_within_days BETWEEN 0 AND 365", name="erases_within_a_year"),
    )


class TermsAcceptance(Base):
    """The person accepts an edition of the terms together with the dataset's own, as they stood at that moment."""

    __tablename__ = "data_request_acceptance"

    id: Mapped[int] = mapped_column(primary_key=True)
    terms_id: Mapped[int] = mapped_column(sa.ForeignKey("data_request_terms.id"))
    terms_sha256: Mapped[str] = mapped_column(sa.String(SHA256_LENGTH))
    """Of everything accepted: `terms.whole_terms`. If it differs from today's, access waits until accepted again."""
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.UniqueConstraint("terms_id", "terms_sha256"),
        sa.CheckConstraint(f"length(terms_sha256) = {SHA256_LENGTH}", name="has_a_sha256"),
    )


class RequestAppeal(Base):
    """이의 신청: the person asks that a refusal is looked at again. An analyst who did not decide it answers."""

    __tablename__ = "data_request_appeal"

    request_id: Mapped[int] = mapped_column(sa.ForeignKey("data_request.id"), primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(sa.Text)
    """For the parties alone."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    due_on: Mapped[date]
    is_granted: Mapped[bool | None]
    """Granted: the holder decides once more; otherwise the refusal stands. None while it waits."""
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    request: Mapped[DataRequest] = relationship(back_populates="appeal")

    __table_args__ = (
        sa.CheckConstraint(
            "(is_granted IS NULL) = (answer = '') AND (is_granted IS NULL) = (answered_by_id IS NULL)"
            " AND (is_granted IS NULL) = (answered_at IS NULL)",
            name="answered_with_a_reason",
        ),
    )
