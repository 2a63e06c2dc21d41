"""Members of a campaign's runs by cluster: what `nlp.cluster.align` compares. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.themes.models import Cluster, ClusterMember, ThemeRun, UnthemedIdea
from forum.core.extensions import db

MIN_WEIGHT = 0.01  # smallest weight of an idea in a cluster or theme: `nlp.cluster.align` takes weights above 0
Members = dict[int, dict[int, float]]
"""Cluster id -> idea id -> weight."""


@dataclass(frozen=True)
class RunMemberships:
    """Members of the current run (`old`) and of a new one, and the ids of all ideas that each of them has read."""

    old: Members
    new: Members
    old_idea_ids: set[int]
    new_idea_ids: set[int]


def run_memberships(campaign_id: int, run_id: int) -> RunMemberships | None:
    """Return the memberships of the campaign's current run and of a new one; None where there is no current run."""
    current = db.session.scalar(
        sa.select(ThemeRun.id).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current, ThemeRun.id != run_id)
    )
    if current is None:
        return None
    (old, old_idea_ids), (new, new_idea_ids) = run_members(current), run_members(run_id)
    return RunMemberships(old, new, old_idea_ids, new_idea_ids)


@dataclass(frozen=True)
class Previous:
    """Where the ideas stood in the last run; empty where there is none to go on from.

    :param themes: idea id -> cluster id
    :param subjects: idea id -> number of the subject, for those whose cluster is in one
    """

    themes: dict[int, int]
    subjects: dict[int, int]


def previous_assignments(campaign_id: int, granularity: str, encoder: str) -> Previous:
    """Return where the ideas stand in the current run, if it had this granularity and encoder; else nothing.

    Themes found by words alone are not carried on once meaning is known.
    """
    query = sa.select(ThemeRun).where(ThemeRun.campaign_id == campaign_id, ThemeRun.is_current)
    run = db.session.scalar(query)
    if run is None or (run.parameters.get("granularity", "normal"), run.encoder) != (granularity, encoder):
        return Previous({}, {})
    members, _idea_ids = run_members(run.id)
    themes = {idea_id: cluster_id for cluster_id, group in members.items() for idea_id in group}
    numbers = sa.select(Cluster.id, Cluster.subject_number).where(
        Cluster.run_id == run.id, Cluster.subject_number.is_not(None)
    )
    subject_of = {cluster_id: number for cluster_id, number in db.session.execute(numbers) if number is not None}
    subjects = {idea_id: subject_of[cluster_id] for idea_id, cluster_id in themes.items() if cluster_id in subject_of}
    return Previous(themes, subjects)


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
