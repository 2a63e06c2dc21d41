"""Tables of the analysis: runs with their clusters, and themes. Import them from here."""

from __future__ import annotations

from forum.analysis.themes.models.run import (
    Cluster,
    ClusterLineage,
    ClusterMember,
    DuplicateGroup,
    Granularity,
    RunState,
    ThemeRun,
    UnthemedIdea,
    UnthemedReason,
)
from forum.analysis.themes.models.theme import (
    DECIDED_STATES,
    LIVE_STATES,
    MemberSource,
    Theme,
    ThemeIdea,
    ThemeState,
)

__all__ = [
    "DECIDED_STATES",
    "LIVE_STATES",
    "Cluster",
    "ClusterLineage",
    "ClusterMember",
    "DuplicateGroup",
    "Granularity",
    "MemberSource",
    "RunState",
    "Theme",
    "ThemeIdea",
    "ThemeRun",
    "ThemeState",
    "UnthemedIdea",
    "UnthemedReason",
]
