"""What the analysts' pages read, except for the long lists (`listing`). Each sends a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, defer, joinedload, selectinload

from forum.analysis.curation.citations import Sentence, cited_ids, examine
from forum.analysis.curation.models import AffectedTheme, Proposal, ProposalState, RecordedEdit, ThemeLineage
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
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.people.accounts.models import Participant
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally

SPLIT_JOB = "desk.suggest_split"
EDITS_SHOWN = 20
IDEAS_TO_READ = 12
MAX_ID = 2**31
MAX_EDITS_NAMED = 3


@dataclass(frozen=True)
class EditRow:
    """An edit in the list; `is_next` if nothing prevents undoing it."""

    edit: RecordedEdit
    is_next: bool


@dataclass(frozen=True)
class Suggestion:
    """How the machine would split a theme: the newest job, and the groups of its result."""

    job: Job | None = None
    groups: Sequence[Mapping[str, Any]] = field(default_factory=list)


def adoptable_members(cluster: Cluster) -> dict[int, float | None]:
    """Return a cluster's open ideas with their scores, without those that a person put into another live theme."""
    theme = aliased(Theme)
    elsewhere = (
        sa.select(ThemeIdea.idea_id)
        .join(theme, theme.id == ThemeIdea.theme_id)
        .where(
            ThemeIdea.idea_id == ClusterMember.idea_id,
            ThemeIdea.source == MemberSource.HUMAN,
            theme.state.in_(LIVE_STATES),
        )
    )
    query = (
        sa.select(ClusterMember.idea_id, ClusterMember.score)
        .join(Idea, Idea.id == ClusterMember.idea_id)
        .where(ClusterMember.cluster_id == cluster.id, Idea.state == IdeaState.OPEN, ~elsewhere.exists())
        .order_by(ClusterMember.rank)
    )
    return dict(db.session.execute(query).all())


def open_ideas(campaign_id: int, idea_ids: Collection[int]) -> set[int]:
    """Return those of these ideas that are open and of the campaign."""
    query = sa.select(Idea.id).where(
        Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN, Idea.id.in_(list(idea_ids))
    )
    return set(db.session.scalars(query))


def examined_summary(theme: Theme, typed: str | None = None) -> list[Sentence]:
    """Return each sentence of a theme's summary with what is missing for its approval; in two statements.

    :param typed: a summary that was typed and not saved, in place of the theme's own
    """
    summary = theme.summary if typed is None else typed
    cited = cited_ids(summary)
    states = sa.select(Idea.id, Idea.state).where(Idea.campaign_id == theme.campaign_id, Idea.id.in_(cited))
    members = sa.select(ThemeIdea.idea_id).where(ThemeIdea.theme_id == theme.id, ThemeIdea.idea_id.in_(cited))
    found = {key: "" if state is IdeaState.OPEN else state.label for key, state in db.session.execute(states)}
    return examine(summary, set(db.session.scalars(members)), found)


def ideas_to_read(theme: Theme, run_id: int) -> list[Idea]:
    """Return the ideas that are read beside the summary: those it cites, the run's representatives, the best supported.

    In two statements, at most `IDEAS_TO_READ`.
    """
    cited = [idea_id for idea_id in dict.fromkeys(cited_ids(theme.summary)) if idea_id < MAX_ID]
    found = aliased(ClusterMember)
    is_found = sa.and_(
        found.run_id == run_id, found.idea_id == ThemeIdea.idea_id, found.is_main, found.is_representative
    )
    query = (
        sa.select(Idea)
        .join(ThemeIdea, sa.and_(ThemeIdea.idea_id == Idea.id, ThemeIdea.theme_id == theme.id))
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .outerjoin(found, is_found)
        .options(joinedload(Idea.tally), joinedload(Idea.author).joinedload(Participant.account))
        .order_by(sa.case((Idea.id.in_(cited), 0), else_=1), found.idea_id.is_(None), IdeaTally.agree.desc(), Idea.id)
        .limit(IDEAS_TO_READ)
    )
    return list(db.session.scalars(query).unique())


@dataclass(frozen=True)
class DeskCounts:
    """What waits for an analyst in one campaign."""

    slug: str
    unread_clusters: int
    drafts: int
    unsent: int
    changes: int


def desk_counts() -> list[DeskCounts]:
    """Return what waits in each campaign; in one statement."""
    theme, cluster, run, proposal = aliased(Theme), aliased(Cluster), aliased(ThemeRun), aliased(Proposal)
    unread = (
        sa.select(sa.func.count())
        .select_from(cluster)
        .join(run, run.id == cluster.run_id)
        .where(run.campaign_id == Campaign.id, run.is_current, is_unread(cluster))
    )
    themes = sa.select(sa.func.count()).select_from(theme).where(theme.campaign_id == Campaign.id)
    changes = (
        sa.select(sa.func.count())
        .select_from(proposal)
        .join(theme, theme.id == proposal.theme_id)
        .where(theme.campaign_id == Campaign.id, proposal.state == ProposalState.OPEN)
    )
    query = sa.select(
        Campaign.slug,
        unread.correlate(Campaign).scalar_subquery(),
        themes.where(theme.state == ThemeState.DRAFT).correlate(Campaign).scalar_subquery(),
        themes.where(theme.state == ThemeState.APPROVED, theme.frozen_at.is_(None))
        .correlate(Campaign)
        .scalar_subquery(),
        changes.correlate(Campaign).scalar_subquery(),
    ).order_by(Campaign.id)
    return [DeskCounts(*row) for row in db.session.execute(query)]


def is_unread(cluster: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a cluster is neither a theme nor continues one."""
    made, line, continued = aliased(Theme), aliased(ThemeLineage), aliased(Theme)
    has_theme = sa.select(made.id).where(made.cluster_id == cluster.id).exists()
    continues = (
        sa.select(line.id)
        .join(continued, continued.id == line.theme_id)
        .where(
            line.run_id == cluster.run_id,
            line.cluster_id == cluster.id,
            line.is_successor,
            continued.state.in_(LIVE_STATES),
        )
    ).exists()
    return sa.and_(~has_theme, ~continues)


def later_edit(edit: RecordedEdit) -> RecordedEdit | None:
    """Return the newest edit of one of its themes that came after this one and is not undone."""
    ids = [affected.theme_id for affected in edit.affected_themes]
    query = (
        sa.select(RecordedEdit)
        .where(RecordedEdit.id > edit.id, RecordedEdit.undone_at.is_(None))
        .where(RecordedEdit.affected_themes.any(AffectedTheme.theme_id.in_(ids)))
        .options(joinedload(RecordedEdit.actor), defer(RecordedEdit.changes))
        .order_by(RecordedEdit.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def edits_since(theme: Theme, version: int) -> Sequence[RecordedEdit]:
    """Return the edits of a theme after it had this version, the newest first; at most `MAX_EDITS_NAMED`."""
    if version < 1:  # no page ever showed it
        return []
    query = (
        sa.select(RecordedEdit)
        .join(RecordedEdit.affected_themes)
        .where(AffectedTheme.theme_id == theme.id, AffectedTheme.version_after > version)
        .options(joinedload(RecordedEdit.actor), defer(RecordedEdit.changes))
        .order_by(RecordedEdit.id.desc())
        .limit(MAX_EDITS_NAMED)
    )
    return db.session.scalars(query).all()


def get_edit(edit_id: int) -> RecordedEdit:
    """:raise NotFound:"""
    query = (
        sa.select(RecordedEdit).where(RecordedEdit.id == edit_id).options(selectinload(RecordedEdit.affected_themes))
    )
    edit = db.session.scalar(query)
    if edit is None:
        raise NotFound("그런 일을 한 기록이 없어요.")
    return edit


def get_proposal(proposal_id: int) -> Proposal:
    """:raise NotFound:"""
    query = sa.select(Proposal).where(Proposal.id == proposal_id).options(*_WHOLE_PROPOSAL)
    proposal = db.session.scalar(query)
    if proposal is None:
        raise NotFound("그런 알림이 없어요.")
    return proposal


def theme_of(cluster: Cluster) -> Theme | None:
    """Return the theme created from a cluster."""
    return db.session.scalar(sa.select(Theme).where(Theme.cluster_id == cluster.id))


def continued_themes(run_id: int, cluster_ids: Collection[int]) -> dict[int, Theme]:
    """Return the live themes of earlier runs that these clusters continue, by cluster."""
    query = (
        sa.select(ThemeLineage)
        .join(ThemeLineage.theme)
        .where(ThemeLineage.run_id == run_id, ThemeLineage.cluster_id.in_(cluster_ids), ThemeLineage.is_successor)
        .where(Theme.state.in_(LIVE_STATES))
        .options(joinedload(ThemeLineage.theme))
    )
    return {line.cluster_id: line.theme for line in db.session.scalars(query) if line.cluster_id is not None}


def with_near_duplicates(theme: Theme, run_id: int, idea_ids: Collection[int]) -> list[int]:
    """Return these ideas and their near-duplicates in the theme, which are collapsed into one row."""
    query = (
        sa.select(ThemeIdea.idea_id)
        .join(ClusterMember, ClusterMember.idea_id == ThemeIdea.idea_id)
        .where(ThemeIdea.theme_id == theme.id, ClusterMember.run_id == run_id, ClusterMember.is_main)
        .where(ClusterMember.copy_of_id.in_(list(idea_ids)))
        .order_by(ThemeIdea.idea_id)
    )
    return list(dict.fromkeys([*idea_ids, *db.session.scalars(query)]))


def displayed_run(theme: Theme) -> int:
    """Return the run whose near-duplicates a theme's page shows: the campaign's current one, else the theme's own."""
    query = sa.select(ThemeRun.id).where(ThemeRun.campaign_id == theme.campaign_id, ThemeRun.is_current)
    return db.session.scalar(query) or theme.run_id


def other_drafts(theme: Theme) -> Sequence[Theme]:
    """Return the drafts to which this theme's ideas could be moved."""
    query = (
        sa.select(Theme)
        .where(Theme.campaign_id == theme.campaign_id, Theme.state == ThemeState.DRAFT, Theme.id != theme.id)
        .order_by(Theme.title, Theme.id)
    )
    return db.session.scalars(query).all()


def edits_of(campaign_id: int, theme_id: int | None = None, size: int = EDITS_SHOWN) -> Sequence[EditRow]:
    """Return the edits in a campaign, or of one theme, the newest first; in one statement."""
    later, mine, theirs = aliased(RecordedEdit), aliased(AffectedTheme), aliased(AffectedTheme)
    has_later_edit = (
        sa.select(later.id)
        .join(theirs, theirs.act_id == later.id)
        .join(mine, mine.theme_id == theirs.theme_id)
        .where(mine.act_id == RecordedEdit.id, later.id > RecordedEdit.id, later.undone_at.is_(None))
    ).exists()
    is_sent = (
        sa.select(Theme.id)
        .join(mine, mine.theme_id == Theme.id)
        .where(mine.act_id == RecordedEdit.id, Theme.frozen_at.is_not(None))
    ).exists()
    is_next = sa.and_(RecordedEdit.undone_at.is_(None), ~has_later_edit, ~is_sent)
    query = (
        sa.select(RecordedEdit, is_next)
        .where(RecordedEdit.campaign_id == campaign_id)
        .options(joinedload(RecordedEdit.actor), joinedload(RecordedEdit.undone_by), defer(RecordedEdit.changes))
        .order_by(RecordedEdit.id.desc())
        .limit(size)
    )
    if theme_id is not None:
        query = query.where(RecordedEdit.affected_themes.any(AffectedTheme.theme_id == theme_id))
    return [EditRow(edit, bool(can_undo)) for edit, can_undo in db.session.execute(query)]


def open_proposals(campaign_id: int, theme_id: int) -> Sequence[Proposal]:
    """Return the open proposals of the current run about a theme."""
    return db.session.scalars(open_proposals_query(campaign_id).where(Proposal.theme_id == theme_id)).all()


def n_open_proposals(campaign_id: int) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(Proposal)
        .join(Theme, Theme.id == Proposal.theme_id)
        .where(Theme.campaign_id == campaign_id, Proposal.state == ProposalState.OPEN)
    )
    return db.session.scalar(query) or 0


def lineage_of(theme: Theme, run_id: int) -> Sequence[tuple[ThemeLineage, Cluster | None]]:
    """Return how a theme relates to the clusters of a run, its successor first."""
    query = (
        sa.select(ThemeLineage, Cluster)
        .outerjoin(Cluster, Cluster.id == ThemeLineage.cluster_id)
        .where(ThemeLineage.theme_id == theme.id, ThemeLineage.run_id == run_id)
        .order_by(ThemeLineage.is_successor.desc(), ThemeLineage.score.desc(), ThemeLineage.id)
    )
    return [(line, cluster) for line, cluster in db.session.execute(query)]


def assigned_ideas(campaign_id: int, idea_ids: Collection[int]) -> set[int]:
    """Return those of these ideas that are in a live theme of the campaign."""
    query = (
        sa.select(ThemeIdea.idea_id)
        .join(ThemeIdea.theme)
        .where(Theme.campaign_id == campaign_id, Theme.state.in_(LIVE_STATES), ThemeIdea.idea_id.in_(list(idea_ids)))
    )
    return set(db.session.scalars(query))


def split_suggestion(theme: Theme) -> Suggestion:
    """Return the newest suggestion of how to split this theme."""
    job = newest_job(SPLIT_JOB, f"theme:{theme.id}")
    return Suggestion(job, (job.result or {}).get("groups", []) if job else [])


def split_input(theme_id: int) -> Sequence[sa.Row[int, str, str]]:
    """Return (id, title, body) of a theme's open ideas."""
    query = (
        sa.select(Idea.id, Idea.title, Idea.body)
        .join(ThemeIdea, ThemeIdea.idea_id == Idea.id)
        .where(ThemeIdea.theme_id == theme_id, Idea.state == IdeaState.OPEN)
        .order_by(Idea.id)
    )
    return db.session.execute(query).all()


def open_proposals_query(campaign_id: int) -> Any:
    return (
        sa.select(Proposal)
        .join(Proposal.theme)
        .where(Theme.campaign_id == campaign_id, Proposal.state == ProposalState.OPEN)
        .options(*_WHOLE_PROPOSAL)
        .order_by(Proposal.theme_id, Proposal.id)
    )


_WHOLE_PROPOSAL = (joinedload(Proposal.theme), joinedload(Proposal.other_theme), joinedload(Proposal.cluster))
