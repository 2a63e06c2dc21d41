"""A room in a real browser: a guest joins, votes with script and without it, and hears what is refused.

SQLite is enough: what the server does is tested on both engines in tests/forum/deliberation/rooms.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect

from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.rooms.checkin import check_in
from forum.deliberation.rooms.models import GatheringEntry
from forum.deliberation.rooms.running import finish_gathering
from forum.voice.votes.models import Vote
from tests.test_browser_walk import Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def room(make: Any) -> Gathering:
    gathering: Gathering = make.gathering(state="RUNNING", join_code="12345678")
    make.room_idea(gathering, title="버스를 자주", body="버스가 더 자주 오면 좋겠습니다")
    db.session.commit()
    return gathering


def enter(page: Page, number: int = 1) -> None:
    """Join by the typed code, as a guest."""
    page.goto("/join")
    page.get_by_label("모임방 번호 8자리").fill("1234 5678")
    page.get_by_role("button", name="다음").click()
    page.get_by_label("예, 만 14세 이상이에요").check()
    page.get_by_label("읽었고").check()
    page.get_by_role("button", name="손님으로 들어가기").click()
    expect(page.get_by_text(f"나는 {number}번")).to_be_visible()


def let_in(room: Gathering) -> None:
    check_in(room, room.organiser, list(db.session.scalars(sa.select(GatheringEntry.id))))
    db.session.commit()


def n_votes() -> int:
    """Count the votes, and let SQLite's lock go: the browser's next request would wait for it."""
    db.session.rollback()
    found = len(db.session.scalars(sa.select(Vote)).all())
    db.session.rollback()
    return found


@pytest.mark.parametrize("script", [True, False])
def test_a_guest_joins_waits_and_votes(browser: Browser, site: str, room: Gathering, script: bool) -> None:
    phone = Phone(browser, site, script)
    page = phone.page
    enter(page)
    expect(page.get_by_role("button", name="찬성")).to_have_count(0)
    let_in(room)
    if script:  # the page asks by itself
        expect(page.get_by_role("button", name="찬성")).to_be_visible(timeout=15_000)
    else:
        page.get_by_role("link", name="새로 보기").first.click()
    page.get_by_role("button", name="찬성").click()
    expect(page.get_by_role("button", name="찬성")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("모든 제안에 투표했어요")).to_be_visible()
    assert n_votes() == 1
    page.get_by_role("button", name="투표 지우기").click()
    expect(page.get_by_text("아직 투표하지 않은 제안이 1개")).to_be_visible()
    assert n_votes() == 0
    phone.context.close()


def test_a_vote_after_the_end_takes_nothing_off_the_page(browser: Browser, site: str, room: Gathering) -> None:
    phone = Phone(browser, site, True)
    page = phone.page
    enter(page)
    let_in(room)
    page.reload()
    finish_gathering(room, room.organiser, 1, room.revision)
    db.session.commit()
    page.get_by_label("제목").fill("아직 쓰는 제안")
    page.get_by_role("button", name="찬성").click()
    expect(page.locator("#room-said")).to_contain_text("모임이 끝났어요")
    expect(page.get_by_text("버스를 자주", exact=True)).to_be_visible()
    expect(page.get_by_label("제목")).to_have_value("아직 쓰는 제안")
    assert n_votes() == 0
    phone.context.close()


def test_a_vote_without_network_is_kept_and_sent_when_it_is_back(browser: Browser, site: str, room: Gathering) -> None:
    phone = Phone(browser, site, True)
    page = phone.page
    enter(page)
    let_in(room)
    page.reload()
    phone.context.set_offline(True)
    page.get_by_role("button", name="찬성").click()
    expect(page.locator("#room-said")).to_contain_text("연결이 끊겨")
    expect(page.locator("#kept").get_by_text("1개 보낼 것이 남음")).to_be_visible()
    phone.context.set_offline(False)
    expect(page.get_by_text("모든 제안에 투표했어요")).to_be_visible()
    expect(page.locator("#kept").get_by_text("1개 보낼 것이 남음")).to_be_hidden()
    assert n_votes() == 1
    phone.context.close()


def test_a_busy_server_is_asked_again_when_it_says_and_nothing_looks_wrong(
    browser: Browser, site: str, make: Any, room: Gathering
) -> None:
    """What is pressed meanwhile waits for the same moment, so that impatient taps cost a busy server nothing."""
    make.room_idea(room, title="나무를 더", body="골목마다 나무를 심으면 좋겠습니다")
    db.session.commit()
    phone = Phone(browser, site, True)
    page = phone.page
    enter(page)
    let_in(room)
    page.reload()
    asked: list[float] = []

    def send_away(route: Route) -> None:
        asked.append(time.monotonic())
        route.fulfill(status=503, headers={"Retry-After": "3"}, content_type="text/html", body="<p>502 of a proxy</p>")

    page.route("**/room/actions", send_away, times=1)
    page.get_by_role("button", name="찬성").first.click()
    page.get_by_role("button", name="반대").last.click()
    expect(page.locator("#kept").get_by_text("2개 보낼 것이 남음")).to_be_visible()
    expect(page.locator("#room-said")).to_be_empty()
    assert n_votes() == 0
    with page.expect_request("**/room/actions", timeout=15_000):
        pass
    assert len(asked) == 1
    assert time.monotonic() - asked[0] >= 3
    expect(page.locator("#kept").get_by_text("2개 보낼 것이 남음")).to_be_hidden(timeout=15_000)
    assert n_votes() == 2
    phone.context.close()
