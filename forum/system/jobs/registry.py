"""Registry of job handlers and periodic tasks. Slices register theirs in `tasks.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

JobHandler = Callable[..., dict[str, Any] | None]
PeriodicTask = Callable[[], object]

JOB_HANDLERS: dict[str, JobHandler] = {}
"""Job kind -> the function that runs it: `handler(progress, **arguments) -> result`."""
PERIODIC_TASKS: dict[str, PeriodicTask] = {}
"""Name -> the function; the runner commits its open transaction."""


def job_handler(kind: str) -> Callable[[JobHandler], JobHandler]:
    """Register the function that runs jobs of this kind: `handler(progress, **arguments) -> result`."""

    def register(function: JobHandler) -> JobHandler:
        JOB_HANDLERS[kind] = function
        return function

    return register


def periodic_task(name: str) -> Callable[[PeriodicTask], PeriodicTask]:
    """Register short work without a job row: it runs every minute, and soon after `enqueue_task(name)`."""

    def register(function: PeriodicTask) -> PeriodicTask:
        PERIODIC_TASKS[name] = function
        return function

    return register
