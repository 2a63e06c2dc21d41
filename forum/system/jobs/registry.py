"""Registry of job handlers and periodic tasks. Slices register theirs in `tasks.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from forum.core.access import Actor
from forum.core.i18n import LazyString, _l
from forum.system.jobs.models import Job

JobHandler = Callable[..., dict[str, Any] | None]
PeriodicTask = Callable[[], object]


@dataclass(frozen=True)
class JobLink:
    """Where a job's result stands, or where the job can be asked for again."""

    label: LazyString
    endpoint: str
    values: Mapping[str, Any]


FindLink = Callable[[Job, Actor], JobLink | None]


def no_link(_job: Job, _actor: Actor) -> JobLink | None:
    return None


@dataclass(frozen=True)
class JobKind:
    """What pages say of a kind of job: its name, its steps by code, and the links that an actor may follow."""

    name: LazyString
    steps: Mapping[str, LazyString] = field(default_factory=dict)
    result: FindLink = no_link
    """Asked of jobs that are done."""
    origin: FindLink = no_link
    """Where such a job is started: shown when one has failed or was cancelled."""


JOB_KINDS: dict[str, JobKind] = {}
UNKNOWN_KIND = JobKind(_l("오래 걸리는 일"))
JOB_HANDLERS: dict[str, JobHandler] = {}
"""Job kind -> the function that runs it: `handler(progress, **arguments) -> result`."""
PERIODIC_TASKS: dict[str, PeriodicTask] = {}
"""Name -> the function; the runner commits its open transaction."""


def describe_job(kind: str, description: JobKind) -> None:
    """Register the words and links of a kind of job; the slice that handles it does so in its `tasks.py`."""
    JOB_KINDS[kind] = description


def job_kind(job: Job) -> JobKind:
    """Return the words and links of a job. A kind that an older version of the forum knew has a general name."""
    return JOB_KINDS.get(job.kind, UNKNOWN_KIND)


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
