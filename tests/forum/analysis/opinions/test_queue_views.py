from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from forum.analysis.opinions.queue_views import PAUSE_EVERY
from forum.core.extensions import db
from forum.voice.campaigns.models import PhaseKind
from forum.voice.ideas.models import IdeaState
from forum.voice.votes.models import Vote
from forum.voice.votes.queries import votes_of
from forum.voice.votes.shown import sign_shown
from tests.factories import SCRIPT

HTMX = {"HX-Request": "true"}


@pytest.fixture
def voter(client, make):
    voter = make.citizen()
    client.login(voter)
    return voter


@pytest.fixture
def campaign(make):
    campaign = make.campaign(slug="netzero")
    for n in range(3):
        make.idea(campaign, title=f"제안 {n} {SCRIPT}")
    return campaign


def asked_in(page):
    """:return: the number of the idea that the page asks about, and the token beside it"""
    form = page.partition('class="queue-votes"')[2]
    idea, shown = (re.search(rf'name="{name}" value="([^"]+)"', form) for name in ("idea", "shown"))
    return (int(idea[1]) if idea else None), (shown[1] if shown else "")


def ask(client, **args):
    response = client.get("/c/netzero/vote", query_string=args)
    assert response.status_code == 200
    return response


def vote(client, idea_id, value="agree", **more):
    headers = more.pop("headers", {})
    return client.post("/c/netzero/vote", data={"idea": idea_id, "value": value, **more}, headers=headers)


def test_the_page_asks_about_one_idea_and_keeps_nothing(client, voter, campaign):
    response = ask(client)
    assert response.text.count('class="queue-idea"') == 1
    assert asked_in(response.text)[0]
    assert SCRIPT not in response.text
    assert response.headers["Cache-Control"] == "private, no-store"
    assert '<meta name="robots" content="noindex">' in response.text
    assert "남은 제안 3개" in response.text
    assert 'class="support' not in response.text  # how others voted is not told before
    assert asked_in(ask(client).text)[0] == asked_in(response.text)[0]


def test_without_script_one_votes_goes_on_and_takes_back(client, voter, campaign):
    idea_id, token = asked_in(ask(client).text)
    response = vote(client, idea_id, "disagree", shown=token)
    assert (response.status_code, response.location) == (303, f"/c/netzero/vote?last={idea_id}#question")
    assert votes_of([idea_id], voter).get(idea_id) == -1
    assert db.session.scalar(sa.select(Vote.shown_probability)) == pytest.approx(1 / 3)
    page = client.get(response.location.partition("#")[0]).text
    assert "오늘 2개째" in page
    assert "<strong>반대</strong>" in page
    assert asked_in(page)[0] != idea_id
    response = client.post("/c/netzero/vote/undo", data={"idea": idea_id})
    assert response.status_code == 303
    assert votes_of([idea_id], voter).get(idea_id) is None
    again, token = asked_in(client.get(response.location.partition("#")[0]).text)
    assert again == idea_id
    vote(client, again, shown=token)
    assert db.session.scalar(sa.select(Vote.shown_probability)) == pytest.approx(1 / 3)


def test_htmx_gets_the_next_idea_as_a_piece_and_hears_what_was_done(client, voter, campaign):
    idea_id, token = asked_in(ask(client).text)
    response = vote(client, idea_id, "pass", shown=token, headers=HTMX)
    assert response.status_code == 200
    assert "<html" not in response.text
    assert "‘넘김’을 골랐어요" in response.text
    assert SCRIPT not in response.text
    following, _token = asked_in(response.text)
    assert following not in {None, idea_id}
    response = client.post("/c/netzero/vote/undo", data={"idea": idea_id}, headers=HTMX)
    assert asked_in(response.text)[0] == idea_id
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_form_sent_twice_votes_on_its_own_idea_and_shows_the_same_next_one(client, voter, campaign):
    idea_id, token = asked_in(ask(client).text)
    pages = [vote(client, idea_id, shown=token, headers=HTMX).text for _ in range(2)]
    assert asked_in(pages[0])[0] == asked_in(pages[1])[0]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 1


@pytest.mark.parametrize("token", ["", "x", "another person's", "another idea's"])
def test_a_probability_that_is_not_the_draw_s_own_is_not_kept(client, voter, campaign, make, token):
    idea_id, _own = asked_in(ask(client).text)
    participant_id = voter.participant_id
    token = {
        "another person's": sign_shown(participant_id + 1, idea_id, 0.5),
        "another idea's": sign_shown(participant_id, idea_id + 1, 0.5),
    }.get(token, token)
    assert vote(client, idea_id, shown=token).status_code == 303
    assert db.session.scalar(sa.select(Vote.shown_probability)) is None


def test_after_ten_votes_there_is_a_place_to_stop(client, voter, campaign, make):
    for n in range(PAUSE_EVERY - 1):
        make.vote(make.idea(campaign), voter, value=(1, 0, -1)[n % 3])
    idea_id, token = asked_in(ask(client).text)
    response = vote(client, idea_id, shown=token)
    assert response.location == f"/c/netzero/vote/pause?last={idea_id}#question"
    page = client.get(response.location.partition("#")[0]).text
    assert "오늘 제안 10개에 투표했어요" in page
    assert 'href="/c/netzero/common-ground"' in page
    assert 'href="/c/netzero/vote"' in page
    assert "되돌리기" in page
    fragment = vote(client, idea_id, shown=token, headers=HTMX).text
    assert "오늘 제안 10개에 투표했어요" in fragment
    assert asked_in(fragment)[0] is None


def test_the_place_to_stop_before_any_vote(client, voter, campaign):
    assert "오늘은 아직 투표하지 않았어요" in client.get("/c/netzero/vote/pause").text


def test_nothing_left_says_so(client, voter, campaign, make):
    for _ in range(3):
        idea_id, _token = asked_in(ask(client).text)
        page = vote(client, idea_id, headers=HTMX).text
    assert "모두 투표했어요" in page
    assert "모두 투표했어요" in ask(client).text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_idea_that_went_meanwhile_is_named_and_the_next_one_follows(client, voter, campaign, make, headers):
    for state, status, words in (
        (IdeaState.HIDDEN, 404, "그런 제안이 없어요"),
        (IdeaState.WITHDRAWN, 409, "투표할 수 없어요"),
    ):
        idea_id = make.idea(campaign, state=state).id
        for response in (
            vote(client, idea_id, headers=headers),
            client.post("/c/netzero/vote/undo", data={"idea": idea_id}, headers=headers),
        ):
            assert response.status_code == status
            assert words in response.text
            assert asked_in(response.text)[0] not in {None, idea_id}
            assert ("<html" in response.text) is not bool(headers)


def test_a_program_gets_a_refusal_as_json(client, voter, campaign, make):
    idea_id = make.idea(campaign, state=IdeaState.HIDDEN).id
    response = vote(client, idea_id, headers={"Accept": "application/json"})
    assert (response.status_code, response.mimetype) == (404, "application/json")


def test_a_phase_that_closes_meanwhile_is_said_and_nothing_more_is_asked(client, voter, make):
    idea = make.idea(make.campaign(slug="netzero", open_phases=(PhaseKind.PROPOSING,)))
    assert "지금은 투표를 받지 않아요" in ask(client).text
    for headers in ({}, HTMX):
        response = vote(client, idea.id, headers=headers)
        assert response.status_code == 409
        assert "투표 단계는" in response.text
        assert asked_in(response.text)[0] is None


def test_who_may_not_vote_sees_the_list_and_why(client, campaign, make, new_client):
    page = new_client().get("/c/netzero/vote").text
    assert page.count('class="krds-btn vote agree"') == 3
    assert "csrf_token" not in page
    client.login(make.analyst())
    assert "분석가 계정으로는 투표하지 않아요" in client.get("/c/netzero/vote").text
    assert client.post("/c/netzero/vote", data={}).status_code == 403
    assert client.get("/c/netzero/vote/pause").status_code == 403


def test_list_and_queue_lead_to_each_other_and_the_tab_to_the_queue(client, voter, campaign):
    assert 'href="/c/netzero/vote/list"' in ask(client).text
    page = client.get("/c/netzero/vote/list").text
    assert page.count('href="/c/netzero/vote"') == 2  # the link and the tab


@pytest.mark.parametrize(
    "data",
    [{}, {"idea": "1"}, {"value": "agree"}, {"idea": "0", "value": "agree"}, {"idea": "²", "value": "agree"}]
    + [{"idea": idea, "value": "agree"} for idea in ("x", "-1", "99999999999", "2147483648", "1\x00")]
    + [{"idea": "1", "value": value} for value in ("", "clear", "찬성", "1")],
)
def test_a_form_that_names_no_idea_or_no_vote_is_refused(client, voter, campaign, data):
    assert client.post("/c/netzero/vote", data=data).status_code == 400
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 0


@pytest.mark.parametrize("name", ["last", "idea"])
@pytest.mark.parametrize("value", ["x", "0", "99999999999", "2147483647", "\x00", "1 OR 1"])
def test_what_stands_in_the_address_cannot_break_the_page(client, voter, campaign, name, value):
    assert asked_in(ask(client, **{name: value}).text)[0]


def test_an_address_that_names_an_idea_asks_about_it_without_inventing_a_probability(client, voter, campaign, make):
    wanted = make.idea(campaign)
    assert asked_in(ask(client, idea=wanted.id, shown="x").text) == (wanted.id, "")
    make.vote(wanted, voter)
    assert asked_in(ask(client, idea=wanted.id).text)[0] != wanted.id


def test_a_long_text_is_folded_after_a_word(client, voter, make):
    words = " ".join(f"낱말{n:03}" for n in range(200))
    make.idea(make.campaign(slug="netzero"), title="긴 글", body=words)
    page = ask(client).text
    shown, _fold, rest = page.partition("<details>")
    assert "낱말000" in shown
    assert "낱말199" not in shown
    assert "낱말199" in rest
    assert all(f"낱말{n:03}" in page for n in range(200))


def test_the_page_costs_the_same_whatever_there_is(client, voter, campaign, make, count_queries):
    few = count_queries(lambda: ask(client))
    for _ in range(12):
        make.vote(make.idea(campaign))
    assert count_queries(lambda: ask(client)) == few
