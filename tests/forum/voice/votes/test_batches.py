"""Votes row by row: what counts, what is refused by name, and which of a person's votes is the later one."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.access import Role
from forum.core.errors import Forbidden, InvalidInput, WrongState
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.voice.campaigns.models import Campaign, PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.batches import MAX_AGE_SECONDS, MAX_ROWS, Refusal, Row, RowStatus, cast_rows
from forum.voice.votes.kept import kept_votes_key
from forum.voice.votes.models import Vote, VoteEvent
from forum.voice.votes.queries import votes_of
from forum.voice.votes.services import cast_votes
from forum.voice.votes.shown import sign_shown
from forum.web.idempotency import IdempotencyRecord
from tests.conftest import ForumClient
from tests.races import at_once

HOUR = 3_600
KEY = "batch-" + "k" * 26
JSON = {"Accept": "application/json"}


@pytest.fixture
def campaign(make):
    return make.campaign()


@pytest.fixture
def voter(make, client):
    voter = make.citizen()
    client.login(voter)
    return voter


def old_idea(make, campaign, **values):
    """An idea that has been there for twenty days."""
    return make.idea(campaign, created_at=clock.now() - timedelta(days=20), **values)


def counts(idea):
    db.session.refresh(idea.tally)
    return idea.tally.agree, idea.tally.disagree, idea.tally.pass_


def events(idea):
    query = sa.select(VoteEvent.value).where(VoteEvent.idea_id == idea.id).order_by(VoteEvent.id)
    return db.session.scalars(query).all()


def cast_at(idea):
    return db.session.scalar(sa.select(Vote.cast_at).where(Vote.idea_id == idea.id))


def hours_ago(n: float):
    return clock.at(clock.now() - timedelta(hours=n))


def assert_all_adds_up():
    db.session.commit()
    assert [finding.differences for finding in recount() if finding.differences] == []


# What counts


def test_good_rows_count_and_answers_come_in_the_order_of_the_rows(make, campaign):
    voter = make.citizen()
    first, second, third = (old_idea(make, campaign) for _ in range(3))
    cast_votes({second.id: -1, third.id: 1}, voter)
    results = cast_rows(campaign, [Row(third.id, None), Row(first.id, 1), Row(second.id, 0)], voter)
    assert [row.idea_id for row in results] == [third.id, first.id, second.id]
    assert [row.status for row in results] == [RowStatus.CAST] * 3
    assert [row.result.own_vote for row in results] == [None, 1, 0]
    assert [counts(idea) for idea in (first, second, third)] == [(1, 0, 0), (0, 0, 1), (0, 0, 0)]
    assert votes_of([first.id, second.id, third.id], voter) == {first.id: 1, second.id: 0}
    assert_all_adds_up()


def test_a_bad_row_is_named_and_the_others_stay(make, campaign):
    voter, good = make.citizen(), old_idea(make, campaign)
    target, hidden = old_idea(make, campaign), old_idea(make, campaign, state=IdeaState.HIDDEN)
    make.hiding(hidden)
    bad = {
        Refusal.WITHDRAWN: old_idea(make, campaign, state=IdeaState.WITHDRAWN).id,
        Refusal.MERGED: old_idea(make, campaign, state=IdeaState.MERGED, merged_into_id=target.id).id,
        Refusal.NOT_FOUND: hidden.id,
    }
    elsewhere = old_idea(make, make.campaign())
    rows = [Row(idea_id, 1) for idea_id in bad.values()]
    rows += [
        Row(elsewhere.id, 1),
        Row(2**31 - 1, 1),
        Row(None, refusal=Refusal.IDEA),
        Row(target.id, 1),
        Row(good.id, -1),
    ]
    results = cast_rows(campaign, rows, voter)
    wanted = [*bad, Refusal.NOT_FOUND, Refusal.NOT_FOUND, Refusal.IDEA, None, None]
    assert [row.refusal for row in results] == wanted
    assert all(row.reason for row in results if row.refusal)
    assert {row.status for row in results if row.refusal} == {RowStatus.REFUSED}
    assert db.session.query(Vote.idea_id, Vote.value).order_by(Vote.idea_id).all() == sorted(
        [(target.id, 1), (good.id, -1)]
    )
    assert_all_adds_up()


def test_of_an_idea_that_stands_twice_neither_row_counts(make, campaign):
    voter, twice, once = make.citizen(), old_idea(make, campaign), old_idea(make, campaign)
    results = cast_rows(campaign, [Row(twice.id, 1), Row(once.id, 1), Row(twice.id, -1)], voter)
    assert [row.refusal for row in results] == [Refusal.REPEATED, None, Refusal.REPEATED]
    assert (counts(twice), counts(once)) == ((0, 0, 0), (1, 0, 0))


def test_a_batch_of_bad_rows_alone_changes_nothing(make, campaign):
    results = cast_rows(campaign, [Row(5, refusal=Refusal.VALUE), Row(None, refusal=Refusal.IDEA)], make.citizen())
    assert [row.refusal for row in results] == [Refusal.VALUE, Refusal.IDEA]
    assert db.session.query(VoteEvent).count() == 0


def test_each_row_keeps_the_probability_of_its_own_token(make, campaign):
    voter, other = make.citizen(), make.citizen()
    ideas = [old_idea(make, campaign).id for _ in range(3)]
    tokens = [
        sign_shown(voter.participant.id, ideas[0], 0.25),
        sign_shown(other.participant.id, ideas[1], 0.5),  # another person's
        sign_shown(voter.participant.id, ideas[0], 0.5),  # another idea's
    ]
    rows = [Row(idea_id, 1, 5.0, token) for idea_id, token in zip(ideas, tokens, strict=True)]
    cast_rows(campaign, rows, voter)
    found = db.session.query(Vote.shown_probability).order_by(Vote.idea_id).all()
    assert [row[0] for row in found] == [0.25, None, None]


@pytest.mark.parametrize("n", [0, MAX_ROWS + 1])
def test_no_rows_and_too_many_are_refused_as_a_whole(make, campaign, n):
    ideas = [old_idea(make, campaign).id for _ in range(n)]
    with pytest.raises(InvalidInput, match="50"):
        cast_rows(campaign, [Row(idea_id, 1) for idea_id in ideas], make.citizen())
    assert db.session.query(Vote).count() == 0


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CITIZEN, Role.FACILITATOR, Role.GUEST}])
def test_others_cast_none(make, campaign, role):
    with pytest.raises(Forbidden):
        cast_rows(campaign, [Row(old_idea(make, campaign).id, 1)], make.actor(role))


def test_a_closed_phase_takes_no_vote_however_long_ago_it_was_cast(make):
    """The device's word cannot bring a vote back into a phase that is over."""
    campaign = make.campaign(open_phases=(PhaseKind.PROPOSING,))
    with pytest.raises(WrongState, match="투표 단계는"):
        cast_rows(campaign, [Row(old_idea(make, campaign).id, 1, 3.0 * 24 * HOUR)], make.citizen())


def test_a_phase_that_ends_between_the_look_and_the_lock_takes_no_vote(make, campaign):
    idea, voter = old_idea(make, campaign), make.citizen()
    phase = next(phase for phase in campaign.phases if phase.kind is PhaseKind.VOTING)
    table = type(phase).__table__
    db.session.execute(sa.update(table).where(table.c.id == phase.id).values(closes_at=clock.now()))
    assert phase.closes_at > clock.now()  # as this session still believes
    with pytest.raises(WrongState, match="끝났어요"):
        cast_rows(campaign, [Row(idea.id, 1)], voter)


def test_batches_cost_the_same_for_one_row_and_for_fifty(make, client, voter, campaign, count_queries):
    def cost(n: int, **row: object) -> int:
        body = {"votes": [{"idea": old_idea(make, campaign).id, "value": 1} | row for _ in range(n)]}
        return count_queries(lambda: client.post(f"/c/{campaign.slug}/votes", json=body))

    few, many = cost(2), cost(MAX_ROWS)
    assert many == few
    assert cost(2, age=9.5) == few + 1  # the look-up of clearings
    assert few <= 10  # one of them lets a person's batches wait for each other, on PostgreSQL


# When it was cast


def test_a_late_vote_stands_under_the_time_it_was_cast_and_its_event_under_that_of_its_arrival(make, campaign):
    idea, voter, now = old_idea(make, campaign), make.citizen(), clock.now()
    with clock.at(now):
        cast_rows(campaign, [Row(idea.id, 1, 2.0 * HOUR)], voter)
    assert cast_at(idea) == now - timedelta(hours=2)
    assert db.session.scalar(sa.select(VoteEvent.at)) == now
    assert_all_adds_up()


@pytest.mark.parametrize(("first", "late"), [(-1, 1), (-1, 0), (1, None)])
def test_an_older_vote_never_overwrites_a_newer_one(make, campaign, first, late):
    idea, voter = old_idea(make, campaign), make.citizen()
    with hours_ago(1):
        cast_votes({idea.id: first}, voter)
    [row] = cast_rows(campaign, [Row(idea.id, late, 2.0 * HOUR)], voter)
    assert (row.status, row.result.own_vote) == (RowStatus.OLDER, first)
    assert (votes_of([idea.id], voter).get(idea.id), events(idea)) == (first, [first])
    assert_all_adds_up()


@pytest.mark.parametrize("late", [1, None])
def test_a_vote_cast_after_the_present_one_replaces_it(make, campaign, late):
    idea, voter = old_idea(make, campaign), make.citizen()
    with hours_ago(3):
        cast_votes({idea.id: -1}, voter)
    [row] = cast_rows(campaign, [Row(idea.id, late, 2.0 * HOUR)], voter)
    assert (row.status, row.result.own_vote) == (RowStatus.CAST, late)
    assert (votes_of([idea.id], voter).get(idea.id), events(idea)) == (late, [-1, late])
    assert_all_adds_up()


def test_an_older_vote_brings_nothing_back_that_was_cleared_since(make, campaign):
    idea, voter = old_idea(make, campaign), make.citizen()
    with hours_ago(4):
        cast_votes({idea.id: 1}, voter)
    with hours_ago(1):
        cast_votes({idea.id: None}, voter)
    [row] = cast_rows(campaign, [Row(idea.id, -1, 2.0 * HOUR)], voter)
    assert (row.status, row.result.own_vote) == (RowStatus.OLDER, None)
    assert (votes_of([idea.id], voter).get(idea.id), events(idea), counts(idea)) == (None, [1, None], (0, 0, 0))
    assert_all_adds_up()


def test_a_vote_cast_after_the_clearing_counts_and_so_does_anothers_clearing_not(make, campaign):
    idea, voter, other = old_idea(make, campaign), make.citizen(), make.citizen()
    with hours_ago(4):
        cast_votes({idea.id: 1}, voter)
        cast_votes({idea.id: 1}, other)
    with hours_ago(3):
        cast_votes({idea.id: None}, voter)
    with hours_ago(1):
        cast_votes({idea.id: None}, other)
    [row] = cast_rows(campaign, [Row(idea.id, -1, 2.0 * HOUR)], voter)
    assert (row.status, row.result.own_vote) == (RowStatus.CAST, -1)
    assert counts(idea) == (0, 1, 0)


def test_two_devices_without_network_end_with_the_later_vote_whichever_arrives_first(make, campaign):
    voter = make.citizen()
    for first, second in (((1, 3.0), (-1, 2.0)), ((-1, 2.0), (1, 3.0))):
        idea = old_idea(make, campaign)
        for value, hours in (first, second):
            cast_rows(campaign, [Row(idea.id, value, hours * HOUR)], voter)
        assert votes_of([idea.id], voter).get(idea.id) == -1
    assert_all_adds_up()


def test_the_same_vote_again_is_neither_an_event_nor_older(make, campaign):
    """An answer was lost, and the device sends the batch again under another key."""
    idea, voter = old_idea(make, campaign), make.citizen()
    for seconds in (60.0, 61.5, 59.0):
        [row] = cast_rows(campaign, [Row(idea.id, 1, seconds)], voter)
        assert (row.status, row.result.own_vote) == (RowStatus.CAST, 1)
    assert events(idea) == [1]


def test_a_clock_that_was_set_makes_no_vote_older_than_its_idea_or_its_phase(make, campaign):
    young, old, voter = make.idea(campaign), old_idea(make, campaign), make.citizen()
    phase = next(phase for phase in campaign.phases if phase.kind is PhaseKind.VOTING)
    phase.opens_at = clock.now() - timedelta(hours=1)
    db.session.flush()
    results = cast_rows(campaign, [Row(young.id, 1, 48.0 * HOUR), Row(old.id, 1, 48.0 * HOUR)], voter)
    assert [row.status for row in results] == [RowStatus.CAST] * 2
    assert (cast_at(young), cast_at(old)) == (young.created_at, phase.opens_at)
    assert_all_adds_up()


# The route


def send(client, campaign, rows, **headers):
    return client.post(f"/c/{campaign.slug}/votes", json={"votes": rows}, headers=JSON | headers)


def test_json_in_and_out(client, voter, make, campaign):
    idea, gone = old_idea(make, campaign), old_idea(make, campaign, state=IdeaState.WITHDRAWN)
    with hours_ago(1):
        changed = old_idea(make, campaign)
        cast_votes({changed.id: -1}, voter)
    token = sign_shown(voter.participant.id, idea.id, 0.125)
    response = send(
        client,
        campaign,
        [
            {"idea": idea.id, "value": 1, "shown": token, "age": 12.5},
            {"idea": gone.id, "value": 1},
            {"idea": changed.id, "value": 1, "age": 2 * HOUR},
        ],
    )
    assert response.status_code == 200
    assert response.json == {
        "votes": [
            {"idea": idea.id, "status": "cast", "value": 1, "tally": {"agree": 1, "disagree": 0, "pass": 0}},
            {
                "idea": gone.id,
                "status": "refused",
                "code": "withdrawn",
                "reason": "비공개 상태인 제안에는 투표할 수 없어요.",
            },
            {"idea": changed.id, "status": "older", "value": -1, "tally": {"agree": 0, "disagree": 1, "pass": 0}},
        ]
    }
    assert db.session.query(Vote.shown_probability).filter_by(idea_id=idea.id).scalar() == 0.125


BAD_ROWS = [
    *(({"idea": 0, "value": value}, "value") for value in (2, True, False, 1.0, 0.5, "1", "agree", [], {}, 10**30)),
    ({"idea": 0}, "value"),
    *(({"idea": 0, "value": 1, "age": age}, "age") for age in (-1, -0.001, True, "1", [], {})),
    *(({"idea": 0, "value": 1, "age": age}, "too_old") for age in (MAX_AGE_SECONDS + 0.001, 10**400, 1e308)),
]


@pytest.mark.parametrize(("row", "code"), BAD_ROWS)
def test_a_row_that_cannot_be_is_named_and_the_next_one_counts(client, voter, make, campaign, row, code):
    bad, good = old_idea(make, campaign), old_idea(make, campaign)
    response = send(client, campaign, [row | {"idea": bad.id}, {"idea": good.id, "value": 1}])
    assert response.status_code == 200
    first, second = response.json["votes"]
    assert (first["idea"], first["status"], first["code"]) == (bad.id, "refused", code)
    assert first["reason"]
    assert (second["status"], counts(bad), counts(good)) == ("cast", (0, 0, 0), (1, 0, 0))


@pytest.mark.parametrize(
    "row", [1, None, "x", [], {}, *({"idea": it, "value": 1} for it in ("1", True, 0, -1, 2**31, 1.0))]
)
def test_a_row_without_an_idea_is_named_too(client, voter, campaign, row):
    response = send(client, campaign, [row])
    assert (response.status_code, response.json["votes"][0]["code"]) == (200, "idea")
    assert response.json["votes"][0]["idea"] is None


@pytest.mark.parametrize("age", [0, 0.0, -0.0, 1, MAX_AGE_SECONDS, None])
def test_ages_that_can_be(client, voter, make, campaign, age):
    idea = old_idea(make, campaign)
    response = send(client, campaign, [{"idea": idea.id, "value": 1, "age": age}])
    assert response.json["votes"][0]["status"] == "cast"
    late = timedelta(seconds=age or 0)
    assert abs(clock.now() - late - cast_at(idea)) < timedelta(minutes=1)


def test_rows_by_a_form(client, voter, make, campaign):
    first, second = old_idea(make, campaign), old_idea(make, campaign)
    fields = [
        f"{second.id}:disagree",
        f"{first.id}:agree",
        f"{first.id + 5_000}:agree",
        "99999:maybe",
        "x:agree",
        "١:agree",
    ]
    response = client.post(f"/c/{campaign.slug}/votes", data={"votes": fields})
    assert response.status_code == 200
    found = [row.get("code", row["status"]) for row in response.json["votes"]]
    assert found == ["cast", "cast", "not_found", "value", "idea", "idea"]
    assert [counts(idea) for idea in (first, second)] == [(1, 0, 0), (0, 1, 0)]


@pytest.mark.parametrize("body", [None, [], 1, {}, {"votes": None}, {"votes": []}, {"votes": {}}, {"votes": "x"}])
def test_what_holds_no_list_is_refused_as_a_whole(client, voter, campaign, body):
    response = client.post(f"/c/{campaign.slug}/votes", json=body, headers=JSON)
    assert response.status_code == 400
    assert response.json["error"]["message"]


def test_more_than_fifty_rows_are_refused_as_a_whole(client, voter, make, campaign):
    idea = old_idea(make, campaign)
    rows = [{"idea": idea.id, "value": 1}, *({"idea": n, "value": 1} for n in range(10_000, 10_050))]
    assert send(client, campaign, rows).status_code == 400
    assert counts(idea) == (0, 0, 0)


def test_whole_refusals_answer_as_the_other_routes_do(client, new_client, make, campaign):
    rows = [{"idea": old_idea(make, campaign).id, "value": 1}]
    assert send(new_client(), campaign, rows).status_code == 401
    assert send(new_client().login(make.analyst()), campaign, rows).status_code == 403
    client.login(make.citizen())
    assert client.post("/c/no-such-forum/votes", json={"votes": rows}).status_code == 404
    closed = make.campaign(open_phases=(PhaseKind.PROPOSING,))
    response = send(client, closed, rows)
    assert response.status_code == 409
    assert "투표 단계는" in response.json["error"]["message"]
    assert client.get(f"/c/{campaign.slug}/votes").status_code == 405
    assert db.session.query(Vote).count() == 0


def test_votes_that_were_kept_for_another_account_are_not_taken(client, voter, make, campaign):
    """Somebody else has signed in at the same device, while a page of the first person was still open."""
    idea, other = old_idea(make, campaign), make.citizen()
    keys = {kept_votes_key(account) for account in (voter, other)}
    assert len(keys) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in keys)
    path, votes = f"/c/{campaign.slug}/votes", [{"idea": idea.id, "value": 1}]
    for account in (kept_votes_key(other), "x", 1, [], kept_votes_key(voter).upper()):
        response = client.post(path, json={"votes": votes, "account": account})
        assert (response.status_code, counts(idea)) == (403, (0, 0, 0))
        assert "다른 계정" in response.json["error"]["message"]
    assert client.post(path, json={"votes": votes, "account": kept_votes_key(voter)}).status_code == 200
    assert counts(idea) == (1, 0, 0)


def test_pages_name_the_key_to_voters_alone(client, new_client, voter, make, campaign):
    page = client.get(f"/c/{campaign.slug}/vote").text
    assert f'data-account="{kept_votes_key(voter)}" data-batch="/c/{campaign.slug}/votes"' in page
    assert page.count('id="kept-votes"') == 1
    analyst = make.analyst()
    assert kept_votes_key(analyst) == ""
    for other in (new_client(), new_client().login(analyst)):
        page = other.get(f"/c/{campaign.slug}/vote").text
        assert "votes.js" not in page
        assert "kept-votes" not in page


def test_a_forged_batch_casts_nothing(app, client, voter, make, campaign):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert send(client, campaign, [{"idea": old_idea(make, campaign).id, "value": 1}]).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert db.session.query(Vote).count() == 0


# The same batch twice


def test_a_batch_sent_again_with_its_key_is_done_once_though_its_rows_have_aged(client, voter, make, campaign):
    idea = old_idea(make, campaign)
    first = send(client, campaign, [{"idea": idea.id, "value": 1, "age": 10}], **{"Idempotency-Key": KEY})
    cast_votes({idea.id: -1}, voter)
    again = send(client, campaign, [{"idea": idea.id, "value": 1, "age": 95.5}], **{"Idempotency-Key": KEY})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first.json
    assert votes_of([idea.id], voter).get(idea.id) == -1
    assert (
        send(client, campaign, [{"idea": idea.id, "value": 0, "age": 10}], **{"Idempotency-Key": KEY}).status_code
        == 422
    )
    assert db.session.query(IdempotencyRecord).count() == 1


def test_the_key_of_another_persons_batch_is_another_key(client, new_client, voter, make, campaign):
    idea = old_idea(make, campaign)
    rows = [{"idea": idea.id, "value": 1, "shown": sign_shown(voter.participant.id, idea.id, 0.5), "age": 3}]
    send(client, campaign, rows, **{"Idempotency-Key": KEY})
    other = make.citizen()
    response = send(new_client().login(other), campaign, rows, **{"Idempotency-Key": KEY})
    assert "Idempotent-Replayed" not in response.headers
    found = dict(db.session.query(Vote.participant_id, Vote.shown_probability).all())
    assert found == {voter.participant.id: 0.5, other.participant.id: None}


def posting(app, account, campaign, rows, key: str, n: int) -> list[dict[str, object]]:
    """Send the same batch from n threads at the same time, each on its own connection; return the answers."""
    clients = [app.test_client().login(account) for _ in range(n)]
    path, body = f"/c/{campaign.slug}/votes", {"votes": rows}
    db.session.commit()  # on SQLite the open transaction would block the threads
    barrier = Barrier(n, timeout=20)

    def post(one: ForumClient) -> dict[str, object]:
        headers = {"Idempotency-Key": key} if key else {}
        barrier.wait()
        response = super(ForumClient, one).open(path, method="POST", json=body, headers=headers)
        assert response.status_code == 200
        return response.json

    with ThreadPoolExecutor(n) as pool:
        answers = [future.result(timeout=30) for future in [pool.submit(post, one) for one in clients]]
    db.session.expire_all()
    return answers


@pytest.mark.parametrize("key", [KEY, ""])
def test_the_same_batch_at_once_counts_once(app, make, campaign, key):
    """With its key the answer is given twice; without one, as from two pages of one browser, the votes are the same."""
    voter = make.citizen()
    ideas = [old_idea(make, campaign) for _ in range(5)]
    cast_votes({ideas[0].id: -1}, voter)
    ids = [idea.id for idea in ideas]
    rows = [{"idea": idea_id, "value": 1, "age": 0} for idea_id in reversed(ids)]
    answers = posting(app, voter, campaign, rows, key, 6)
    assert all(answer["votes"] == answers[0]["votes"] for answer in answers)
    assert [counts(idea) for idea in ideas] == [(1, 0, 0)] * 5
    assert [events(idea) for idea in ideas] == [[-1, 1], [1], [1], [1], [1]]
    assert_all_adds_up()


def batch(slug_id: int, account_id: int, rows: list[Row]) -> Callable[[], object]:
    return lambda: cast_rows(db.session.get_one(Campaign, slug_id), rows, db.session.get_one(Account, account_id))


def test_batches_single_votes_and_clearings_of_one_person_at_once_stay_true(app, make, campaign):
    ideas = [old_idea(make, campaign) for _ in range(4)]
    ids, account, campaign_id = [idea.id for idea in ideas], make.citizen().id, campaign.id

    def single(idea_id: int, value: int | None) -> Callable[[], object]:
        return lambda: cast_votes({idea_id: value}, db.session.get_one(Account, account))

    for now, possible in ((None, {None, 1}), (0, {0}), (None, {None})):
        acts = [
            batch(campaign_id, account, [Row(i, 1, 30.0) for i in ids]),
            batch(campaign_id, account, [Row(i, -1, 60.0) for i in reversed(ids)]),
            *(single(i, now) for i in reversed(ids)),
        ]
        assert at_once(app, acts) == [None] * len(acts)
        assert_all_adds_up()
        found = votes_of(ids, db.session.get_one(Account, account))
        # Whatever came first, what was done now is later than both batches, and of them the second was cast before.
        # A clearing that found no vote is none.
        assert {found.get(idea_id) for idea_id in ids} <= possible


def test_batches_of_many_people_in_opposite_orders_all_count(app, make, campaign):
    ideas = [old_idea(make, campaign) for _ in range(6)]
    ids, people = [idea.id for idea in ideas], [make.citizen().id for _ in range(6)]
    acts = [
        batch(campaign.id, person, [Row(i, 1, 5.0) for i in (ids if n % 2 else reversed(ids))])
        for n, person in enumerate(people)
    ]
    assert at_once(app, acts) == [None] * len(acts)
    assert [counts(idea) for idea in ideas] == [(len(people), 0, 0)] * len(ideas)
    assert_all_adds_up()
