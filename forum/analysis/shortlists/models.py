"""Shortlists and what their votes gave. No row names a person beside a vote."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea

MAX_SIZE = 10  # places of a slate


class ShortlistState(LabelledEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"

    __labels__ = {
        OPEN: _l("투표하는 중"),
        CLOSED: _l("끝남"),
    }


class SlateStanding(LabelledEnum):
    """What can be said of a slate; `nlp.opinion.slate_result.SlateStanding` and one more."""

    COMPLETE = "COMPLETE"
    GAPS = "GAPS"
    UNTOLD = "UNTOLD"
    TOO_FEW = "TOO_FEW"
    """Fewer than five people voted: their ballots would tell of them, so nothing is computed and nothing published."""

    __labels__ = {
        COMPLETE: _l("모두가 모든 제안에 투표했어요"),
        GAPS: _l("남긴 투표로 골랐어요"),
        UNTOLD: _l("공정한 대표안이라고 말할 수 없어요"),
        TOO_FEW: _l("투표한 사람이 너무 적어요"),
    }


class Shortlist(Base):
    """후보 투표: a few ideas on which everybody is asked to vote. A closed one never changes.

    `number` counts a campaign's shortlists from 1; at most one of a campaign is open.
    """

    __tablename__ = "shortlist"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    number: Mapped[int]
    size: Mapped[int]
    """Places of its slate."""
    seed: Mapped[str] = mapped_column(sa.String(32))
    """Random hexadecimal digits that settle ties, made and published when it is opened."""
    state: Mapped[ShortlistState] = mapped_column(
        enum_type(ShortlistState, "shortlist_state"), default=ShortlistState.OPEN
    )
    revision: Mapped[int] = mapped_column(default=1)
    """Grows with each act; a page that shows another one is out of date."""
    n_voters: Mapped[int] = mapped_column(default=0, server_default="0")
    """People with a vote that counts, and in `n_seen_all` those with one on every idea, when a periodic task last
    counted: a minute late, because counting takes seconds where many vote."""
    n_seen_all: Mapped[int] = mapped_column(default=0, server_default="0")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    opened_by_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "number"),
        sa.CheckConstraint("number >= 1 AND revision >= 1", name="counts_from_one"),
        sa.CheckConstraint(f"size BETWEEN 1 AND {MAX_SIZE}", name="has_places"),
        sa.CheckConstraint("length(seed) = 32", name="has_a_seed"),
        sa.CheckConstraint("n_seen_all BETWEEN 0 AND n_voters", name="voters_are_counted"),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed_has_a_time"),
        sa.Index(
            "uq_shortlist_open",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("state = 'OPEN'"),
            postgresql_where=sa.text("state = 'OPEN'"),
        ),
    )


class ShortlistIdea(Base):
    """One idea of a shortlist. Votes on it count from `added_at` on: then people could know that they are published."""

    __tablename__ = "shortlist_idea"

    shortlist_id: Mapped[int] = mapped_column(sa.ForeignKey("shortlist.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    position: Mapped[int]
    """Its place on pages; places may be missing between."""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    idea: Mapped[Idea] = relationship()

    __table_args__ = (sa.UniqueConstraint("shortlist_id", "position"),)


class ShortlistVoter(Base):
    """Somebody who was told that ballots of a shortlist are published, and takes part. Only their votes count."""

    __tablename__ = "shortlist_voter"

    shortlist_id: Mapped[int] = mapped_column(sa.ForeignKey("shortlist.id"), primary_key=True)
    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), primary_key=True, index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class Slate(Base):
    """고른 대표안 of a closed shortlist with its proof, as it was published. It never changes."""

    __tablename__ = "slate"

    shortlist_id: Mapped[int] = mapped_column(sa.ForeignKey("shortlist.id"), primary_key=True, autoincrement=False)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    n_people: Mapped[int]
    """People with a vote that counts."""
    seen_all_share: Mapped[float]
    """0..1, share of them with a vote on every idea."""
    standing: Mapped[SlateStanding] = mapped_column(enum_type(SlateStanding, "slate_standing"))
    holds_share: Mapped[float | None]
    """0..1, share of the draws in which the slate is fair; NULL where nothing was drawn."""
    worst_by_approvals: Mapped[float | None]
    """What `worst_served_tenth` of the proof would be for the ideas with the most approvals."""
    proof: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """`nlp.opinion.slate_result.Slate.proof()`; docs/slate.md explains each field."""

    shortlist: Mapped[Shortlist] = relationship()

    __table_args__ = (
        sa.CheckConstraint("n_people >= 0 AND seen_all_share BETWEEN 0 AND 1", name="figures_are_possible"),
        sa.CheckConstraint("(standing = 'TOO_FEW') = (proof IS NULL)", name="a_slate_has_a_proof"),
        sa.CheckConstraint("holds_share IS NULL OR standing = 'GAPS'", name="only_gaps_are_drawn"),
        sa.CheckConstraint("holds_share IS NULL OR holds_share BETWEEN 0 AND 1", name="holds_share_is_a_share"),
    )
