"""The voting queue in a real browser: by keyboard, by finger, by buttons, without script and without network.

SQLite is enough: what the server does is tested on both engines in tests/forum/analysis/opinions/test_queue_views.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Page, expect

from forum.core.extensions import db
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

N_IDEAS = 6
LONG_BODY = "교실 창가에 화분을 놓고 물을 주는 당번을 정하면 여름에 덜 덥습니다. " * 30
EXPECTED = ("ERR_INTERNET_DISCONNECTED", "htmx:error: Failed to fetch", "status of 409")
"""What the console says of a lost network and of a refused form, which are no faults of the page."""
QUIET_MILLISECONDS = 600  # a little longer than QUIET in queue.js


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def voter(make: Any, browser: Browser, site: str) -> Iterator[Callable[..., Phone]]:
    """Somebody on the queue's page. Whatever the browser's console complains of fails the test."""
    campaign = make.campaign(slug="netzero")
    for n in range(N_IDEAS):
        make.idea(campaign, title=f"제안 {n}", body=LONG_BODY)
    email = make.citizen(password=hash_password(PASSWORD)).email
    db.session.commit()
    people: list[Phone] = []
    complaints: list[str] = []

    def make_voter(script: bool = True) -> Phone:
        people.append(Phone(browser, site, script))
        page = people[-1].page
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        people[-1].sign_in(email)
        page.goto("/c/netzero/vote")
        return people[-1]

    yield make_voter
    for person in people:
        person.context.close()
    assert [said for said in complaints if not any(known in said for known in EXPECTED)] == []


def asked(page: Page) -> int:
    return int(page.locator(".queue-votes input[name=idea]").get_attribute("value") or 0)


def stored() -> dict[int, int]:
    """Value of every vote there is, by idea."""
    db.session.rollback()
    found = {row.idea_id: row.value for row in db.session.query(Vote.idea_id, Vote.value)}
    db.session.rollback()
    return found


def wait_for_another(page: Page, idea_id: int) -> None:
    expect(page.locator(f".queue-votes:not(#votes-{idea_id}) .vote.agree")).to_be_visible()
    page.wait_for_timeout(QUIET_MILLISECONDS)


def title_of(idea_id: int) -> str:
    title = db.session.get_one(Idea, idea_id).title
    db.session.rollback()
    return title


def test_keys_vote_only_once_they_are_switched_on_and_the_device_remembers(voter):
    page = voter().page
    box = page.locator("#queue-keys")
    first = asked(page)
    page.keyboard.press("1")
    page.wait_for_timeout(QUIET_MILLISECONDS)
    assert (asked(page), stored()) == (first, {})
    box.evaluate("box => box.click()")  # a phone's page hides the box; a keyboard can be there all the same
    page.keyboard.press("Control+1")
    page.keyboard.press("1")
    wait_for_another(page, first)
    assert stored() == {first: 1}
    expect(page.locator("#queue-said")).to_have_text(f"‘{title_of(first)}’에 ‘찬성’을 골랐어요.")
    second = asked(page)
    expect(page.locator(f"#idea-{second}-title")).to_be_focused()
    page.keyboard.press("3")
    wait_for_another(page, second)
    page.keyboard.press("0")
    wait_for_another(page, asked(page))
    assert (asked(page), stored()) == (second, {first: 1})
    page.reload()
    expect(box).to_be_checked()
    page.keyboard.press("2")
    wait_for_another(page, second)
    assert stored() == {first: 1, second: 0}
    box.evaluate("box => box.click()")
    third = asked(page)
    page.keyboard.press("1")
    page.wait_for_timeout(QUIET_MILLISECONDS)
    assert asked(page) == third


def test_by_tab_and_enter_alone(voter):
    page = voter().page
    first = asked(page)
    page.locator(f"#idea-{first}-title").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "disagree":
            break
    page.keyboard.press("Enter")
    wait_for_another(page, first)
    assert stored() == {first: -1}
    page.keyboard.press("Shift+Tab")  # from the next title back to what takes the vote back
    page.keyboard.press("Shift+Tab")
    expect(page.locator(".queue-undo button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#vote-{first}-agree")).to_be_visible()
    assert stored() == {}


def drag(page: Page, x: int, y: int) -> None:
    """Move a finger over the idea by so many pixels, as the screen reports it."""
    box = page.locator(".queue-idea").bounding_box()
    assert box is not None
    start = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 100}
    session = page.context.new_cdp_session(page)

    def send(kind: str, points: list[dict[str, float]]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", [start])
    for step in range(1, 11):
        send("touchMove", [{"x": start["x"] + x * step / 10, "y": start["y"] + y * step / 10}])
    send("touchEnd", [])
    page.wait_for_timeout(QUIET_MILLISECONDS)


@pytest.mark.parametrize(("x", "value"), [(-160, 1), (160, -1)])
def test_a_swipe_to_a_button_s_side_votes_as_the_button_does(voter, x, value):
    page = voter().page
    first = asked(page)
    drag(page, x, 10)
    wait_for_another(page, first)
    assert stored() == {first: value}


def test_a_finger_that_scrolls_or_hesitates_does_not_vote(voter):
    page = voter().page
    first = asked(page)
    drag(page, 40, -200)
    assert page.evaluate("scrollY") > 50
    page.evaluate("scrollTo(0, 0)")
    drag(page, 60, 0)
    assert (asked(page), stored()) == (first, {})


def test_a_double_tap_votes_once(voter):
    page = voter().page
    first = asked(page)
    button = page.locator(f"#vote-{first}-agree").bounding_box()
    assert button is not None
    for _ in range(2):
        page.touchscreen.tap(button["x"] + 20, button["y"] + 20)
    expect(page.locator(f"#votes-{first}")).to_have_count(0)
    page.touchscreen.tap(button["x"] + 20, button["y"] + 20)  # the next idea's button is at the same place by now
    wait_for_another(page, first)
    assert stored() == {first: 1}


def test_an_idea_that_is_hidden_meanwhile_is_named_and_the_next_one_comes(voter):
    phone = voter()
    first = asked(phone.page)
    db.session.get_one(Idea, first).state = IdeaState.WITHDRAWN
    db.session.commit()
    phone.page.locator(f"#vote-{first}-agree").tap()
    expect(phone.page.locator("#queue .notice")).to_contain_text("투표할 수 없어요")
    assert asked(phone.page) != first
    assert stored() == {}


def test_without_script_there_are_buttons_an_undo_and_a_place_to_stop(voter):
    page = voter(script=False).page
    expect(page.locator("#queue-keys")).to_be_hidden()
    first = asked(page)
    page.locator(f"#vote-{first}-pass").tap()
    expect(page.locator(".queue-undo")).to_contain_text("넘김")
    assert (asked(page) != first, stored()) == (True, {first: 0})
    page.locator(".queue-undo button").tap()
    expect(page.locator(f"#vote-{first}-agree")).to_be_visible()
    assert stored() == {}
    page.get_by_role("link", name="그만하기").tap()
    expect(page.locator("main")).to_contain_text("오늘은 아직 투표하지 않았어요")
    page.get_by_role("link", name="투표 시작하기").tap()
    for n in range(N_IDEAS):
        page.locator(f"#vote-{asked(page)}-agree").tap()
        expect(page.locator(".queue-undo")).to_be_visible()
        assert len(stored()) == n + 1
    expect(page.locator("main")).to_contain_text("모두 투표했어요")


def test_a_vote_without_network_is_kept_and_sent_with_its_probability(voter):
    phone = voter()
    page, first = phone.page, asked(phone.page)
    phone.context.set_offline(True)
    page.locator(f"#vote-{first}-agree").tap()
    expect(page.locator(f"#votes-{first} .notice")).to_contain_text("담아 두었어요")
    assert stored() == {}
    phone.context.set_offline(False)
    expect(page.locator("main")).to_contain_text("담아 둔 투표를 보냈어요")
    assert stored() == {first: 1}
    db.session.rollback()
    assert db.session.query(Vote.shown_probability).scalar() == pytest.approx(1 / N_IDEAS)
    db.session.rollback()
