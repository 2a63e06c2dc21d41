"""Snapshots of what a campaign's votes say together. No row names a person beside a group."""

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


class SnapshotState(LabelledEnum):
    BUILDING = "BUILDING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"

    __labels__ = {
        BUILDING: _l("계산 중"),
        FINISHED: _l("끝남"),
        FAILED: _l("실패"),
    }


class OpinionSnapshot(Base):
    """공감대 회차: groups and scores of all votes at one moment. Once finished it never changes.

    At most one finished snapshot of a campaign is current. `number` counts a campaign's finished ones from 1.
    """

    __tablename__ = "opinion_snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    number: Mapped[int | None]
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    attempt: Mapped[int] = mapped_column(default=1)
    """The job's attempt that is building it; writes of another attempt do not match it."""
    state: Mapped[SnapshotState] = mapped_column(
        enum_type(SnapshotState, "snapshot_state"), default=SnapshotState.BUILDING
    )
    is_current: Mapped[bool] = mapped_column(default=False)
    votes_cut_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the votes were read; later ones are not in it."""
    last_event_id: Mapped[int] = mapped_column(sa.BigInteger)
    """The newest vote event at that moment: events after it tell how many votes are new."""
    n_people: Mapped[int]
    """People with a vote on an open idea; `n_entering` of them have enough votes for the groups."""
    n_entering: Mapped[int]
    n_ideas: Mapped[int]
    n_votes: Mapped[int]
    parameters: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """{"method", "seed", "worth": votes that everybody's share is worth in a group's, "versions": of the packages,
    "excluded": {"exclusions": ids of those in force, "people", "votes"}, only if there are any}"""
    map: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """{"places": [[x, y, group number, people], …], "n_hidden", "noise", "scale": [2], "edges": [[2], [2]]}, places
    from 0 to 1 and only those with five people of a group; empty where nobody enters."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship()
    groups: Mapped[list[OpinionGroup]] = relationship(order_by="OpinionGroup.number", viewonly=True)

    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "number"),
        sa.CheckConstraint("NOT is_current OR state = 'FINISHED'", name="current_is_finished"),
        sa.CheckConstraint("(state = 'BUILDING') = (finished_at IS NULL)", name="ended_has_finish"),
        sa.CheckConstraint("(state = 'FINISHED') = (number IS NOT NULL)", name="finished_has_number"),
        sa.CheckConstraint("n_entering >= 0 AND n_entering <= n_people AND n_votes >= 0", name="counts_are_possible"),
        sa.Index(
            "uq_opinion_snapshot_current",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        ),
        sa.Index("uq_opinion_snapshot_id_campaign_id", "id", "campaign_id", unique=True),  # for keys of two columns
    )


class OpinionGroup(Base):
    """의견 갈래: people of a snapshot who vote alike. A group that goes on keeps its number in the next snapshot."""

    __tablename__ = "opinion_group"

    snapshot_id: Mapped[int] = mapped_column(sa.ForeignKey("opinion_snapshot.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int]
    x: Mapped[float]
    """Mean place on the map, 0..1; `spread_x` and `spread_y` are standard deviations there."""
    y: Mapped[float]
    spread_x: Mapped[float]
    spread_y: Mapped[float]
    apart: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """What sets it apart, the largest difference first: [{"idea": id, "agrees_more": bool, "share": 0..1,
    "others_share": 0..1, "votes": int, "others_votes": int}, …]; false discoveries are held at 5 %."""

    __table_args__ = (sa.CheckConstraint("size > 0 AND number >= 0", name="has_people"),)


class OpinionScore(Base):
    """One idea in a snapshot. Scores are NULL where nobody who enters has voted on it."""

    __tablename__ = "opinion_score"

    snapshot_id: Mapped[int] = mapped_column(sa.ForeignKey("opinion_snapshot.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    slot: Mapped[int]
    """Its place in a random order from 0, by which the queue reads a part of many ideas."""
    gain: Mapped[float]
    """What one more answer tells (`nlp.opinion.routing.gains`)."""
    votes: Mapped[int]
    share: Mapped[float | None]
    """0..1, agreement among all votes of people who enter, passes included."""
    common_ground: Mapped[float | None]
    """Per cent; `low` and `high` are its 90 % interval."""
    low: Mapped[float | None]
    high: Mapped[float | None]
    order_score: Mapped[float | None]
    """The higher the earlier in lists; no percentage."""
    consensus: Mapped[float | None]
    """The published group-informed consensus, for those who compare."""
    badge: Mapped[bool] = mapped_column(default=False)
    cost_to_win: Mapped[int | None]
    """People; see `nlp.opinion.badge.Badges`."""
    cost_to_lose: Mapped[int | None]
    reweighted_share: Mapped[float | None]
    """0..1, among votes whose probability of being asked is known; `reweighted_votes` is their effective number."""
    reweighted_votes: Mapped[float] = mapped_column(default=0.0)
    groups: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """[[agree, disagree, pass, share, low, high], …] in the order of the groups' numbers; shares 0..1."""
    loadings: Mapped[list[float]] = mapped_column(sa.JSON, default=list)
    """[x, y, offset] of the map's axes."""
    lens: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """{"AGE": {code: [votes, agree]}, "REGION": …}, only cells that may be shown; see `lens.py`."""
    with_excluded: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    """The same computed with the votes that moderators have excluded: {"excluded": how many of these it has, "votes",
    "share", "common_ground", "low", "high", "badge"}; NULL where no exclusion was in force."""

    idea: Mapped[Idea] = relationship()

    __table_args__ = (
        sa.Index("ix_opinion_score_slot", "snapshot_id", "slot"),
        sa.CheckConstraint("gain > 0", name="gain_is_positive"),
        sa.CheckConstraint("common_ground IS NULL OR common_ground BETWEEN 0 AND 100", name="score_is_a_percentage"),
        sa.CheckConstraint("low IS NULL OR (low <= high AND low >= 0 AND high <= 100)", name="interval_is_in_order"),
        sa.CheckConstraint("NOT badge OR common_ground IS NOT NULL", name="badge_has_a_score"),
    )


class OpinionConsent(Base):
    """A person's own consent to be told where they stand among the groups, and when it was taken back.

    Opinions are sensitive data, so it is asked apart from all else. Nothing that is computed under it is stored. At
    most one of an account is in force.
    """

    __tablename__ = "opinion_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= given_at", name="withdrawn_after_given"),
        sa.Index(
            "uq_opinion_consent_in_force",
            "account_id",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )
