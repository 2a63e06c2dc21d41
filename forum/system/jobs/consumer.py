"""huey's consumer with workers that outlive the queue, and a minute hand that does not go through it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from huey import Huey
from huey.consumer import BaseProcess, Consumer, Worker
from huey.exceptions import HueyException

from forum.system.jobs.queue import Queue

log = structlog.get_logger()
MINUTE_SECONDS = 60


class PatientWorker(Worker):
    """Takes messages; while the queue is gone, runs the jobs that wait in the table."""

    def loop(self, now: Any = None) -> None:
        queue: Queue = self.huey.forum_queue
        try:
            task = queue.take()
        except HueyException:  # sent by another version of the forum; the job's row is there all the same
            log.warning("message_not_understood")
        except Exception:
            if not queue.run_next_job():
                self.stop_flag.wait(queue.outage.pause)
        else:
            self._execute(task, now)

    def _execute(self, task: Any, now: Any) -> None:
        if task is None:
            if not self.huey.storage.blocking:
                self.sleep()
            return
        self.delay = self.default_delay
        try:
            self.huey.execute(task, now)
        except Exception:
            log.exception("message_failed", task=task.name)


class MinuteHand(BaseProcess):
    """Runs each part of the minute's work in a thread of its own, at the start and once a minute.

    A part that still runs is not begun again: a slow mail server holds up neither heartbeat nor requeue.
    """

    process_name = "Minute"

    def __init__(self, huey: Huey, stop_flag: Any, interval: int, periodic: bool) -> None:
        super().__init__(huey, stop_flag)
        self._parts: tuple[Callable[[], object], ...] = huey.forum_queue.minute_parts if periodic else ()
        self._running: dict[Callable[[], object], threading.Thread] = {}
        self._due = time.monotonic()

    def loop(self, now: Any = None) -> None:
        if time.monotonic() >= self._due:
            self._due = time.monotonic() + MINUTE_SECONDS
            for part in self._parts:
                self._start(part)
        self.stop_flag.wait(max(self._due - time.monotonic(), 0))

    def shutdown(self) -> None:
        """Wait for what runs, as the workers do at a graceful stop."""
        for thread in self._running.values():
            thread.join()

    def _start(self, part: Callable[[], object]) -> None:
        before = self._running.get(part)
        if before is not None and before.is_alive():
            return
        self._running[part] = threading.Thread(target=self._run, args=(part,), daemon=True)
        self._running[part].start()

    def _run(self, part: Callable[[], object]) -> None:
        try:
            part()
        except Exception:
            log.exception("minute_failed", part=part.__name__)


class ForumConsumer(Consumer):
    worker_class = PatientWorker
    scheduler_class = MinuteHand


def serve_with_own_consumer(huey: Huey, queue: Queue) -> None:
    """Let `huey_consumer` start this module's consumer for this huey."""
    huey.forum_queue = queue
    huey.create_consumer = lambda **options: ForumConsumer(huey, **options)
