"""Signing out while ideas or votes of a room are still kept in the browser: one is asked first, on every page.

SQLite is enough: what the server does with kept actions is tested on both engines in tests/forum/deliberation/joint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Page, expect

from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.models import RoomAction
from forum.deliberation.rooms.running import finish_gathering
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote
from tests.test_browser_joint import write
from tests.test_browser_room import enter, let_in
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

ACTIONS = "**/room/actions"
KEPT = """() => new Promise((good) => {
  const asked = indexedDB.open("forum-room");
  asked.onupgradeneeded = () => asked.transaction.abort();
  asked.onerror = () => good(0);
  asked.onsuccess = () => {
    const counted = asked.result.transaction("actions").objectStore("actions").count();
    counted.onsuccess = () => { asked.result.close(); good(counted.result); };
  };
})"""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def room(make: Any) -> Gathering:
    gathering: Gathering = make.gathering(state="RUNNING", join_code="12345678")
    make.room_idea(gathering, title="버스를 자주", body="버스가 더 자주 오면 좋겠습니다")
    db.session.commit()
    return gathering


@pytest.fixture
def member(make: Any, room: Gathering, browser: Browser, site: str) -> Iterator[Callable[..., Phone]]:
    """Somebody with an account in the room; their phone keeps a vote and an idea that do not get through."""
    phones: list[Phone] = []

    def make_member(script: bool = True) -> Phone:
        account = make.citizen(password=hash_password(PASSWORD))
        email, room_id = account.email, room.id
        make.entry(room, account)
        db.session.commit()
        phone = Phone(browser, site, script)
        phones.append(phone)
        phone.sign_in(email)
        phone.page.goto(f"/gatherings/{room_id}/room")
        return phone

    yield make_member
    for phone in phones:
        phone.context.close()


def keep_two(phone: Phone) -> Page:
    """Vote and write while nothing gets through, and go to another page of the forum."""
    page = phone.page
    page.route(ACTIONS, lambda route: route.abort())
    page.get_by_role("button", name="찬성").click()
    write(page, "밤에도 걷기 좋은 길")
    expect(page.locator("#kept").get_by_text("2개 보낼 것이 남음")).to_be_visible()
    page.goto("/notices")
    return page


def sign_out(page: Page) -> None:
    page.locator("details.phone-menu > summary").click()
    page.get_by_role("button", name="로그아웃", exact=True).click()


def counts() -> tuple[int, int, int]:
    """(actions, votes, ideas); lets SQLite's lock go: the browser's next request would wait for it."""
    db.session.rollback()
    found = [
        db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0 for model in (RoomAction, Vote, Idea)
    ]
    db.session.rollback()
    return found[0], found[1], found[2]


def is_signed_out(page: Page) -> None:
    expect(page.get_by_role("link", name="로그인").first).to_be_visible()


def test_who_signs_out_on_another_page_is_asked_and_may_stay_or_send_first(member: Callable[..., Phone]) -> None:
    page = keep_two(member())
    sign_out(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("보내지 않은 것이 2개 있어요")
    dialog.get_by_role("button", name="그대로 있기").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".bell")).to_be_visible()
    assert page.evaluate(KEPT) == 2

    # Nothing gets through: it says so, and nothing is gone.
    page.get_by_role("button", name="로그아웃", exact=True).click()
    dialog.get_by_role("button", name="보내고 로그아웃").click()
    expect(dialog.get_by_role("status")).to_contain_text("아직 보내지 못한 것이 있어요")
    assert (page.evaluate(KEPT), counts()) == (2, (0, 0, 1))

    page.unroute(ACTIONS)
    dialog.get_by_role("button", name="보내고 로그아웃").click()
    is_signed_out(page)
    assert counts() == (2, 1, 2)
    assert page.evaluate(KEPT) == 0


def test_who_wants_it_deleted_is_signed_out_and_nothing_is_left_or_sent(member: Callable[..., Phone]) -> None:
    page = keep_two(member())
    sign_out(page)
    page.get_by_role("dialog").get_by_role("button", name="지우고 로그아웃").click()
    is_signed_out(page)
    page.unroute(ACTIONS)
    assert (page.evaluate(KEPT), counts()) == (0, (0, 0, 1))


def test_an_idea_that_is_refused_is_not_thrown_away_unseen(member: Callable[..., Phone], room: Gathering) -> None:
    page = keep_two(member())
    finish_gathering(room, room.organiser, 1, room.revision)
    db.session.commit()
    page.unroute(ACTIONS)
    sign_out(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="보내고 로그아웃").click()
    expect(dialog.get_by_role("status")).to_contain_text("모임이 끝났")
    expect(dialog.get_by_role("heading")).to_have_text("보내지 않은 것이 1개 있어요")
    expect(dialog.get_by_role("button", name="보내고 로그아웃")).to_be_hidden()
    assert page.evaluate(KEPT) == 1
    dialog.get_by_role("button", name="지우고 로그아웃").click()
    is_signed_out(page)


def test_what_somebody_else_kept_here_is_never_sent_by_another_person(member: Callable[..., Phone]) -> None:
    first = member()
    page = keep_two(first)
    page.unroute(ACTIONS)
    rename = """() => new Promise((good) => { const asked = indexedDB.open("forum-room"); asked.onsuccess = () => {
      const rows = asked.result.transaction("actions", "readwrite").objectStore("actions"), all = rows.getAll();
      all.onsuccess = () => {
        for (const row of all.result) rows.put({ ...row, person: "999999" });
        asked.result.close();
        good();
      };
    }; })"""
    page.evaluate(rename)
    sign_out(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="보내고 로그아웃").click()
    expect(dialog.get_by_role("status")).to_contain_text("아직 보내지 못한 것이 있어요")
    assert (page.evaluate(KEPT), counts()) == (2, (0, 0, 1))


@pytest.mark.parametrize("script", [True, False])
def test_who_kept_nothing_signs_out_at_once_with_and_without_a_script(
    member: Callable[..., Phone], script: bool
) -> None:
    page = member(script).page
    page.goto("/notices")
    sign_out(page)
    is_signed_out(page)
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_guest_who_leaves_is_asked_too(browser: Browser, site: str, room: Gathering) -> None:
    phone = Phone(browser, site, True)
    page = phone.page
    enter(page)
    let_in(room)
    page.reload()
    page.route(ACTIONS, lambda route: route.abort())
    page.get_by_role("button", name="찬성").click()
    expect(page.locator("#kept").get_by_text("1개 보낼 것이 남음")).to_be_visible()
    page.goto("/pass")
    page.get_by_role("button", name="이 기기에서 참여권 지우기").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("보내지 않은 것이 1개 있어요")
    page.unroute(ACTIONS)
    dialog.get_by_role("button", name="보내고 나가기").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("이 기기에서 참여권을 지웠어요")).to_be_visible()
    assert counts() == (1, 1, 1)
    phone.context.close()
