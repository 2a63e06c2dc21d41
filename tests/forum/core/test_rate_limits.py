"""The limits over a real Redis: shared, apart from another forum's, and in memory while it is gone."""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace

import pytest
from flask import Flask
from limits import parse
from limits.strategies import FixedWindowRateLimiter
from redis import Redis

from forum.core.extensions import limiter
from forum.core.rate_limits import RedisOrMemory, bind_limiter, limits_are_shared, redis_options

THREE = parse("3 per hour")


def storage(url: str, name: str = "forum_a") -> RedisOrMemory:
    return RedisOrMemory(f"forum+{url}", key_prefix=f"{name}_limits", **redis_options())


def hits(counted_in: RedisOrMemory, times: int, key: str = "192.0.2.1") -> int:
    """How many of so many attempts are let through."""
    limits = FixedWindowRateLimiter(counted_in)
    return sum(limits.hit(THREE, key) for _ in range(times))


def test_two_processes_count_together_and_two_forums_apart(redis_server):
    one, other_process = storage(redis_server.url), storage(redis_server.url)
    other_forum = storage(redis_server.url, "forum_b")
    assert [hits(one, 2), hits(other_process, 2), hits(other_forum, 4)] == [2, 1, 3]
    names = {key.decode().split(":")[0] for key in Redis.from_url(redis_server.url).scan_iter()}
    assert names == {"forum_a_limits", "forum_b_limits"}
    other_forum.reset()
    assert hits(one, 1) == 0  # one forum's reset is not another's


def test_while_redis_is_gone_each_process_counts_in_memory_and_then_together_again(redis_server):
    one = storage(redis_server.url)
    assert hits(one, 1) == 1
    redis_server.kill()
    assert hits(one, 5) == 3  # from zero, but limited
    assert not one.check()
    redis_server.start()
    time.sleep(one.outage.pause)
    assert one.check()
    assert hits(one, 4) == 3
    assert Redis.from_url(redis_server.url).dbsize() == 1


def test_a_redis_that_was_restarted_meanwhile_is_used_at_once(redis_server):
    one = storage(redis_server.url)
    hits(one, 1)
    redis_server.kill()
    redis_server.start()
    assert hits(one, 4) == 3
    assert not one.outage.is_on  # the closed connection was opened again, and nobody heard of it


def test_a_redis_that_hangs_costs_one_wait_and_no_more():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one = storage(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        assert hits(one, 5) == 3
        assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("error", ["OOM command not allowed", "READONLY You can't write against a read only replica."])
def test_a_redis_that_refuses_to_write_is_gone_too(redis_server, monkeypatch, error):
    from redis.exceptions import ResponseError

    def refuse(*_arguments: object, **_options: object) -> None:
        raise ResponseError(error)

    one = storage(redis_server.url)
    monkeypatch.setattr(one, "lua_incr_expire", refuse)
    assert hits(one, 5) == 3
    assert one.outage.is_on


@pytest.fixture
def page(redis_server):
    """A small application with one limited page, bound as the forum is."""
    app = Flask("limited")
    app.config.update(RATELIMIT_STORAGE_URI=redis_server.url, NAMESPACE="forum_a", RATELIMIT_ENABLED=True)
    before = dict(limiter.__dict__)
    limiter.enabled = True
    bind_limiter(app)
    app.add_url_rule("/", view_func=limiter.limit("3 per hour")(lambda: "ok"), endpoint="page")
    yield SimpleNamespace(app=app, get=lambda: app.test_client().get("/").status_code)
    limiter.__dict__.clear()
    limiter.__dict__.update(before)


def test_a_limited_page_is_answered_without_redis_and_still_limited(page, redis_server):
    assert page.get() == 200
    redis_server.kill()
    assert [page.get() for _ in range(5)] == [200, 200, 200, 429, 429]
    with page.app.app_context():
        assert not limits_are_shared()
