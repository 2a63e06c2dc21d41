"""The workbench's lists of clusters, themes and proposals, paged and sorted by the database.

Each sends a fixed number of statements, however many ideas a run or a theme holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.curation.models import Proposal, ProposalState
from forum.analysis.curation.paging import Page, one_page
from forum.analysis.curation.queries import continued_themes, is_unread, n_open_proposals, open_proposals_query
from forum.analysis.themes.models import (
    LIVE_STATES,
    Cluster,
    ClusterMember,
    MemberSource,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
)
from forum.core.database import LabelledEnum
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import IdeaTally


class Sort(LabelledEnum):
    SIZE = "SIZE"
    SUPPORT = "SUPPORT"
    STABILITY = "STABILITY"
    NEW = "NEW"

    __labels__ = {
        SIZE: _l("제안 많은 순"),
        SUPPORT: _l("찬성 많은 순"),
        STABILITY: _l("안정된 순"),
        NEW: _l("새로 바뀐 순"),
    }


class ThemeFilter(LabelledEnum):
    """Which themes the list shows; the value stands in the address."""

    DRAFT = "DRAFT"
    UNSENT = "UNSENT"
    SENT = "SENT"
    NOT_ADOPTED = "NOT_ADOPTED"

    __labels__ = {
        DRAFT: _l("검토 중"),
        UNSENT: _l("보낼 주제"),
        SENT: _l("보낸 주제"),
        NOT_ADOPTED: _l("정책 주제가 되지 않음"),
    }

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        conditions: dict[ThemeFilter, sa.ColumnElement[bool]] = {
            ThemeFilter.DRAFT: Theme.state == ThemeState.DRAFT,
            ThemeFilter.UNSENT: sa.and_(Theme.state == ThemeState.APPROVED, Theme.frozen_at.is_(None)),
            ThemeFilter.SENT: sa.and_(Theme.state == ThemeState.APPROVED, Theme.frozen_at.is_not(None)),
            ThemeFilter.NOT_ADOPTED: Theme.state.in_((ThemeState.REJECTED, ThemeState.OUT_OF_SCOPE)),
        }
        return conditions[self]


CLUSTER_SORTS = (Sort.SIZE, Sort.SUPPORT, Sort.STABILITY)
THEME_SORTS = tuple(Sort)


@dataclass(frozen=True)
class Votes:
    agree: int = 0
    disagree: int = 0
    pass_: int = 0


@dataclass(frozen=True)
class ClusterRow:
    """A cluster with the votes on its ideas, and the theme created from it or continued by it."""

    cluster: Cluster
    stability: float
    votes: Votes
    theme: Theme | None = None
    is_successor: bool = False


@dataclass(frozen=True)
class ThemeRow:
    theme: Theme
    n_ideas: int
    n_by_hand: int
    votes: Votes
    stability: float | None
    n_proposals: int
    cluster: Cluster | None = None


def cluster_page(run: ThemeRun, sort: Sort, number: int, *, only_unread: bool = False) -> Page[ClusterRow]:
    """Return a run's clusters, in three statements and a count.

    :param only_unread: those that are neither a theme nor continue one
    """
    wanted = sa.and_(Cluster.run_id == run.id, is_unread(Cluster) if only_unread else sa.true())
    sums = (
        sa.select(ClusterMember.cluster_id, *_vote_sums())
        .join(IdeaTally, IdeaTally.idea_id == ClusterMember.idea_id)
        .where(ClusterMember.run_id == run.id)
        .group_by(ClusterMember.cluster_id)
        .subquery()
    )
    stability_or_cohesion = sa.func.coalesce(Cluster.stability, Cluster.cohesion)
    orders: dict[Sort, Any] = {
        Sort.SUPPORT: sums.c.agree.desc().nulls_last(),
        Sort.STABILITY: stability_or_cohesion.desc(),
    }
    query = (
        sa.select(Cluster, stability_or_cohesion, sums.c.agree, sums.c.disagree, sums.c["pass"])
        .outerjoin(sums, sums.c.cluster_id == Cluster.id)
        .where(wanted)
        .order_by(orders.get(sort, Cluster.size.desc()), Cluster.number)
    )
    rows = db.session.execute(one_page(query, number)).all()
    ids = [row[0].id for row in rows]
    adopted = {
        theme.cluster_id: theme for theme in db.session.scalars(sa.select(Theme).where(Theme.cluster_id.in_(ids)))
    }
    continued = continued_themes(run.id, ids)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Cluster).where(wanted)) or 0
    items = [
        ClusterRow(
            cluster,
            stability,
            _votes(*counts),
            adopted.get(cluster.id) or continued.get(cluster.id),
            cluster.id not in adopted and cluster.id in continued,
        )
        for cluster, stability, *counts in rows
    ]
    return Page(items, number, total)


def votes_on(cluster: Cluster) -> Votes:
    query = (
        sa.select(*_vote_sums())
        .join(ClusterMember, ClusterMember.idea_id == IdeaTally.idea_id)
        .where(ClusterMember.cluster_id == cluster.id)
    )
    return _votes(*db.session.execute(query).one())


def theme_page(campaign: Campaign, sort: Sort, wanted: ThemeFilter | None, number: int) -> Page[ThemeRow]:
    """Return a campaign's live themes, or those that a filter wants, in one statement and a count."""
    sums = (
        sa.select(
            ThemeIdea.theme_id,
            sa.func.count().label("ideas"),
            sa.func.sum(sa.case((ThemeIdea.source == MemberSource.HUMAN, 1), else_=0)).label("by_hand"),
            *_vote_sums(),
        )
        .join(IdeaTally, IdeaTally.idea_id == ThemeIdea.idea_id)
        .join(Theme, Theme.id == ThemeIdea.theme_id)
        .where(Theme.campaign_id == campaign.id)
        .group_by(ThemeIdea.theme_id)
        .subquery()
    )
    open_proposals = (
        sa.select(Proposal.theme_id, sa.func.count().label("n"))
        .where(Proposal.state == ProposalState.OPEN)
        .group_by(Proposal.theme_id)
        .subquery()
    )
    stability_or_cohesion = sa.func.coalesce(Cluster.stability, Cluster.cohesion)
    orders: dict[Sort, Any] = {
        Sort.SUPPORT: sums.c.agree.desc().nulls_last(),
        Sort.STABILITY: stability_or_cohesion.desc().nulls_last(),
        Sort.NEW: Theme.changed_at.desc().nulls_last(),
    }
    is_wanted = sa.and_(Theme.campaign_id == campaign.id, wanted.condition if wanted else Theme.state.in_(LIVE_STATES))
    query = (
        sa.select(
            Theme,
            sums.c.ideas,
            sums.c.by_hand,
            sums.c.agree,
            sums.c.disagree,
            sums.c["pass"],
            stability_or_cohesion,
            open_proposals.c.n,
            Cluster,
        )
        .outerjoin(sums, sums.c.theme_id == Theme.id)
        .outerjoin(open_proposals, open_proposals.c.theme_id == Theme.id)
        .outerjoin(Cluster, Cluster.id == Theme.cluster_id)
        .where(is_wanted)
        .options(joinedload(Theme.decided_by))
        .order_by(orders.get(sort, sums.c.ideas.desc().nulls_last()), Theme.id)
    )
    items = [
        ThemeRow(theme, ideas or 0, by_hand or 0, _votes(agree, disagree, pass_), stability, n or 0, cluster)
        for theme, ideas, by_hand, agree, disagree, pass_, stability, n, cluster in db.session.execute(
            one_page(query, number)
        )
    ]
    return Page(items, number, db.session.scalar(sa.select(sa.func.count()).select_from(Theme).where(is_wanted)) or 0)


def proposal_page(campaign_id: int, number: int) -> Page[Proposal]:
    query = open_proposals_query(campaign_id)
    return Page(db.session.scalars(one_page(query, number)).all(), number, n_open_proposals(campaign_id))


def _vote_sums() -> tuple[Any, ...]:
    return (
        sa.func.sum(IdeaTally.agree).label("agree"),
        sa.func.sum(IdeaTally.disagree).label("disagree"),
        sa.func.sum(IdeaTally.pass_).label("pass"),
    )


def _votes(*counts: Any) -> Votes:
    return Votes(*(int(count or 0) for count in counts))
