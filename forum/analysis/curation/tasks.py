from __future__ import annotations

from typing import Any

from forum.analysis.curation.queries import SPLIT_JOB
from forum.analysis.curation.services import compare_run, suggest_split
from forum.analysis.themes.queries import COMPARE_JOB
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import job_handler


@job_handler(COMPARE_JOB)
def desk_compare_run(progress: Progress, run_id: int) -> dict[str, int]:
    return compare_run(run_id, progress)


@job_handler(SPLIT_JOB)
def desk_suggest_split(progress: Progress, theme_id: int) -> dict[str, Any]:
    return suggest_split(theme_id, progress)
