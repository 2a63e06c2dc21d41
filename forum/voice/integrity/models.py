"""Findings about votes, and why somebody's votes do not count (`voice.votes.models.VoteExclusion`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.voice.campaigns.models import Campaign
from forum.voice.votes.models import VoteExclusion


class FindingKind(LabelledEnum):
    """What was measured. `signals.py` says how."""

    BURST = "BURST"
    SAME_PATTERN = "SAME_PATTERN"
    TOO_FAST = "TOO_FAST"
    SAME_HOUR = "SAME_HOUR"

    __labels__ = {
        BURST: _l("한 제안에 한꺼번에 몰린 투표"),
        SAME_PATTERN: _l("똑같은 투표"),
        TOO_FAST: _l("읽을 틈이 없이 빠른 투표"),
        SAME_HOUR: _l("한 시간에 만든 계정들의 비슷한 투표"),
    }


INNOCENT = {
    FindingKind.BURST: _l(
        "기사나 누리소통망에서 이 제안을 보고 여러 사람이 한꺼번에 들어왔을 수 있어요. 그러면 이 제안에만 투표하고 "
        "나가는 사람이 많아요."
    ),
    FindingKind.SAME_PATTERN: _l(
        "한 반이나 모임이 의논해서 함께 투표했을 수 있어요. 생각이 같다는 것은 투표를 뺄 까닭이 되지 않아요."
    ),
    FindingKind.TOO_FAST: _l("미리 읽고 와서 눌렀거나, 제목만 보고 눌렀을 수 있어요. 그래도 그 사람의 투표예요."),
    FindingKind.SAME_HOUR: _l(
        "학교나 행사에서 함께 가입하고 투표했을 수 있어요. 그때는 가입한 때가 수업이나 행사의 때와 맞아요."
    ),
}
"""What could be behind a finding without anybody doing wrong. It stands beside each."""


class FindingState(LabelledEnum):
    OPEN = "OPEN"
    DISMISSED = "DISMISSED"
    ACTED = "ACTED"

    __labels__ = {
        OPEN: _l("판단을 기다려요"),
        DISMISSED: _l("그대로 두기로 했어요"),
        ACTED: _l("투표를 뺐어요"),
    }


class ExclusionReason(LabelledEnum):
    """Why votes may be excluded. The list is public; that people think alike is not on it."""

    MANY_ACCOUNTS = "MANY_ACCOUNTS"
    PROGRAM = "PROGRAM"
    OTHERS_ACCOUNT = "OTHERS_ACCOUNT"
    PAID = "PAID"

    __labels__ = {
        MANY_ACCOUNTS: _l("한 사람이 여러 계정으로 투표"),
        PROGRAM: _l("프로그램으로 투표"),
        OTHERS_ACCOUNT: _l("다른 사람의 계정으로 투표"),
        PAID: _l("돈이나 물건을 받고 투표"),
    }


EXPLANATIONS = {
    ExclusionReason.MANY_ACCOUNTS: _l("한 사람이 계정을 여러 개 만들어 되풀이해 투표했어요. 계정 하나의 투표만 세요."),
    ExclusionReason.PROGRAM: _l("사람이 읽고 판단하지 않고 프로그램이 투표했어요."),
    ExclusionReason.OTHERS_ACCOUNT: _l("계정의 주인이 아닌 사람이 그 계정으로 투표했어요."),
    ExclusionReason.PAID: _l("돈이나 물건, 일자리 따위를 받는 대신 정해 준 대로 투표했어요."),
}


class ObjectionDecision(LabelledEnum):
    KEPT = "KEPT"
    LIFTED = "LIFTED"

    __labels__ = {
        KEPT: _l("계속 빼기"),
        LIFTED: _l("다시 세기"),
    }


class VoteFinding(Base):
    """Evidence about some votes of a campaign, measured by the program and judged by a moderator alone.

    While it is open it is measured again; then `revision` grows if what it says has changed.
    """

    __tablename__ = "vote_finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    kind: Mapped[FindingKind] = mapped_column(enum_type(FindingKind, "finding_kind"))
    key: Mapped[str] = mapped_column(sa.String(64))
    """Tells findings of a kind apart, and finds the same one when it is measured again (`signals.Signal.key`)."""
    measured: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Figures by name: counts, moments in seconds since 1970, ids of ideas; no vote's value (`signals.py`)."""
    revision: Mapped[int] = mapped_column(default=1)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    state: Mapped[FindingState] = mapped_column(enum_type(FindingState, "finding_state"), default=FindingState.OPEN)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    words: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was dismissed."""

    campaign: Mapped[Campaign] = relationship()
    people: Mapped[list[VoteFindingPerson]] = relationship(
        order_by="VoteFindingPerson.participant_id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        sa.CheckConstraint("revision >= 1", name="counts_from_one"),
        sa.CheckConstraint(
            "(state = 'OPEN') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by_id IS NULL)",
            name="decided_by_somebody",
        ),
        sa.CheckConstraint(
            "state <> 'DISMISSED' OR (words IS NOT NULL AND words <> '')", name="dismissed_with_a_reason"
        ),
        sa.Index(
            "uq_vote_finding_open",
            "campaign_id",
            "kind",
            "key",
            unique=True,
            sqlite_where=sa.text("state = 'OPEN'"),
            postgresql_where=sa.text("state = 'OPEN'"),
        ),
    )

    @property
    def is_open(self) -> bool:
        return self.state is FindingState.OPEN


class VoteFindingPerson(Base):
    """Somebody whose votes a finding is about, with how many of them. Moderators see the number alone, no name."""

    __tablename__ = "vote_finding_person"

    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("vote_finding.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), primary_key=True, index=True)
    n_votes: Mapped[int] = mapped_column(default=0)

    __table_args__ = (sa.CheckConstraint("n_votes >= 0", name="votes_are_counted"),)


class VoteLook(Base):
    """How far a campaign's votes have been looked at: only what came since makes another look worth it."""

    __tablename__ = "vote_look"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True, autoincrement=False)
    last_event_id: Mapped[int] = mapped_column(sa.BigInteger)
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class ExclusionCase(Base):
    """Why somebody's votes do not count, who decided so, and the person's objection with its outcome. Never deleted."""

    __tablename__ = "vote_exclusion_case"

    exclusion_id: Mapped[int] = mapped_column(sa.ForeignKey("vote_exclusion.id"), primary_key=True, autoincrement=False)
    finding_id: Mapped[int | None] = mapped_column(sa.ForeignKey("vote_finding.id"), index=True)
    reason: Mapped[ExclusionReason] = mapped_column(enum_type(ExclusionReason, "exclusion_reason"))
    words: Mapped[str] = mapped_column(sa.Text)
    """What the moderator writes to the person; not public."""
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    decided_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    """Never NULL: only a person decides this, never the program."""

    objection_text: Mapped[str | None] = mapped_column(sa.Text)
    objected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    objection_decision: Mapped[ObjectionDecision | None] = mapped_column(
        enum_type(ObjectionDecision, "objection_decision")
    )
    objection_answer: Mapped[str | None] = mapped_column(sa.Text)
    objection_decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    objection_decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    lifted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    exclusion: Mapped[VoteExclusion] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.CheckConstraint("words <> ''", name="says_why"),
        sa.CheckConstraint("(objection_text IS NULL) = (objected_at IS NULL)", name="objection_has_words_and_a_time"),
        sa.CheckConstraint(
            "(objection_decision IS NULL) = (objection_decided_at IS NULL) AND "
            "(objection_decision IS NULL) = (objection_decided_by_id IS NULL) AND "
            "(objection_decision IS NULL) = (objection_answer IS NULL) AND "
            "(objection_decision IS NULL OR objected_at IS NOT NULL)",
            name="only_an_objection_is_decided",
        ),
    )

    @property
    def is_open(self) -> bool:
        return self.exclusion.is_open

    @property
    def participant_id(self) -> int:
        return self.exclusion.participant_id

    @property
    def waits_for_decision(self) -> bool:
        return self.objected_at is not None and self.objection_decided_at is None
