from __future__ import annotations

from forum.jobs.services import Progress, errand, task
from forum.themes.leftovers import clear_lost_runs
from forum.themes.queries import RUN_JOB
from forum.themes.services import run_analysis

errand("themes.clear_lost_runs")(clear_lost_runs)


@task(RUN_JOB)
def themes_run(progress: Progress, campaign_id: int) -> dict[str, int]:
    return run_analysis(campaign_id, progress)
