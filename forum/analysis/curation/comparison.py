"""Compare a new run with the campaign's live themes: read both sides, store what changed as proposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from forum.analysis.curation.changes import Change, ThemeSnapshot
from forum.analysis.curation.models import ExcludedIdea, Proposal, ProposalKind, ProposalState, ThemeLineage
from forum.analysis.themes.lineage import MIN_WEIGHT, run_members
from forum.analysis.themes.models import (
    LIVE_STATES,
    ClusterMember,
    MemberSource,
    RunState,
    Theme,
    ThemeIdea,
    ThemeRun,
    UnthemedIdea,
)
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.system.audit.services import record

if TYPE_CHECKING:  # at run time the module would bring scikit-learn into every web process
    from nlp.cluster.align import Link


@dataclass(frozen=True)
class Comparison:
    """Both sides of an alignment. `old` and `new` are {theme or cluster id: {idea id: weight}}."""

    themes: Sequence[ThemeSnapshot]
    old: dict[int, dict[int, float]]
    new: dict[int, dict[int, float]]
    old_idea_ids: set[int]
    new_idea_ids: set[int]


def comparison(run_id: int) -> Comparison:
    """Return what a run is compared with, read in a fixed number of statements."""
    run = db.session.get_one(ThemeRun, run_id)
    themes = db.session.scalars(
        sa.select(Theme).where(Theme.campaign_id == run.campaign_id, Theme.state.in_(LIVE_STATES)).order_by(Theme.id)
    ).all()
    old: dict[int, dict[int, float]] = {theme.id: {} for theme in themes}
    by: dict[MemberSource, dict[int, set[int]]] = {source: defaultdict(set) for source in MemberSource}
    members = sa.select(ThemeIdea.theme_id, ThemeIdea.idea_id, ThemeIdea.source, ThemeIdea.score).where(
        ThemeIdea.theme_id.in_(old)
    )
    for theme_id, idea_id, source, score in db.session.execute(members):
        old[theme_id][idea_id] = 1.0 if score is None else max(score, MIN_WEIGHT)
        by[source][theme_id].add(idea_id)
    excluded, dismissed = _excluded(list(old)), _dismissed(list(old))
    snapshots = [
        ThemeSnapshot(
            id=theme.id,
            by_machine=frozenset(by[MemberSource.MACHINE][theme.id]),
            by_hand=frozenset(by[MemberSource.HUMAN][theme.id]),
            excluded=frozenset(excluded[theme.id]),
            is_sent=theme.frozen_at is not None,
            dismissed=frozenset(dismissed[theme.id]),
        )
        for theme in themes
    ]
    new, new_idea_ids = run_members(run_id)
    old_idea_ids = _read_before(run) | {key for ideas in old.values() for key in ideas}
    return Comparison(snapshots, old, new, old_idea_ids, new_idea_ids)


def lock_if_current(run_id: int) -> bool:
    """Lock a run, so that no other becomes the current one before the commit; return whether it is the current one."""
    run = sa.select(ThemeRun.is_current).where(ThemeRun.id == run_id).with_for_update(key_share=True)
    return bool(db.session.scalar(run))


def store_comparison(run_id: int, links: Iterable[Link], found: Sequence[Change]) -> None:
    """Store how a run relates to the themes, and the changes as open proposals. The caller commits.

    What an earlier attempt stored for the run is replaced; open proposals of older runs become SUPERSEDED.
    """
    run = db.session.get_one(ThemeRun, run_id)
    _replace_older(run)
    db.session.add_all(
        ThemeLineage(
            run_id=run_id,
            theme_id=link.old,
            cluster_id=link.new,
            kind=link.kind.value,
            score=link.score,
            theme_share=link.old_share,
            cluster_share=link.new_share,
            n_shared=link.n_shared,
            is_successor=link.is_successor,
        )
        for link in links
        if link.old is not None
    )
    db.session.add_all(
        Proposal(
            run_id=run_id,
            theme_id=change.theme_id,
            kind=change.kind,
            cluster_id=change.cluster_id,
            other_theme_id=change.other_theme_id,
            idea_ids=list(change.idea_ids),
        )
        for change in found
    )
    record(SYSTEM, "themes.compare_run", run, after={"proposals": len(found)})


def _replace_older(run: ThemeRun) -> None:
    db.session.execute(sa.delete(Proposal).where(Proposal.run_id == run.id, Proposal.state == ProposalState.OPEN))
    db.session.execute(sa.delete(ThemeLineage).where(ThemeLineage.run_id == run.id))
    theirs = sa.select(Theme.id).where(Theme.campaign_id == run.campaign_id)
    db.session.execute(
        sa.update(Proposal)
        .where(Proposal.theme_id.in_(theirs), Proposal.state == ProposalState.OPEN)
        .values(state=ProposalState.SUPERSEDED)
        .execution_options(synchronize_session=False)
    )


def _read_before(run: ThemeRun) -> set[int]:
    """Return every idea that the finished run before this one has read."""
    earlier = (
        sa.select(ThemeRun.id)
        .where(ThemeRun.campaign_id == run.campaign_id, ThemeRun.id < run.id, ThemeRun.state == RunState.FINISHED)
        .order_by(ThemeRun.id.desc())
        .limit(1)
    )
    run_id = db.session.scalar(earlier)
    themed = sa.select(ClusterMember.idea_id).where(ClusterMember.run_id == run_id)
    unthemed = sa.select(UnthemedIdea.idea_id).where(UnthemedIdea.run_id == run_id)
    return set(db.session.scalars(themed)) | set(db.session.scalars(unthemed))


def _excluded(theme_ids: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    query = sa.select(ExcludedIdea.theme_id, ExcludedIdea.idea_id).where(ExcludedIdea.theme_id.in_(theme_ids))
    for theme_id, idea_id in db.session.execute(query):
        found[theme_id].add(idea_id)
    return found


def _dismissed(theme_ids: Sequence[int]) -> dict[int, set[tuple[ProposalKind, int | None]]]:
    found: dict[int, set[tuple[ProposalKind, int | None]]] = defaultdict(set)
    query = sa.select(Proposal.theme_id, Proposal.kind, Proposal.other_theme_id).where(
        Proposal.theme_id.in_(theme_ids), Proposal.state == ProposalState.DISMISSED
    )
    for theme_id, kind, other in db.session.execute(query):
        found[theme_id].add((kind, other))
    return found
