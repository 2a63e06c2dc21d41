"""Short attacks of `make assault`, a few kills each, so that regressions of forum and harness are noticed."""

from __future__ import annotations

import asyncio
import threading

import pytest
from werkzeug.serving import make_server

from forum.deliberation.joint import phone_views
from tests.assault.broken_rooms import take_again, take_and_forget
from tests.assault.joint import attack_joint
from tests.assault.kills import CONTROL, attack_votes
from tests.assault.phones import compare, fill
from tests.assault.votes import longest_common
from tests.assault.workers import forum_with_a_run, kill_at, suspend_at
from tests.benchmarks.serving import Connection


def test_no_acknowledged_vote_is_lost_or_doubled():
    report = attack_votes("short", ["web", "database", "web"], workers=2)
    assert report.is_clean, report.as_json()
    assert report.verdict.acked >= 150


def test_a_joint_session_under_kills_stands_as_everybody_was_told():
    report = attack_joint(2, pause=1.0, workers=2)
    assert report.is_clean, report.as_json()
    assert report.verdict.told["done"] >= 10
    assert report.moves >= 2


@pytest.fixture
def port(app):
    """The application behind a real port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


@pytest.mark.parametrize(
    ("take", "finds"),
    [(None, ()), (take_again, ("doubled",)), (take_and_forget, ("lost",))],
    ids=["forum", "without keys", "without commit"],
)
def test_control_a_room_without_keys_doubles_and_one_that_does_not_commit_loses(port, monkeypatch, take, finds):
    if take is not None:
        monkeypatch.setattr(phone_views, "take_actions", take)
    [phones] = fill(1, 2, [2]).phones
    for phone in phones:
        for kind in ("vote", "idea", "vote", "idea"):
            phone.act(kind, 600)
        phone.drops = 1.0
        asyncio.run(phone._send(Connection(port), phone.kept))
        phone.drops = 0.0
        assert asyncio.run(phone.send(port))
    assert [phone.dropped for phone in phones] == [1, 1]
    verdict = compare(phones)
    assert verdict.unanswered == 0
    assert tuple(name for name in ("lost", "doubled") if getattr(verdict, name)) == finds, verdict


def test_control_a_forum_that_answers_before_it_commits_is_caught():
    assert attack_votes("control", ["web"] * 3, CONTROL, workers=2).verdict.lost > 0


def test_a_worker_killed_or_put_to_sleep_over_a_job_loses_and_doubles_nothing():
    with forum_with_a_run("sqlite") as bench:
        kill_at(bench, "themes.publishing")
        kill_at(bench, "opinions.publishing")
        kill_at(bench, "shortlists.publishing")
        suspend_at(bench, "themes.saved")


@pytest.mark.parametrize(
    ("told", "stored", "lost", "doubled"),
    [
        ([1, 0, None], [1, 0, None], 0, 0),
        ([1, 0, None], [1, None], 1, 0),
        ([1, 0], [1, 1, 0], 0, 1),
        ([1, -1], [-1, 1], 1, 1),
        ([1], [], 1, 0),
        ([], [1], 0, 1),
    ],
)
def test_the_verdict_counts_what_is_missing_and_what_is_too_much(told, stored, lost, doubled):
    common = longest_common(told, stored)
    assert (len(told) - common, len(stored) - common) == (lost, doubled)
