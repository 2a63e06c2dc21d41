"""The worker while the queue is gone, and the minute's work that needs no queue."""

from __future__ import annotations

import threading

import pytest
import structlog

from forum.system.jobs import consumer
from forum.system.jobs.consumer import ForumConsumer, MinuteHand, PatientWorker
from forum.system.jobs.models import JobState
from forum.system.jobs.queue import Queue, make_huey
from forum.system.jobs.runner import run_next_job
from forum.system.jobs.setup import serve_with_own_consumer
from tests.forum.system.jobs.helpers import fresh, handler, queued

__all__ = ["handler"]


class Flag:
    """huey's stop flag, whose waits are noted instead of slept."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        return False


@pytest.fixture
def queue(app, redis_server, monkeypatch):
    huey = make_huey({**app.config, "TESTING": False, "QUEUE": "redis", "REDIS_URL": redis_server.url})
    queue = Queue(app, huey)
    serve_with_own_consumer(huey, queue)
    huey.storage.read_timeout = 0.1
    monkeypatch.setitem(app.extensions, "forum_queue", queue)
    return queue


@pytest.fixture
def flag():
    return Flag()


@pytest.fixture
def worker(queue, flag):
    return PatientWorker(queue.huey, flag, default_delay=0.1, max_delay=1, backoff=1.15)


def test_a_woken_worker_does_the_job(queue, worker, handler):
    handler(lambda progress: {})
    job = queued()
    worker.loop()
    assert fresh(job).state is JobState.DONE


def test_without_its_queue_a_worker_finds_the_jobs_in_their_table_and_tells_of_it_seldom(
    queue, worker, flag, handler, redis_server
):
    handler(lambda progress: {})
    redis_server.kill()
    jobs = [queued("a"), queued("b")]
    with structlog.testing.capture_logs() as lines:
        for _ in range(12):
            worker.loop()
    assert {fresh(job).state for job in jobs} == {JobState.DONE}
    assert flag.waits == [queue.outage.pause] * 10  # it goes on at once while jobs wait, and rests when none is left
    assert [line["event"] for line in lines] == []  # enqueueing told of it already

    redis_server.start()
    with structlog.testing.capture_logs() as lines:
        worker.loop()
        third = queued("c")
        worker.loop()
    assert fresh(third).state is JobState.DONE
    assert [line["event"] for line in lines if line["event"].startswith("server")] == ["server_back"]


def test_a_message_of_another_version_is_passed_over(queue, worker, handler, flag):
    handler(lambda progress: {})
    other = make_huey({"TESTING": False, "QUEUE": "redis", "REDIS_URL": redis_url(queue), "NAMESPACE": queue.huey.name})
    other.task(name="forum_minute")(lambda: None)()
    job = queued()
    with structlog.testing.capture_logs() as lines:
        worker.loop()
        worker.loop()
    assert "message_not_understood" in [line["event"] for line in lines]
    assert fresh(job).state is JobState.DONE
    assert not queue.outage.is_on


def redis_url(queue: Queue) -> str:
    connection = queue.huey.storage.pool.connection_kwargs
    return f"redis://{connection['host']}:{connection['port']}/{connection['db']}"


def test_huey_starts_our_consumer(queue):
    started = queue.huey.create_consumer(workers=1)
    assert isinstance(started, ForumConsumer)
    assert isinstance(started._create_worker(), PatientWorker)
    assert isinstance(started._create_scheduler(), MinuteHand)


def test_the_minutes_work_needs_no_queue_and_a_part_that_hangs_holds_up_no_other(queue, monkeypatch, redis_server):
    redis_server.kill()
    done, hangs = [], threading.Event()

    def slow() -> None:
        done.append("slow")
        hangs.wait(10)

    queue.minute_parts = (slow, lambda: done.append("quick"))
    hand = MinuteHand(queue.huey, Flag(), 1, periodic=True)
    now = 1_000.0
    monkeypatch.setattr(consumer.time, "monotonic", lambda: now)
    hand._due = now
    for _ in range(3):
        hand.loop()
        hand._running[queue.minute_parts[1]].join()
        hand.loop()  # the minute is not over: nothing is begun
        now += 60
    hangs.set()
    hand.shutdown()
    assert sorted(done) == ["quick"] * 3 + ["slow"]


def test_without_periodic_work_the_minute_hand_rests(queue):
    hand = MinuteHand(queue.huey, Flag(), 1, periodic=False)
    hand.loop()
    assert hand._running == {}


def test_the_oldest_waiting_job_is_first(app, handler):
    done = []
    handler(lambda progress: done.append(progress.job_id))
    first, second = queued("a"), queued("b")
    assert [run_next_job(), run_next_job(), run_next_job()] == [True, True, False]
    assert done == [first.id, second.id]
