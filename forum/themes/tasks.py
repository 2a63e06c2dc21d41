from __future__ import annotations

from forum.jobs.services import Progress, task
from forum.themes.queries import RUN_JOB
from forum.themes.services import run_analysis


@task(RUN_JOB)
def themes_run(progress: Progress, campaign_id: int) -> dict[str, int]:
    return run_analysis(campaign_id, progress)
