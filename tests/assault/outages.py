"""A server that the forum uses is gone for a while and comes back: what web, worker and commands do meanwhile."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable

from tests.assault.service import Service, wait_for
from tests.assault.workers import Bench, forum_with_a_run
from tests.servers import RedisServer

LIMITED_PAGE = "/certificates/1.pdf"  # there is no such certificate: 404, and 429 above the limit
PAUSE_SECONDS = 0.5


def lose_redis(seconds: int) -> dict[str, object]:
    """Kill the Redis that keeps both the queue and the rate limits, and start it again after so many seconds."""
    redis = RedisServer().start()
    settings = {"QUEUE": "redis", "REDIS_URL": redis.url, "RATELIMIT_STORAGE_URI": redis.url}
    try:
        with forum_with_a_run("sqlite", **settings) as bench:
            service = bench.service
            service.web(workers=2)
            service.worker()
            _waits_for_job(bench, bench.ask("digests"), 20)
            redis.kill()
            begun = time.monotonic()
            job_id, beat = bench.ask("digests"), _last_beat(bench)
            statuses = _ask_for(service, seconds)
            state, facts = _ready(service)
            assert (state, facts["status"], facts["queue"], facts["rate_limits"]) == (
                200,
                "degraded",
                "unreachable",
                "in memory",
            ), facts
            assert set(statuses) <= {404, 429}, statuses
            assert 429 in statuses, f"nothing was limited: {statuses}"
            assert bench.job(job_id)[0] == "DONE", "a job waited for the queue"
            assert _last_beat(bench) > beat, "no minute's work was done"
            redis.start()
            gone = time.monotonic() - begun
            wait_for(lambda: _ready(service)[1]["status"] == "ok", "the web to find Redis again", 70)
            wait_for(lambda: _lines(service, "worker", "server_back") == 1, "the worker to find Redis again", 70)
            _waits_for_job(bench, bench.ask("digests"), 20)
            return {"gone_seconds": round(gone), "statuses": dict(statuses), **_words(service)}
    finally:
        redis.kill()


def lose_database(seconds: int) -> dict[str, object]:
    """Kill the PostgreSQL that is database and queue, and start it again after so many seconds."""
    with forum_with_a_run("postgresql", QUEUE="postgres") as bench:
        service, server = bench.service, bench.server
        assert server is not None
        service.web(workers=2)
        service.worker()
        _waits_for_job(bench, bench.ask("digests"), 20)
        server.kill()
        statuses = _ask_for(service, seconds)
        assert set(statuses) <= {503, 429}, statuses
        assert _ready(service)[0] == 503
        server.start()
        bench.engine.dispose()
        wait_for(lambda: _ready(service)[1]["status"] == "ok", "the web to find the database again", 70)
        wait_for(lambda: _lines(service, "worker", "server_back") >= 1, "the worker to find the queue again", 70)
        _waits_for_job(bench, bench.ask("digests"), 70)
        return {"gone_seconds": seconds, "statuses": dict(statuses), **_words(service)}


OUTAGES: dict[str, Callable[[int], dict[str, object]]] = {"redis": lose_redis, "postgresql": lose_database}


def _ask_for(service: Service, seconds: int) -> Counter[int]:
    deadline, statuses = time.monotonic() + seconds, Counter[int]()
    while time.monotonic() < deadline:
        statuses[service.status(LIMITED_PAGE)] += 1
        time.sleep(PAUSE_SECONDS)
    return statuses


def _ready(service: Service) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(service.address + "/readyz", timeout=10) as response:  # noqa: S310  (always http://127.0.0.1)
            return int(response.status), json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def _waits_for_job(bench: Bench, job_id: int, seconds: float) -> None:
    wait_for(lambda: bench.job(job_id)[0] == "DONE", f"job {job_id}", seconds)


def _last_beat(bench: Bench) -> str:
    return str(bench.one("SELECT max(at) FROM worker_beat"))


def _lines(service: Service, name: str, words: str) -> int:
    return (service.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace").count(words)


def _words(service: Service) -> dict[str, object]:
    """How much was written about it.

    :raise AssertionError: a traceback
    """
    for name in ("web", "worker"):
        assert not service.tracebacks(name), service.tracebacks(name)
    told = {name: _lines(service, name, "server_gone") for name in ("web", "worker")}
    lines = (service.folder / "worker.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return {"server_gone_lines": told, "worker_log_lines": len(lines)}
