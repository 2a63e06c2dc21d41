"""Which function does which kind of job, and what runs every minute. Slices register in their `tasks.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

JobHandler = Callable[..., dict[str, Any] | None]
PeriodicTask = Callable[[], object]

JOB_HANDLERS: dict[str, JobHandler] = {}
"""Job kind -> the function that does it: `handler(progress, **arguments) -> result`."""
PERIODIC_TASKS: dict[str, PeriodicTask] = {}
"""Name -> the function; the runner commits what it leaves open."""


def job_handler(kind: str) -> Callable[[JobHandler], JobHandler]:
    """Register the function that does jobs of this kind: `handler(progress, **arguments) -> result`."""

    def register(function: JobHandler) -> JobHandler:
        JOB_HANDLERS[kind] = function
        return function

    return register


def periodic_task(name: str) -> Callable[[PeriodicTask], PeriodicTask]:
    """Register small work that needs no job row: it runs every minute, and soon after `enqueue_task(name)`."""

    def register(function: PeriodicTask) -> PeriodicTask:
        PERIODIC_TASKS[name] = function
        return function

    return register
