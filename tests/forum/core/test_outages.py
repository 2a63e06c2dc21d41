from __future__ import annotations

import pytest
import structlog

from forum.core.outages import LONGEST_PAUSE_SECONDS, Outage


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def outage(hand):
    return Outage("queue", clock=hand)


def test_a_server_that_answers_is_always_asked(outage):
    outage.worked()
    assert (outage.may_try(), outage.is_on) == (True, False)


def test_each_failed_try_doubles_the_pause_and_is_one_line(outage, hand):
    with structlog.testing.capture_logs() as lines:
        for _ in range(9):
            outage.failed(OSError("connection refused"))
            hand.now += outage.pause
    assert [line["next_try_seconds"] for line in lines] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert outage.pause == LONGEST_PAUSE_SECONDS
    assert {(line["event"], line["server"]) for line in lines} == {("server_gone", "queue")}
    assert not any("exc_info" in line or "Traceback" in str(line) for line in lines)


def test_eight_threads_that_fail_together_are_one_failure(outage, hand):
    with structlog.testing.capture_logs() as lines:
        for _ in range(8):
            outage.failed(OSError("reset"))
            hand.now += 0.1
    assert len(lines) == 1
    assert outage.pause == 1


def test_in_each_pause_one_caller_tries(outage, hand):
    outage.failed(OSError())
    assert not outage.may_try()
    hand.now += 1
    assert [outage.may_try() for _ in range(3)] == [True, False, False]
    hand.now += 1  # whoever tried has vanished: another one does
    assert outage.may_try()


def test_the_end_is_told_once_and_the_next_outage_begins_anew(outage, hand):
    outage.failed(OSError())
    hand.now += 61
    with structlog.testing.capture_logs() as lines:
        outage.worked()
        outage.worked()
    assert [(line["event"], line["gone_seconds"]) for line in lines] == [("server_back", 61)]
    assert outage.may_try()
    outage.failed(OSError())
    assert outage.pause == 1
