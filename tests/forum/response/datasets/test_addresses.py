from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.response.datasets import addresses
from forum.response.datasets.addresses import ask, due_addresses, note_answers
from forum.response.datasets.models import DatasetState
from forum.response.datasets.quality import points_of
from forum.response.datasets.rating import refresh_points, wrong_points
from forum.response.datasets.services import checked_address
from forum.response.datasets.tasks import ask_addresses
from tests.forum.response.datasets.rows import full_dataset, holder_of_data

HOURS = 23


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the task opens; everything answers but files."""
    urls: list[str] = []

    def answers(url: str) -> bool:
        urls.append(url)
        return not url.endswith(".csv")

    monkeypatch.setattr(addresses, "answers", answers)
    return urls


def test_addresses_are_asked_once_a_day_and_earn_their_points(make, asked):
    dataset = full_dataset(make)
    refresh_points(dataset)
    db.session.commit()
    assert dataset.quality_points == 405
    assert (ask_addresses(), ask_addresses()) == (1, 0)
    [one] = dataset.versions[0].distributions
    assert (one.access_answers_at, one.download_answers_at) == (one.asked_at, None)
    assert dataset.quality_points == points_of(dataset) == 405 - 30
    with clock.at(clock.now() + timedelta(hours=HOURS)):
        assert ask_addresses() == 0
    with clock.at(clock.now() + timedelta(hours=HOURS + 2)):
        assert ask_addresses() == 1


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_has_ended_or_is_not_published_is_not_asked(make, asked):
    holder, ended = holder_of_data(make), {"ended_at": clock.now(), "end_reason": "더 모으지 않아요."}
    full_dataset(make, holder=holder, state=DatasetState.ENDED, **ended)
    full_dataset(make, holder=holder, state=DatasetState.PROPOSED, offered_at=None)
    assert (ask_addresses(), asked) == (0, [])


def test_an_answer_about_an_address_that_is_gone_is_dropped(make, asked):
    dataset = full_dataset(make)
    [due] = due_addresses()
    answer = ask(due)
    [one] = dataset.versions[0].distributions
    one.access_url = "https://data.hanbit.example/new"
    db.session.flush()
    assert not note_answers(answer)
    assert one.asked_at is None
    dataset.versions[0].distributions = []
    db.session.flush()
    assert not note_answers(answer)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_kill_between_two_addresses_leaves_the_first_answer(make, asked, monkeypatch):
    first = full_dataset(make)
    second = full_dataset(make, holder=first.holder)
    db.session.commit()

    def killed(due: addresses.Asked) -> addresses.Asked:
        if len(asked) > 1:
            raise KeyboardInterrupt
        return ask(due)

    monkeypatch.setattr("forum.response.datasets.tasks.ask", killed)
    with pytest.raises(KeyboardInterrupt):
        ask_addresses()
    db.session.rollback()
    assert [one.versions[0].distributions[0].asked_at is None for one in (first, second)] == [False, True]
    assert first.id not in {dataset.id for dataset, _points in wrong_points()[1]}


INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:169.254.169.254]/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.7:443/",
    "https://localhost/",
    "https://data.example.org:5432/",
    "http://169.254.169.254/",
    "file:///etc/passwd",
    "https://user@127.0.0.1/",
]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_an_address_of_a_machine_inside_is_refused_or_never_connected_to(make, monkeypatch):
    """SSRF: what a form refuses is not stored; what it takes may look up a name, and connects to nothing."""
    connected: list[object] = []

    def connect(*where, **_more):
        connected.append(where)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket.socket, "connect", connect)
    taken = 0
    for url in INSIDE:
        try:
            checked_address(url, "access_url", "주소")
        except InvalidInput:
            continue
        taken += 1
        assert addresses.answers(url) is False, url
    assert 0 < taken < len(INSIDE)
    dataset = full_dataset(make)
    [one] = dataset.versions[0].distributions
    one.access_url = one.download_url = INSIDE[0]
    db.session.commit()
    assert ask_addresses() == 1
    assert (one.access_answers_at, one.download_answers_at) == (None, None)
    assert connected == []
