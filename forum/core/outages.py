"""What to do while a server that the forum can do without for a while is gone: try seldom, log seldom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger()
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


class Outage:
    """The absence of one server: each failed try doubles the pause until the next one, and is one log line.

    Threads share it. Failures that come within the pause of an earlier one are the same failure.
    """

    def __init__(self, service: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.service = service
        self.pause = 0.0  # seconds until the next try; 0 while the server answers
        self._clock = clock
        self._lock = threading.Lock()
        self._began_at = self._counted_at = self._try_at = 0.0

    @property
    def is_on(self) -> bool:
        return self.pause > 0

    def may_try(self) -> bool:
        """Return whether the server should be asked now. During an outage one caller in each pause is told to."""
        with self._lock:
            if not self.is_on:
                return True
            now = self._clock()
            if now < self._try_at:
                return False
            self._try_at = now + self.pause
            return True

    def failed(self, error: BaseException) -> None:
        """Record that the server did not answer."""
        with self._lock:
            now = self._clock()
            if self.is_on and now < self._counted_at + self.pause:
                return
            if not self.is_on:
                self._began_at = now
            self.pause = min(2 * self.pause, LONGEST_PAUSE_SECONDS) or FIRST_PAUSE_SECONDS
            self._counted_at, self._try_at = now, now + self.pause
        # the text only: a traceback of a library says nothing more about a server that is gone
        reason = f"{type(error).__name__}: {error}"[:200]
        log.warning("server_gone", server=self.service, error=reason, next_try_seconds=self.pause)

    def worked(self) -> None:
        """Record that the server answered."""
        if not self.is_on:  # nearly always, and without the lock
            return
        with self._lock:
            was_on, self.pause = self.pause > 0, 0.0
            seconds = round(self._clock() - self._began_at)
        if was_on:  # another thread may have been first
            log.warning("server_back", server=self.service, gone_seconds=seconds)
