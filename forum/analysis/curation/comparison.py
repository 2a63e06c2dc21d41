"""What a run is compared with: the campaign's live themes as they stand, and who was read when. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.curation.changes import ThemeNow
from forum.analysis.curation.models import KeptOut, Proposal, ProposalKind, ProposalState
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
from forum.core.extensions import db


@dataclass(frozen=True)
class Comparison:
    """Both sides of an alignment. `old` and `new` are {theme or cluster id: {idea id: weight}}."""

    campaign_id: int
    themes: Sequence[ThemeNow]
    old: dict[int, dict[int, float]]
    new: dict[int, dict[int, float]]
    old_read: set[int]
    new_read: set[int]


def comparison(run_id: int) -> Comparison:
    """Everything `compare_run` needs, in one reading transaction and a fixed number of statements."""
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
    kept_out, left_alone = _kept_out(list(old)), _left_alone(list(old))
    now = [
        ThemeNow(
            id=theme.id,
            by_machine=frozenset(by[MemberSource.MACHINE][theme.id]),
            by_hand=frozenset(by[MemberSource.HUMAN][theme.id]),
            kept_out=frozenset(kept_out[theme.id]),
            is_sent=theme.frozen_at is not None,
            left_alone=frozenset(left_alone[theme.id]),
        )
        for theme in themes
    ]
    new, new_read = run_members(run_id)
    old_read = _read_before(run) | {key for ideas in old.values() for key in ideas}
    return Comparison(run.campaign_id, now, old, new, old_read, new_read)


def _read_before(run: ThemeRun) -> set[int]:
    """Every idea that the finished run before this one has read."""
    earlier = (
        sa.select(ThemeRun.id)
        .where(ThemeRun.campaign_id == run.campaign_id, ThemeRun.id < run.id, ThemeRun.state == RunState.FINISHED)
        .order_by(ThemeRun.id.desc())
        .limit(1)
    )
    run_id = db.session.scalar(earlier)
    themed = sa.select(ClusterMember.idea_id).where(ClusterMember.run_id == run_id)
    left = sa.select(UnthemedIdea.idea_id).where(UnthemedIdea.run_id == run_id)
    return set(db.session.scalars(themed)) | set(db.session.scalars(left))


def _kept_out(theme_ids: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    query = sa.select(KeptOut.theme_id, KeptOut.idea_id).where(KeptOut.theme_id.in_(theme_ids))
    for theme_id, idea_id in db.session.execute(query):
        found[theme_id].add(idea_id)
    return found


def _left_alone(theme_ids: Sequence[int]) -> dict[int, set[tuple[ProposalKind, int | None]]]:
    found: dict[int, set[tuple[ProposalKind, int | None]]] = defaultdict(set)
    query = sa.select(Proposal.theme_id, Proposal.kind, Proposal.other_theme_id).where(
        Proposal.theme_id.in_(theme_ids), Proposal.state == ProposalState.LEFT
    )
    for theme_id, kind, other in db.session.execute(query):
        found[theme_id].add((kind, other))
    return found
