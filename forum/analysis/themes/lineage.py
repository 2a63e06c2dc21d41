"""Who stood where in two runs of a campaign. Reads only; `services` lets `nlp.cluster.align` match the two."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.themes.models import ClusterMember, ThemeRun, UnthemedIdea
from forum.core.database import reading
from forum.core.extensions import db

MIN_WEIGHT = 0.01  # smallest weight of an idea in a cluster or theme: `nlp.cluster.align` takes weights above 0
Members = dict[int, dict[int, float]]
"""Cluster id -> idea id -> weight."""


@dataclass(frozen=True)
class BothRuns:
    old: Members
    new: Members
    old_read: set[int]
    new_read: set[int]


def both_runs(campaign_id: int, run_id: int) -> BothRuns | None:
    """The current run of the campaign beside a new one; None where there is no current run."""
    current = db.session.scalar(
        sa.select(ThemeRun.id).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current, ThemeRun.id != run_id)
    )
    if current is None:
        return None
    (old, old_read), (new, new_read) = run_members(current), run_members(run_id)
    return BothRuns(old, new, old_read, new_read)


def stood_in(campaign_id: int, granularity: str, encoder: str) -> dict[int, int]:
    """Idea id -> cluster id in the current run, if that was as fine as the new one shall be and read the ideas the same
    way; nothing otherwise: themes found by words alone give way once meaning is known."""
    with reading():
        query = sa.select(ThemeRun).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current)
        run = db.session.scalar(query)
        stood = {}
        if run is not None and (run.parameters.get("granularity", "normal"), run.encoder) == (granularity, encoder):
            members, _read_ideas = run_members(run.id)
            stood = {idea_id: cluster_id for cluster_id, group in members.items() for idea_id in group}
        db.session.rollback()
    return stood


def run_members(run_id: int) -> tuple[Members, set[int]]:
    """Return the weights of a run's main members by cluster, closest first, and the ids of all ideas it has read."""
    members: Members = defaultdict(dict)
    query = (
        sa.select(ClusterMember.cluster_id, ClusterMember.idea_id, ClusterMember.score)
        .where(ClusterMember.run_id == run_id, ClusterMember.is_main)
        .order_by(ClusterMember.cluster_id, ClusterMember.rank)
    )
    for cluster_id, idea_id, score in db.session.execute(query):
        members[cluster_id][idea_id] = max(score, MIN_WEIGHT)
    loose = db.session.scalars(sa.select(UnthemedIdea.idea_id).where(UnthemedIdea.run_id == run_id))
    return dict(members), set(loose) | {key for group in members.values() for key in group}
