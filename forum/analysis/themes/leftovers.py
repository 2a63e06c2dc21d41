"""What a killed worker left of a run that nobody will finish."""

from __future__ import annotations

import sqlalchemy as sa

from forum.analysis.themes.models import ClusterMember, RunState, ThemeRun, UnthemedIdea
from forum.core import clock
from forum.core.database import reading
from forum.core.extensions import db
from forum.system.jobs.models import Job, JobState

PIECE = 5_000  # rows a transaction deletes at most, so that others never wait long


def clear_lost_runs() -> int:
    """Declare runs failed whose job went on without them or ended, and take their members away. Commits.

    The job that lost its worker makes a run of its own; what the dead one had saved would lie there for ever.

    :return: how many runs were cleared
    """
    goes_on = sa.select(Job.id).where(
        Job.id == ThemeRun.job_id, Job.state == JobState.RUNNING, Job.attempt == ThemeRun.attempt
    )
    lost = sa.select(ThemeRun.id).where(ThemeRun.state == RunState.BUILDING, ~goes_on.exists())
    with reading():
        run_ids = list(db.session.scalars(lost))
        db.session.rollback()
    for run_id in run_ids:
        for table in (ClusterMember, UnthemedIdea):
            while _delete_piece(table, run_id):
                db.session.commit()
        db.session.execute(  # last, so that whoever is killed over this begins again
            sa.update(ThemeRun)
            .where(ThemeRun.id == run_id, ThemeRun.state == RunState.BUILDING)
            .values(state=RunState.FAILED, finished_at=clock.now())
        )
        db.session.commit()
    return len(run_ids)


def _delete_piece(table: type[ClusterMember | UnthemedIdea], run_id: int) -> int:
    """Delete at most PIECE of a run's rows; how many those were."""
    piece = sa.select(table.idea_id).where(table.run_id == run_id).distinct().limit(PIECE)
    done = db.session.execute(
        sa.delete(table)
        .where(table.run_id == run_id, table.idea_id.in_(piece))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
