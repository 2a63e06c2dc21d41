from __future__ import annotations

from forum.analysis.themes.leftovers import clear_lost_runs
from forum.analysis.themes.models import Granularity
from forum.analysis.themes.queries import ENCODE_JOB, LIKENESS_JOB, RUN_JOB
from forum.analysis.themes.services import encode_campaign, find_likeness, run_analysis
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import job_handler, periodic_task

periodic_task("themes.clear_lost_runs")(clear_lost_runs)


@job_handler(RUN_JOB)
def themes_run(progress: Progress, campaign_id: int, granularity: str = "NORMAL") -> dict[str, int]:
    return run_analysis(campaign_id, progress, Granularity[granularity])


@job_handler(ENCODE_JOB)
def themes_encode(progress: Progress, campaign_id: int) -> dict[str, int]:
    return encode_campaign(campaign_id, progress)


@job_handler(LIKENESS_JOB)
def themes_likeness(progress: Progress, campaign_id: int) -> dict[str, int]:
    return find_likeness(campaign_id, progress)
