"""Votes without network, in a real browser: kept on the device, sent once, never as somebody else.

`context.set_offline` takes the network away from the browser, as a tunnel does. SQLite is enough: what the server does
with a batch is tested on both engines in tests/forum/voice/votes/test_batches.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Page, Request, Response, expect

from forum.analysis.shortlists.models import ShortlistVoter
from forum.core import clock
from forum.core.extensions import db
from forum.voice.campaigns.models import Phase, PhaseKind
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote, VoteEvent
from forum.voice.votes.services import cast_votes
from forum.voice.votes.shown import sign_shown
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

PAUSES = (2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000)  # milliseconds between attempts
KEPT = "연결이 끊겨 투표를 이 기기에 담아 두었어요. 연결되면 보낼게요."
SENT = "담아 둔 투표를 보냈어요."


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


class Voter(Phone):
    """Somebody with a phone who has signed in, and what their phone keeps and sends."""

    def __init__(self, browser: Browser, site: str, email: str) -> None:
        super().__init__(browser, site)
        self.attempts: list[Request] = []
        self.answers: list[Response] = []
        self.watch(self.page)
        self.sign_in(email)

    def watch(self, page: Page) -> None:
        """Note each attempt to send a batch, and each answer: the network may fail for a moment after `online`."""
        page.on("request", lambda it: self.attempts.append(it) if it.url.endswith("/votes") else None)
        page.on("response", lambda it: self.answers.append(it) if it.url.endswith("/votes") else None)

    def keys(self) -> list[str]:
        """The keys of all attempts, each once."""
        return list(dict.fromkeys(attempt.headers["idempotency-key"] for attempt in self.attempts))

    def kept(self) -> dict[str, Any]:
        """What the browser keeps: key of the account -> its votes."""
        return {
            key: json.loads(value)
            for key, value in self.page.evaluate("() => Object.entries(localStorage)")
            if key.startswith("forum-votes:")
        }

    def vote(self, idea_id: int, word: str) -> None:
        self.page.locator(f"#vote-{idea_id}-{word}").tap()

    def says(self, text: str) -> None:
        expect(self.page.locator(".notice", has_text=text).first).to_be_visible()

    def wait_until_nothing_is_kept(self) -> None:
        self.page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('forum-votes:'))")


@pytest.fixture
def voter(make: Any, browser: Browser, site: str) -> Iterator[Callable[..., Voter]]:
    people: list[Voter] = []

    def make_voter(account: Any = None) -> Voter:
        email = (account or somebody(make)).email
        db.session.commit()
        people.append(Voter(browser, site, email))
        return people[-1]

    yield make_voter
    for person in people:
        person.context.close()


def somebody(make: Any) -> Any:
    return make.citizen(password=hash_password(PASSWORD))


def stored() -> list[tuple[int, int]]:
    """(idea, value) of every vote there is."""
    db.session.rollback()
    found = [(row[0], row[1]) for row in db.session.query(Vote.idea_id, Vote.value).order_by(Vote.idea_id)]
    db.session.rollback()
    return found


def n_events() -> int:
    db.session.rollback()
    n = db.session.query(VoteEvent).count()
    db.session.rollback()
    return n


def lose_requests(page: Page) -> None:
    """The network fails, and the browser does not notice."""
    for address in ("**/ideas/*/vote", "**/c/netzero/votes"):
        page.route(address, lambda route: route.abort())


@pytest.fixture
def ideas(make: Any) -> list[int]:
    campaign = make.campaign(slug="netzero")
    found = [make.idea(campaign).id for _ in range(4)]
    db.session.commit()
    return found


def test_votes_without_network_are_stored_once_when_it_is_back(voter, ideas):
    phone = voter()
    page = phone.page
    page.goto("/c/netzero/vote/list")
    phone.context.set_offline(True)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)
    expect(page.locator(f"#vote-{ideas[0]}-agree")).to_have_attribute("aria-pressed", "true")
    phone.vote(ideas[1], "agree")
    expect(page.locator(f"#votes-{ideas[1]} .notice")).to_be_visible()
    phone.vote(ideas[1], "disagree")  # changed before it was sent
    expect(page.locator(f"#vote-{ideas[1]}-disagree")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"#vote-{ideas[1]}-agree")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(f"#votes-{ideas[1]} .notice")).to_have_count(1)
    assert stored() == []
    [kept] = phone.kept().values()
    assert [(row["idea"], row["value"]) for row in kept["rows"]] == [(ideas[0], 1), (ideas[1], -1)]
    phone.context.set_offline(False)
    phone.says(SENT)
    phone.wait_until_nothing_is_kept()
    expect(page.locator(f"#votes-{ideas[0]} .notice")).to_have_count(0)
    assert stored() == [(ideas[0], 1), (ideas[1], -1)]
    assert (n_events(), len(phone.answers), len(phone.keys())) == (2, 1, 1)


def test_the_page_of_an_idea_keeps_its_vote_and_the_next_page_sends_it(voter, ideas):
    phone = voter()
    page = phone.page
    page.goto(f"/ideas/{ideas[0]}")
    lose_requests(page)
    phone.vote(ideas[0], "disagree")
    phone.says(KEPT)
    page.goto("about:blank")
    page.unroute_all()
    assert stored() == []
    page.goto("/c/netzero/ideas")
    phone.says(SENT)
    assert stored() == [(ideas[0], -1)]


def test_where_the_browser_has_not_noticed_that_the_network_is_gone_the_same_page_sends(voter, ideas):
    phone = voter()
    page = phone.page
    page.clock.install()
    page.goto("/c/netzero/vote/list")
    page.clock.pause_at(clock.now() + timedelta(hours=1))
    lose_requests(page)
    phone.vote(ideas[0], "agree")
    page.wait_for_function("() => Object.keys(localStorage).some((key) => key.startsWith('forum-votes:'))")

    def milliseconds_to_attempt() -> int:
        n = len(phone.attempts)
        for passed in range(1_000, 200_000, 1_000):
            page.clock.run_for(1_000)
            page.wait_for_timeout(10)
            if len(phone.attempts) > n:
                return passed
        raise AssertionError("no attempt")

    pauses = [milliseconds_to_attempt() for _ in range(7)]
    assert [pause >= least for pause, least in zip(pauses, PAUSES, strict=True)] == [True] * 7
    assert (len(phone.attempts), len(phone.keys()), stored()) == (7, 1, [])
    page.unroute_all()
    page.clock.run_for(PAUSES[-1])
    phone.wait_until_nothing_is_kept()
    assert (stored(), n_events(), len(phone.answers), len(phone.keys())) == ([(ideas[0], 1)], 1, 1, 1)


def test_a_kept_vote_keeps_the_probability_of_its_draw_and_a_clearing_clears(voter, ideas, make):
    account = somebody(make)
    token = sign_shown(account.participant.id, ideas[0], 0.125)
    cast_votes({ideas[1]: 1}, account)
    phone = voter(account)
    page = phone.page
    page.goto("/c/netzero/ideas")
    form = "document.getElementById('list-votes')"  # as a page that draws an idea has it
    page.evaluate(f"(token) => {form}.insertAdjacentHTML('beforeend', `<input name=shown value=${{token}}>`)", token)
    phone.context.set_offline(True)
    phone.vote(ideas[0], "agree")
    expect(page.locator(f"#votes-{ideas[0]} .notice")).to_be_visible()
    page.evaluate(f"() => {form}.elements.shown.remove()")
    phone.vote(ideas[0], "disagree")  # the draw belongs to the first vote
    page.locator(f"#votes-{ideas[1]}").get_by_role("button", name="투표 지우기").tap()
    expect(page.locator(f"#votes-{ideas[1]} .mine")).to_be_hidden()
    phone.context.set_offline(False)
    phone.says(SENT)
    phone.wait_until_nothing_is_kept()
    db.session.rollback()
    found = db.session.query(Vote.idea_id, Vote.value, Vote.shown_probability).all()
    assert [tuple(row) for row in found] == [(ideas[0], -1, 0.125)]


def test_a_kept_vote_from_the_top_of_the_queue_still_says_that_its_person_was_told(voter, ideas, make):
    account = somebody(make)
    make.shortlist(db.session.get_one(Idea, ideas[0]).campaign, [db.session.get_one(Idea, one) for one in ideas[:2]])
    phone = voter(account)
    page = phone.page
    page.goto("/c/netzero/vote")
    expect(page.locator(".queue-first")).to_be_visible()
    asked = int(page.locator(".queue-votes input[name=idea]").input_value())
    phone.context.set_offline(True)
    phone.vote(asked, "agree")
    phone.says(KEPT)
    phone.vote(asked, "disagree")
    expect(page.locator(f"#vote-{asked}-disagree")).to_have_attribute("aria-pressed", "true")
    phone.context.set_offline(False)
    phone.wait_until_nothing_is_kept()
    assert stored() == [(asked, -1)]
    assert db.session.query(ShortlistVoter.participant_id).all() == [(account.participant.id,)]
    db.session.rollback()


def test_a_lost_answer_makes_no_second_vote_and_the_batch_keeps_its_key(voter, ideas):
    """The server has done it, and the network goes before the answer arrives."""
    phone = voter()
    page = phone.page
    page.goto("/c/netzero/vote/list")
    phone.context.set_offline(True)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)

    def lose_the_answer(route):
        route.fetch()
        route.abort()

    page.route("**/c/netzero/votes", lose_the_answer)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/votes")):
        phone.context.set_offline(False)
    assert stored() == [(ideas[0], 1)]
    assert len(phone.kept()) == 1
    page.unroute("**/c/netzero/votes")
    phone.says(SENT)
    phone.wait_until_nothing_is_kept()
    [answer] = phone.answers
    assert answer.header_value("idempotent-replayed") == "true"
    assert len(phone.keys()) == 1
    assert (stored(), n_events()) == ([(ideas[0], 1)], 1)


def test_two_tabs_that_hear_of_the_network_at_once_send_once(voter, ideas):
    phone = voter()
    phone.page.goto("/c/netzero/vote/list")
    other = phone.context.new_page()
    phone.watch(other)
    other.goto("/c/netzero/vote/list")
    phone.context.set_offline(True)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)
    other.locator(f"#vote-{ideas[1]}-agree").tap()
    expect(other.locator(f"#votes-{ideas[1]} .notice")).to_be_visible()
    phone.context.set_offline(False)
    phone.wait_until_nothing_is_kept()
    assert stored() == [(ideas[0], 1), (ideas[1], 1)]
    assert (n_events(), len(phone.answers), len(phone.keys())) == (2, 1, 1)


def test_rows_that_were_refused_are_named_and_the_others_count(voter, ideas, make):
    phone = voter()
    page = phone.page
    page.goto("/c/netzero/vote/list")
    phone.context.set_offline(True)
    for idea_id in ideas[:2]:
        phone.vote(idea_id, "agree")
        expect(page.locator(f"#votes-{idea_id} .notice")).to_be_visible()
    db.session.get_one(Idea, ideas[0]).state = IdeaState.WITHDRAWN
    db.session.commit()
    phone.context.set_offline(False)
    expect(page.locator(f"#votes-{ideas[0]} .notice")).to_contain_text("비공개 상태인 제안에는 투표할 수 없어요.")
    expect(page.locator(f"#vote-{ideas[0]}-agree")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(f"#vote-{ideas[1]}-agree")).to_have_attribute("aria-pressed", "true")
    phone.says(SENT)
    assert stored() == [(ideas[1], 1)]


def test_a_vote_on_another_device_in_between_stays(voter, ideas, make, new_client):
    account = somebody(make)
    phone = voter(account)
    page = phone.page
    page.goto("/c/netzero/vote/list")
    phone.context.set_offline(True)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)
    page.wait_for_timeout(300)
    other = new_client().login(account)
    other.application.config["WTF_CSRF_ENABLED"] = False
    assert other.post(f"/ideas/{ideas[0]}/vote", json={"value": -1}).status_code == 200
    other.application.config["WTF_CSRF_ENABLED"] = True
    db.session.commit()
    phone.context.set_offline(False)
    phone.says("나중에 한 투표가 있어서")
    expect(page.locator(f"#vote-{ideas[0]}-disagree")).to_have_attribute("aria-pressed", "true")
    assert stored() == [(ideas[0], -1)]


def test_a_closed_phase_leaves_the_votes_with_the_person_who_may_delete_them(voter, ideas, make):
    phone = voter()
    page = phone.page
    page.goto("/c/netzero/vote/list")
    phone.context.set_offline(True)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)
    db.session.query(Phase).filter_by(kind=PhaseKind.VOTING).one().closes_at = clock.now()
    db.session.commit()
    phone.context.set_offline(False)
    phone.says("투표 단계는")
    assert len(phone.kept()) == 1
    page.get_by_role("button", name="담아 둔 투표 지우기").tap()
    phone.wait_until_nothing_is_kept()
    assert stored() == []


def test_signing_out_sends_first_and_asks_before_it_deletes_what_could_not_be_sent(voter, ideas):
    phone = voter()
    page = phone.page
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/c/netzero/vote/list")
    lose_requests(page)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)
    asked: list[str] = []

    def refuse(dialog):
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", refuse)
    log_out = page.get_by_role("button", name="로그아웃")
    log_out.click()
    page.wait_for_timeout(500)
    assert [("로그아웃할까요?" in words) for words in asked] == [True]
    assert len(phone.kept()) == 1  # still signed in, nothing is gone
    expect(log_out).to_be_visible()
    page.unroute("**/c/netzero/votes")
    log_out.click()
    expect(page.get_by_role("link", name="로그인").first).to_be_visible()
    assert phone.kept() == {}
    assert stored() == [(ideas[0], 1)]


def test_somebody_else_at_the_same_device_sends_none_of_them(voter, ideas, make, site):
    """The first person's session ends, the second signs in; then the first one is back."""
    first, second = somebody(make), somebody(make)
    first_email, second_email = first.email, second.email
    phone = voter(first)
    page = phone.page
    page.goto("/c/netzero/vote/list")
    lose_requests(page)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)
    [name] = phone.kept()
    assert first_email not in name
    page.goto("about:blank")
    page.unroute_all()
    phone.attempts.clear()
    phone.context.clear_cookies()
    phone.sign_in(second_email)
    page.goto("/c/netzero/vote/list")
    expect(page.locator(f"#vote-{ideas[0]}-agree")).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    assert (phone.attempts, stored(), list(phone.kept())) == ([], [], [name])
    phone.context.clear_cookies()
    phone.sign_in(first_email)
    phone.wait_until_nothing_is_kept()
    assert stored() == [(ideas[0], 1)]


def test_an_open_page_of_the_first_person_cannot_vote_as_the_second(voter, ideas, make):
    first, second = somebody(make), somebody(make)
    second_email = second.email
    phone = voter(first)
    page = phone.page
    page.goto("/c/netzero/vote/list")
    phone.context.set_offline(True)
    phone.vote(ideas[0], "agree")
    phone.says(KEPT)
    token = page.locator("input[name=csrf_token]").first.input_value()
    phone.context.set_offline(False)
    phone.wait_until_nothing_is_kept()
    key = page.locator("script[data-account]").get_attribute("data-account")
    phone.context.clear_cookies()
    other = phone.context.new_page()
    other.goto("/account/login")
    other.fill("main input[name=email]", second_email)
    other.fill("main input[name=password]", PASSWORD)
    other.locator("main form button[type=submit]").first.click()
    expect(other.locator(".bell")).to_be_visible()
    mine = other.locator("input[name=csrf_token]").first.input_value()
    answers = other.evaluate(
        """async ([account, idea, tokens]) => Promise.all(tokens.map(async (token) => (await fetch("/c/netzero/votes", {
            method: "POST", headers: {"Content-Type": "application/json", "X-CSRFToken": token},
            body: JSON.stringify({ account, votes: [{ idea, value: -1 }] }),
        })).status))""",
        [key, ideas[1], [token, mine]],
    )
    assert answers == [400, 403]  # another session's token; a valid token, but another account's votes
    assert stored() == [(ideas[0], 1)]


def test_more_than_fifty_are_not_kept_and_old_ones_are_named(voter, ideas):
    phone = voter()
    page = phone.page
    page.goto("/c/netzero/vote/list")
    key = page.locator("script[data-account]").get_attribute("data-account")
    lose_requests(page)
    fill = """([name, n, age]) => {
        const at = Date.now() - age, address = "/c/netzero/votes";
        const rows = [...Array(n).keys()].map((i) => ({idea: 90000 + i, value: 1, at, title: `옛 제안 ${i}`, address}));
        localStorage.setItem(name, JSON.stringify({ batch: null, rows }));
    }"""
    page.evaluate(fill, [f"forum-votes:{key}", 50, 0])
    phone.vote(ideas[0], "agree")
    phone.says("연결이 끊겨 투표하지 못했어요")
    expect(page.locator(f"#vote-{ideas[0]}-agree")).to_have_attribute("aria-pressed", "false")
    page.evaluate(fill, [f"forum-votes:{key}", 2, 8 * 86_400_000])
    page.evaluate(fill, ["forum-votes:" + "0" * 32, 1, 8 * 86_400_000])
    page.goto("/c/netzero/vote/list")
    phone.says("7일이 지난 투표")
    expect(page.locator(".notice", has_text="옛 제안 1")).to_be_visible()
    assert phone.kept() == {}
