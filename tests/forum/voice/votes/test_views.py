from __future__ import annotations

import pytest

from forum.core.extensions import db
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.queries import votes_of


@pytest.fixture
def voter(client, make):
    voter = make.citizen()
    client.login(voter)
    return voter


@pytest.fixture
def idea(make):
    return make.idea()


def counts(idea):
    db.session.expire_all()
    return idea.tally.agree, idea.tally.disagree, idea.tally.pass_


@pytest.mark.parametrize(
    ("word", "value", "tally"), [("agree", 1, (1, 0, 0)), ("disagree", -1, (0, 1, 0)), ("pass", 0, (0, 0, 1))]
)
def test_a_form_without_script_comes_back_to_the_idea(client, voter, idea, word, value, tally):
    response = client.post(f"/ideas/{idea.id}/vote", data={"value": word})
    assert (response.status_code, response.location) == (303, f"/ideas/{idea.id}")
    assert votes_of([idea.id], voter).get(idea.id) == value
    assert counts(idea) == tally


def test_clearing_by_form(client, voter, idea, make):
    make.vote(idea, voter)
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "clear"}).status_code == 303
    assert votes_of([idea.id], voter).get(idea.id) is None
    assert counts(idea) == (0, 0, 0)


def test_a_vote_from_a_list_comes_back_to_the_same_card(client, voter, idea):
    data = {"value": "agree", "shape": "card", "next": "/c/x/ideas?sort=agree#old"}
    response = client.post(f"/ideas/{idea.id}/vote", data=data)
    assert (response.status_code, response.location) == (303, f"/c/x/ideas?sort=agree#idea-{idea.id}")


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "x", "#", "\0"])
def test_a_vote_sends_nobody_to_another_site(client, voter, idea, elsewhere):
    response = client.post(f"/ideas/{idea.id}/vote", data={"value": "agree", "next": elsewhere})
    assert (response.status_code, response.location) == (303, f"/ideas/{idea.id}")


@pytest.mark.parametrize(("shape", "sign"), [("card", "in-card"), ("docked", "docked"), ("x", "mine-words"), ("", "")])
def test_htmx_gets_the_block_of_the_page_it_asks_from(client, voter, idea, shape, sign):
    data = {"value": "disagree", "shape": shape}
    page = client.post(f"/ideas/{idea.id}/vote", data=data, headers={"HX-Request": "true"}).text
    assert sign in page
    assert page.count(f'id="votes-{idea.id}"') == 1
    assert ("csrf_token" in page) is (shape != "card")  # a card's buttons belong to the one form of their list
    assert len(page) < 2_500


def to_vote_on(client, campaign):
    response = client.get(f"/c/{campaign.slug}/vote/list")
    assert response.status_code == 200
    return response


def test_the_page_of_votes_lists_what_waits_and_loses_what_was_voted_on(client, voter, make):
    first = make.idea()
    second = make.idea(first.campaign)
    page = to_vote_on(client, first.campaign).text
    assert page.index(f'id="idea-{first.id}"') < page.index(f'id="idea-{second.id}"')
    assert page.count('name="shape"') == page.count('id="list-votes"') == 1  # one form, and so one token, for all cards
    client.post(f"/ideas/{first.id}/vote", data={"value": "pass"})
    page = to_vote_on(client, first.campaign).text
    assert f'id="idea-{first.id}"' not in page
    client.post(f"/ideas/{second.id}/vote", data={"value": "pass"})
    assert "모든 제안에 투표했어요" in to_vote_on(client, first.campaign).text


def test_visitors_get_the_choices_as_links_to_sign_in_without_token_or_cookie(client, idea):
    for path in (
        f"/c/{idea.campaign.slug}/vote",
        f"/c/{idea.campaign.slug}/vote/list",
        f"/c/{idea.campaign.slug}/ideas",
        f"/ideas/{idea.id}",
    ):
        response = client.get(path)
        assert response.text.count('class="krds-btn vote agree"') == 1
        assert 'href="/account/login?next=' in response.text
        assert 'name="value"' not in response.text
        assert "csrf_token" not in response.text
        assert "Set-Cookie" not in response.headers


def test_those_who_may_not_vote_are_told_once_and_see_the_bars(client, make):
    campaign = make.campaign()
    for _ in range(3):
        make.idea(campaign)
    client.login(make.analyst())
    for path in ("ideas", "vote"):
        page = client.get(f"/c/{campaign.slug}/{path}").text
        assert page.count("분석가 계정으로는 투표하지 않아요") == 1
        assert page.count("아직 투표가 없어요") == 3
        assert "krds-btn vote" not in page


def test_while_no_votes_are_taken_the_page_says_so(client, voter, make):
    idea = make.idea(make.campaign(open_phases=(PhaseKind.PROPOSING,)))
    assert "지금은 투표를 받지 않아요" in to_vote_on(client, idea.campaign).text
    assert "krds-btn vote" not in client.get(f"/c/{idea.campaign.slug}/ideas").text


def test_the_page_of_votes_costs_the_same_for_one_idea_and_for_many(client, voter, make, count_queries):
    campaign = make.campaign()
    make.idea(campaign)
    path = f"/c/{campaign.slug}/vote/list"
    one = count_queries(lambda: client.get(path))
    for _ in range(15):
        make.vote(make.idea(campaign))
    assert count_queries(lambda: client.get(path)) == one


def test_htmx_gets_only_the_buttons(client, voter, idea):
    response = client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "<html" not in response.text
    assert f'id="votes-{idea.id}"' in response.text
    assert 'value="agree" aria-pressed="true"' in response.text
    assert "내 투표: <strong>찬성</strong>" in response.text


@pytest.mark.parametrize("value", [1, 0, -1, None])
def test_json_in_and_out(client, voter, idea, make, value):
    make.vote(idea, value=-1)
    response = client.post(f"/ideas/{idea.id}/vote", json={"value": value})
    assert response.status_code == 200
    assert response.json == {
        "value": value,
        "tally": {"agree": int(value == 1), "disagree": 1 + (value == -1), "pass": int(value == 0)},
    }


@pytest.mark.parametrize(
    "body", [{"value": v} for v in (2, True, False, 1.9, 1.0, "1", "agree", [], {}, 10**30)] + [{}, [], 1, "x"]
)
def test_nothing_else_in_json_is_a_vote(client, voter, idea, body):
    response = client.post(f"/ideas/{idea.id}/vote", json=body)
    assert response.status_code == 400
    assert "가운데 하나" in response.json["error"]["fields"]["value"]
    assert counts(idea) == (0, 0, 0)


@pytest.mark.parametrize("raw", [b"{", b"", b"null", b"\xff", b'{"value": NaN}', b'{"value": 1e999}', b"[" * 5_000])
def test_broken_json_is_refused(client, voter, idea, raw):
    response = client.post(f"/ideas/{idea.id}/vote", data=raw, content_type="application/json")
    assert response.status_code == 400
    assert counts(idea) == (0, 0, 0)


@pytest.mark.parametrize("value", [None, "", "1", "AGREE", "agree ", "찬성", "agree\x00", "x" * 10_000])
def test_nothing_else_in_a_form_is_a_vote(client, voter, idea, value):
    data = {} if value is None else {"value": value}
    assert client.post(f"/ideas/{idea.id}/vote", data=data).status_code == 400
    assert counts(idea) == (0, 0, 0)


def test_a_visitor_is_sent_away_and_nothing_counts(client, idea):
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code == 401
    assert client.post(f"/ideas/{idea.id}/vote", json={"value": 1}).json["error"]["status"] == 401
    assert counts(idea) == (0, 0, 0)


def test_staff_hear_why_they_do_not_vote(client, make, idea):
    client.login(make.analyst())
    response = client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"})
    assert response.status_code == 403
    assert "분석가 계정으로는 투표하지 않아요" in response.text


def test_a_closed_phase_says_since_when(client, make, voter):
    idea = make.idea(make.campaign(open_phases=(PhaseKind.PROPOSING,)))
    response = client.post(f"/ideas/{idea.id}/vote", json={"value": 1})
    assert response.status_code == 409
    assert "투표 단계는" in response.json["error"]["message"]


def test_a_withdrawn_idea_takes_no_vote(client, make, voter):
    idea = make.idea(state=IdeaState.WITHDRAWN)
    assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code == 409


@pytest.mark.parametrize("path", ["/ideas/999999/vote", "/ideas/99999999999999999999/vote", "/ideas/x/vote"])
def test_an_idea_that_is_not_there(client, voter, path):
    assert client.post(path, data={"value": "agree"}).status_code == 404


def test_a_vote_is_never_a_link(client, voter, idea):
    assert client.get(f"/ideas/{idea.id}/vote?value=agree").status_code == 405


def test_a_forged_form_does_not_vote(app, client, voter, idea):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post(f"/ideas/{idea.id}/vote", data={"value": "agree"}).status_code == 400
        assert client.post(f"/ideas/{idea.id}/vote", json={"value": 1}).status_code == 400
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert counts(idea) == (0, 0, 0)


def batch(*pairs):
    return {"votes": [{"idea": idea.id, "value": value} for idea, value in pairs]}


def test_many_votes_in_one_request(client, voter, make):
    first, second, third = make.idea(), make.idea(), make.idea()
    make.vote(second, voter, value=-1)
    make.vote(third, voter)
    response = client.post("/votes", json=batch((third, None), (first, 1), (second, 0)))
    assert response.status_code == 200
    assert [vote["idea"] for vote in response.json["votes"]] == [first.id, second.id, third.id]
    assert [vote["value"] for vote in response.json["votes"]] == [1, 0, None]
    assert response.json["votes"][1]["tally"] == {"agree": 0, "disagree": 0, "pass": 1}
    assert [counts(idea) for idea in (first, second, third)] == [(1, 0, 0), (0, 0, 1), (0, 0, 0)]


def test_many_votes_by_a_form(client, voter, make):
    first, second = make.idea(), make.idea()
    response = client.post("/votes", data={"votes": [f"{second.id}:disagree", f"{first.id}:agree"]})
    assert response.status_code == 200
    assert [counts(idea) for idea in (first, second)] == [(1, 0, 0), (0, 1, 0)]


@pytest.mark.parametrize("field", ["", "1", "1:", "1:maybe", "x:agree", "١:agree", "0:agree", "9999999999:agree"])
def test_a_form_that_holds_no_votes_is_refused(client, voter, field):
    assert client.post("/votes", data={"votes": field}).status_code == 400


@pytest.mark.parametrize("wrong", ["withdrawn", "missing", "closed"])
def test_one_vote_that_cannot_be_takes_the_whole_batch_back(client, voter, make, wrong):
    good = make.idea()
    bad = make.idea(state=IdeaState.WITHDRAWN) if wrong == "withdrawn" else make.idea()
    if wrong == "closed":
        bad = make.idea(make.campaign(open_phases=(PhaseKind.PROPOSING,)))
    body = batch((good, 1), (bad, 1))
    if wrong == "missing":
        body["votes"][1]["idea"] = 2**31 - 1
    assert client.post("/votes", json=body).status_code == (404 if wrong == "missing" else 409)
    assert votes_of([good.id], voter).get(good.id) is None
    assert counts(good) == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"votes": None},
        {"votes": []},
        {"votes": {}},
        {"votes": [1]},
        {"votes": [{"idea": 1}]},
        {"votes": [{"idea": "1", "value": 1}]},
        {"votes": [{"idea": True, "value": 1}]},
        {"votes": [{"idea": 0, "value": 1}]},
        {"votes": [{"idea": 2**31, "value": 1}]},
        {"votes": [{"idea": 1, "value": 2}]},
        {"votes": [{"idea": 1, "value": 1}, {"idea": 1, "value": 0}]},
        {"votes": [{"idea": n, "value": 1} for n in range(1, 202)]},
    ],
)
def test_a_batch_that_is_none_is_refused_in_words(client, voter, body):
    response = client.post("/votes", json=body, headers={"Accept": "application/json"})
    assert response.status_code == 400
    assert response.json["error"]["message"]


def test_a_first_vote_costs_three_statements(client, voter, idea, count_queries, engine_name):
    most = {"postgresql": 3, "sqlite": 6}  # who acts; what is voted on; vote, event and tally (apart on SQLite)
    posted = count_queries(lambda: client.post(f"/ideas/{idea.id}/vote", json={"value": 1}))
    assert posted == most[engine_name]


@pytest.mark.parametrize("path", ["/ideas/1/vote", "/votes"])
def test_a_vote_page_asks_who_acts_before_it_reads_anything(client, path):
    assert client.post(path, json={}, headers={"Accept": "application/json"}).status_code == 401


def test_a_role_revoked_in_mid_session_counts_at_the_next_vote(client, make, idea):
    analyst = make.analyst()
    client.login(analyst)
    assert client.post(f"/ideas/{idea.id}/vote", json={"value": 1}).status_code == 403
    analyst.grant.revoked_at = analyst.grant.granted_at
    assert client.post(f"/ideas/{idea.id}/vote", json={"value": 1}).status_code == 200


def test_a_dead_cookie_casts_no_vote(client, voter, idea):
    voter.fs_uniquifier = "renewed"
    assert client.post(f"/ideas/{idea.id}/vote", json={"value": 1}).status_code == 401
    assert counts(idea) == (0, 0, 0)


def test_a_switched_off_account_casts_no_vote(client, voter, idea):
    voter.active = False
    assert client.post(f"/ideas/{idea.id}/vote", json={"value": 1}).status_code == 401
