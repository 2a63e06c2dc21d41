"""What analysts have done with the clusters of the run before: how often a run's grouping had to be put right."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from forum.analysis.curation.models import AffectedTheme, EditKind, RecordedEdit
from forum.analysis.themes.models import Cluster, MemberSource, RunState, Theme, ThemeRun
from forum.core.extensions import db


@dataclass(frozen=True)
class LastRunEdits:
    """Themes that were made from the last run's clusters, and how many of them analysts changed; undone edits left out.

    :param merged: merged with another theme, on either side
    """

    run_id: int
    themes: int
    renamed: int
    split: int
    merged: int


def edits_of_last_run(run: ThemeRun) -> LastRunEdits | None:
    """Return what became of the themes of the campaign's run before this one, in two statements; None without one."""
    last = db.session.scalar(
        sa.select(sa.func.max(ThemeRun.id))
        .where(ThemeRun.campaign_id == run.campaign_id, ThemeRun.state == RunState.FINISHED, ThemeRun.id < run.id)
        .where(~ThemeRun.without_analysis)
    )
    if last is None:
        return None
    is_renamed = sa.and_(Theme.title_source == MemberSource.HUMAN, Theme.title != Cluster.title)
    query = (
        sa.select(
            sa.func.count(Theme.id),
            *(
                sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
                for condition in (is_renamed, _has_edit(EditKind.SPLIT), _has_edit(EditKind.MERGE))
            ),
        )
        .join(Cluster, Cluster.id == Theme.cluster_id)
        .where(Theme.run_id == last)
    )
    themes, renamed, split, merged = db.session.execute(query).one()
    return LastRunEdits(last, themes, renamed, split, merged)


def _has_edit(kind: EditKind) -> sa.ColumnElement[bool]:
    return (
        sa.select(RecordedEdit.id)
        .join(AffectedTheme, AffectedTheme.act_id == RecordedEdit.id)
        .where(AffectedTheme.theme_id == Theme.id, RecordedEdit.kind == kind, RecordedEdit.undone_at.is_(None))
        .exists()
    )
