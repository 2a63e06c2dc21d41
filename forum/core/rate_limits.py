"""Where the rate limits are counted: in Redis, shared by all processes, or in the memory of each.

While Redis does not answer, each process counts in its own memory: a limit is then as many times as wide as there are
processes, and everybody begins at zero. Refusing would close registration for want of a counter.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from limits.storage import MemoryStorage, RedisStorage

from forum.core.extensions import limiter
from forum.core.outages import Outage

TIMEOUT_SECONDS = 1  # for connecting, and for each answer: a request's thread waits that long once in each pause
_MARK = "forum+"


class RedisOrMemory(RedisStorage):
    """Counters in Redis; while it does not answer, in this process's memory."""

    STORAGE_SCHEME = [f"{_MARK}redis", f"{_MARK}rediss"]

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri.removeprefix(_MARK), **options)
        self.outage = Outage("rate limits")
        self._memory = MemoryStorage()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return int(self._ask("incr", key, expiry, amount))

    def get(self, key: str) -> int:
        return int(self._ask("get", key))

    def get_expiry(self, key: str) -> float:
        return float(self._ask("get_expiry", key))

    def clear(self, key: str) -> None:
        self._ask("clear", key)

    def reset(self) -> int | None:
        self._memory.reset()
        answer: int | None = self._ask("reset")
        return answer

    def check(self) -> bool:
        """Return whether Redis answers; during an outage it is asked once in each pause."""
        if self.outage.may_try():
            try:
                self.get_connection().ping()
                self.outage.worked()
            except self.base_exceptions as error:
                self.outage.failed(error)
        return not self.outage.is_on

    def _ask(self, name: str, *arguments: Any) -> Any:
        if self.outage.may_try():
            try:
                answer = getattr(super(), name)(*arguments)
                self.outage.worked()
                return answer
            except self.base_exceptions as error:
                self.outage.failed(error)
        return getattr(self._memory, name)(*arguments)


def bind_limiter(app: Flask) -> None:
    """Bind the limiter to the application, with the storage of RATELIMIT_STORAGE_URI."""
    uri = str(app.config["RATELIMIT_STORAGE_URI"])
    if uri != "memory://":
        app.config["RATELIMIT_STORAGE_URI"] = _MARK + uri
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {"key_prefix": f"{app.config['NAMESPACE']}_limits"} | redis_options()
    limiter.init_app(app)


def redis_options() -> dict[str, Any]:
    """Return options for a Redis client that gives up soon, and tries once more if a kept connection was closed."""
    from redis.backoff import NoBackoff  # where no Redis is set, the client need not be installed
    from redis.exceptions import ConnectionError as Disconnected
    from redis.retry import Retry

    return {
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "socket_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 1, supported_errors=(Disconnected,)),
    }


def limits_are_shared() -> bool:
    """Return whether the limits count where they should: false while they are counted in memory for want of Redis."""
    storage = limiter.storage if current_app.config["RATELIMIT_ENABLED"] else None
    return storage.check() if isinstance(storage, RedisOrMemory) else True
