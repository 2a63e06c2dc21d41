"""Facts about runs and themes for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.themes.models import Cluster, RunState, Theme, ThemeIdea, ThemeRun
from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind

RUNS = fact_kind(
    "theme_run",
    _l("끝난 분석 회차와 묶음"),
    sa.select(
        ThemeRun.id,
        ThemeRun.campaign_id,
        ThemeRun.parameters,
        ThemeRun.versions,
        ThemeRun.n_ideas,
        ThemeRun.n_themed,
        ThemeRun.n_with_vectors,
        ThemeRun.encoder,
        ThemeRun.quality,
        ThemeRun.data_cut_at,
        ThemeRun.finished_at,
    ).where(ThemeRun.state == RunState.FINISHED),
    [
        sa.select(
            Cluster.run_id,
            Cluster.number,
            Cluster.title,
            Cluster.keywords,
            Cluster.size,
            Cluster.people,
            Cluster.agreed,
            Cluster.divided,
        )
    ],
)
"""Without the clusters' members: too many to hash in the transaction that publishes."""

CURRENT_RUNS = fact_kind(
    "current_run",
    _l("포럼마다 공개된 분석 회차"),
    sa.select(ThemeRun.campaign_id, ThemeRun.id).where(ThemeRun.is_current),
)
"""By campaign."""

THEMES = fact_kind(
    "theme",
    _l("정책 주제와 그 결정"),
    sa.select(
        Theme.id,
        Theme.campaign_id,
        Theme.run_id,
        Theme.cluster_id,
        Theme.title,
        Theme.title_source,
        Theme.summary,
        Theme.state,
        Theme.decision_reason,
        Theme.decided_by_id,
        Theme.decided_at,
        Theme.merged_into_id,
    ),
    [sa.select(ThemeIdea.theme_id, ThemeIdea.idea_id)],
)
