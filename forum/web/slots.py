"""At most so many requests of a process use the database at once: one stuck lock must leave threads for the rest.

A request that waits for a lock occupies a thread. Without a limit, a few people who wait for the same lock occupy all
of them, and pages that need no lock, or no database at all, wait too. So of a process's threads

- two are for requests without the database: kept pages, files, /healthz;
- two more are for requests that only read, which wait for no row's lock.

A request that finds no slot waits while the others make progress. Where none has succeeded for a moment, as many as
there are threads for wait on, so that a short stall refuses nobody; the rest get 503 at once.

Some requests a script keeps and sends again by itself until they are answered, such as what is pressed on the phones of
a room. These give way: they hold at most a sixth of the threads, and none that would leave no spare one. The others of
them get 503 at once, with `Retry-After`, so that a burst of them keeps no thread from those who do not come back by
themselves. Without gunicorn (tests, commands) there is no limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from forum.core.errors import ServiceUnavailable
from forum.core.extensions import db
from forum.web.request_hooks import may_write

MAX_INSIDE = 10  # requests of a process in the database; more would only wait for the interpreter and the disk
PATIENCE_SECONDS = 0.4  # then two seconds for the lock: a vote is answered within two and a half
STUCK_AFTER_SECONDS = 0.3  # longer than requests take on a busy machine, and well below half a second
SPARE_THREADS = 2
SENT_AGAIN_SHARE = 6  # of 24 threads four for requests that are sent again by themselves; more only slow the others
AGAIN_AFTER_SECONDS = 2  # and up to as long again (static/js/kept.js), so that those sent away do not come together
HTTP_UNAVAILABLE = 503
View = TypeVar("View", bound=Callable[..., Any])


class Slots:
    """Counts who is inside; a semaphore that waits only while those inside come out well.

    :param patient: how many may wait on, for `PATIENCE_SECONDS`, while nobody comes out
    """

    def __init__(self, limit: int, patient: int = 0) -> None:
        self.limit, self.patient = limit, patient
        self.used = self.waiting = 0
        self._changed = threading.Condition()
        self._is_moving = True  # the last one to come out had succeeded
        self._moved_at = time.monotonic()

    def take(self) -> bool:
        """Take a slot, if need be after a short wait; return whether there was one."""
        began = time.monotonic()
        with self._changed:
            while self.used >= self.limit:
                until = self._moved_at + STUCK_AFTER_SECONDS
                if self.waiting < self.patient:
                    until = max(until, began + PATIENCE_SECONDS)
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self.waiting += 1
                self._changed.wait(left)
                self.waiting -= 1
            self.used += 1
            if self._is_moving:
                self._moved_at = time.monotonic()
            return True

    def give_back(self, succeeded: bool) -> None:
        """Give the slot back. A request that failed, such as one that timed out, is no progress."""
        with self._changed:
            self.used -= 1
            self._is_moving = succeeded
            if succeeded:
                self._moved_at = time.monotonic()
            self._changed.notify()


class Threads:
    """Counts the threads that requests with the database occupy, inside or waiting, and sends away who comes again.

    :param limit: threads that all of them may occupy before those that are sent again give way
    :param limit_again: threads that those that are sent again may occupy
    """

    def __init__(self, limit: int, limit_again: int) -> None:
        self.limit, self.limit_again = limit, limit_again
        self.used = self.used_again = 0
        self._lock = threading.Lock()

    def enter(self, is_sent_again: bool) -> bool:
        """Come in, and return True; only a request that is sent again may be sent away."""
        with self._lock:
            if is_sent_again and (self.used >= self.limit or self.used_again >= self.limit_again):
                return False
            self.used += 1
            self.used_again += is_sent_again
            return True

    def leave(self, is_sent_again: bool) -> None:
        with self._lock:
            self.used -= 1
            self.used_again -= is_sent_again


@dataclass(frozen=True)
class DatabaseSlots:
    """What limits the use of the database in one process."""

    threads: Threads
    everybody: Slots
    writers: Slots


def needs_no_database(view: View) -> View:
    """Mark a view that answers without a query, also while all slots are taken."""
    view.needs_no_database = True  # type: ignore[attr-defined]
    return view


def sent_again_by_itself(view: View) -> View:
    """Mark a view whose requests a script keeps and sends again until they are answered: they give way to others.

    The request has keys by which each thing in it is done once, and the script waits as `Retry-After` says.
    """
    view.is_sent_again = True  # type: ignore[attr-defined]
    return view


def register_slots(app: Flask) -> None:
    app.extensions["database_slots"] = None
    app.before_request(_take_slots)
    app.after_request(_note_success)
    app.teardown_request(_give_slots_back)


def limit_database_use(app: object, threads: int) -> None:
    """Limit the requests that use the database, for a process with so many threads.

    :param app: what gunicorn serves; anything but a forum stays as it is
    """
    if isinstance(app, Flask) and "database_slots" in app.extensions:
        spare = min(SPARE_THREADS, threads // 4)
        inside = min(threads - spare, MAX_INSIDE)
        waiting_room = threads - inside - spare  # threads in which requests can wait and still leave the spare ones
        readers = waiting_room // 3
        counted = Threads(threads - spare, max(threads // SENT_AGAIN_SHARE, 1))
        everybody, writers = Slots(inside, readers), Slots(inside - spare, waiting_room - readers)
        app.extensions["database_slots"] = DatabaseSlots(counted, everybody, writers)


@contextmanager
def outside_database() -> Iterator[None]:
    """Give this request's slots back while it does something slow that is not the database's; take them again after.

    What it has read is forgotten, and must be committed or nothing: its transaction ends. Where there is no limit, all
    stays as it is.

    :raise ServiceUnavailable: afterwards no slot was free
    """
    taken = g.get("slots", [])
    if taken:
        db.session.rollback()
        for each in reversed(g.pop("slots")):
            each.give_back(True)
    yield
    for each in taken:
        if not each.take():
            raise ServiceUnavailable
        g.setdefault("slots", []).append(each)


def _take_slots() -> None:
    """:raise ServiceUnavailable: all slots are taken, and nobody comes out; or the request gives way"""
    slots: DatabaseSlots | None = current_app.extensions["database_slots"]
    view = current_app.view_functions.get(request.endpoint or "")
    if slots is None or view is None or request.endpoint == "static" or getattr(view, "needs_no_database", False):
        return
    is_sent_again = getattr(view, "is_sent_again", False)
    if not slots.threads.enter(is_sent_again):
        raise ServiceUnavailable(wait=AGAIN_AFTER_SECONDS)
    g.is_sent_again, g.slots, g.succeeded = is_sent_again, [], False
    for each in (slots.writers, slots.everybody) if may_write() else (slots.everybody,):
        if not each.take():
            raise ServiceUnavailable
        g.slots.append(each)


def _note_success(response: Response) -> Response:
    g.succeeded = response.status_code != HTTP_UNAVAILABLE
    return response


def _give_slots_back(_error: BaseException | None) -> None:
    for each in reversed(g.pop("slots", [])):
        each.give_back(g.succeeded)
    if "is_sent_again" in g:
        current_app.extensions["database_slots"].threads.leave(g.pop("is_sent_again"))
