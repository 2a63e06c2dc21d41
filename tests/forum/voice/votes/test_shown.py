from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from forum.core import clock
from forum.core.extensions import db
from forum.voice.votes.models import Vote
from forum.voice.votes.services import cast_votes
from forum.voice.votes.shown import DAY_SECONDS, MAX_TOKEN_CHARS, read_shown, sign_shown

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
TENTH = 0.1


@pytest.fixture
def engine_name() -> str:
    """A token comes from no database; what is stored of it is tested in test_services.py."""
    return "sqlite"


@pytest.mark.parametrize("probability", [TENTH, 1, 1e-9, 0.25 + 0.75 / 3])
def test_a_token_gives_back_its_probability(app, probability):
    token = sign_shown(7, 12, probability)
    assert len(token) <= MAX_TOKEN_CHARS
    assert read_shown(token, 7, 12) == probability


def test_it_counts_for_one_person_and_one_idea(app):
    token = sign_shown(7, 12, TENTH)
    assert read_shown(token, 8, 12) is None
    assert read_shown(token, 7, 13) is None
    assert read_shown(token, 12, 7) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:],
        lambda token: "X" + token[1:],
        lambda token: token.rpartition(".")[0],
        lambda token: token + "\x00",
        lambda token: token * 20,
        lambda _token: "",
        lambda _token: "0.5",
        lambda _token: "\ud800",
        lambda _token: "한글",
    ],
)
def test_a_changed_token_is_none(app, change):
    assert read_shown(change(sign_shown(7, 12, TENTH)), 7, 12) is None


def test_the_token_of_another_key_or_purpose_is_none(app, monkeypatch):
    from itsdangerous import URLSafeTimedSerializer

    forged = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="known-device").dumps([7, 12, TENTH])
    assert read_shown(forged, 7, 12) is None
    monkeypatch.setitem(app.config, "SECRET_KEY", "another-" + "k" * 40)
    token = sign_shown(7, 12, TENTH)
    monkeypatch.undo()
    assert read_shown(token, 7, 12) is None


def test_it_lasts_a_day_from_when_it_was_shown_to_when_the_vote_was_cast(app):
    with time_machine.travel(NOW, tick=False):
        token = sign_shown(7, 12, TENTH)
    with time_machine.travel(NOW + timedelta(seconds=DAY_SECONDS), tick=False):
        assert read_shown(token, 7, 12) == TENTH
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        assert read_shown(token, 7, 12) is None
        assert read_shown(token, 7, 12, seconds_ago=2.5 * DAY_SECONDS) == TENTH  # it waited for the network
        assert read_shown(token, 7, 12, seconds_ago=1.5 * DAY_SECONDS) is None


@pytest.mark.parametrize("probability", [0, -0.1, 1.1, float("nan"), float("inf")])
def test_nothing_else_is_a_probability_of_what_is_shown(app, probability):
    with pytest.raises(ValueError, match="no probability"):
        sign_shown(7, 12, probability)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_vote_that_carries_its_token_keeps_the_probability(client, make, as_json):
    voter, idea = make.citizen(), make.idea()
    client.login(voter)
    token = sign_shown(voter.participant.id, idea.id, TENTH)
    body = {"json": {"value": 1, "shown": token}} if as_json else {"data": {"value": "agree", "shown": token}}
    assert client.post(f"/ideas/{idea.id}/vote", **body).status_code in {200, 303}
    assert db.session.query(Vote.value, Vote.shown_probability).all() == [(1, TENTH)]


@pytest.mark.parametrize("shown", ["", "forged", None, 1, 0.5, [], {"a": 1}, "\ud800"])
def test_a_vote_counts_whatever_its_token_is(client, make, shown):
    idea = make.idea()
    client.login(make.citizen())
    assert client.post(f"/ideas/{idea.id}/vote", json={"value": 1, "shown": shown}).status_code == 200
    assert db.session.query(Vote.value, Vote.shown_probability).all() == [(1, None)]


def test_another_persons_token_gives_the_vote_no_probability(client, make):
    idea, other = make.idea(), make.citizen()
    client.login(make.citizen())
    token = sign_shown(other.participant.id, idea.id, TENTH)
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree", "shown": token}).status_code == 303
    assert db.session.query(Vote.value, Vote.shown_probability).all() == [(1, None)]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_the_probability_is_that_of_the_first_vote_until_it_is_cleared(make):
    idea, voter = make.idea(), make.citizen()

    def stored() -> float | None:
        return db.session.query(Vote.shown_probability).filter_by(idea_id=idea.id).scalar()

    cast_votes({idea.id: 1}, voter, {idea.id: TENTH})
    assert stored() == TENTH
    cast_votes({idea.id: -1}, voter, {idea.id: 0.9})
    cast_votes({idea.id: 0}, voter)
    assert stored() == TENTH
    cast_votes({idea.id: None}, voter)
    cast_votes({idea.id: 1}, voter)  # from a list: nobody drew it
    cast_votes({idea.id: -1}, voter, {idea.id: 0.9})
    assert stored() is None


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_of_several_votes_each_keeps_its_own(make):
    ideas, voter = [make.idea().id for _ in range(3)], make.citizen()
    cast_votes(dict.fromkeys(ideas, 1), voter, {ideas[0]: 0.5, ideas[2]: TENTH})
    found = db.session.query(Vote.shown_probability).order_by(Vote.idea_id).all()
    assert [row[0] for row in found] == [0.5, None, TENTH]


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_vote_with_a_probability_costs_no_more_statements(client, make, count_queries, engine_name):
    idea, voter = make.idea(), make.citizen()
    client.login(voter)
    body = {"value": 1, "shown": sign_shown(voter.participant.id, idea.id, TENTH)}
    cost = count_queries(lambda: client.post(f"/ideas/{idea.id}/vote", json=body))
    assert cost == {"postgresql": 3, "sqlite": 6}[engine_name]
    assert clock.now() - db.session.query(Vote.cast_at).scalar() < timedelta(minutes=1)
