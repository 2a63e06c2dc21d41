"""The host's page of a joint session in two browsers at once, with and without a script, and without network.

SQLite is enough: what the server does is tested on both engines in tests/forum/deliberation/joint/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Page, expect

from forum.core.extensions import db
from forum.deliberation.joint.codes import codes_of
from forum.deliberation.joint.models import JointRoom, JointSession
from forum.deliberation.joint.moves import move_to
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

SECOND = 1_000


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def session(make: Any) -> JointSession:
    """A running session on its first step, whose host can sign in."""
    host = make.facilitator(password=hash_password(PASSWORD))
    made: JointSession = make.joint_session([make.gathering(state="RUNNING", title="제주 바닷가 모임")], host=host)
    move_to(made, 1, host, seen=0)
    db.session.commit()
    return made


@pytest.fixture
def host(browser: Browser, site: str, session: JointSession) -> Callable[..., Page]:
    email, path = session.host.email, f"{site}/joint/{session.id}/host"
    db.session.commit()

    def make_host(script: bool = True) -> Page:
        phone = Phone(browser, site, script)
        phone.sign_in(email)
        phone.page.goto(path)
        return phone.page

    return make_host


def step(page: Page) -> Any:
    return page.locator("#now-title")


def test_two_hosts_see_each_other_move(host: Callable[..., Page]) -> None:
    one, other = host(), host()
    expect(step(one)).to_have_text("여는 말")
    one.get_by_role("button", name="다음: 이야기").click()
    expect(step(one)).to_have_text("이야기")
    expect(step(other)).to_have_text("이야기", timeout=5 * SECOND)
    expect(other.locator("#countdown")).to_contain_text("남은 시간", timeout=6 * SECOND)
    other.get_by_role("button", name="다음: 제안 쓰기").click()
    expect(step(other)).to_have_text("제안 쓰기")
    expect(step(one)).to_have_text("제안 쓰기", timeout=5 * SECOND)


def test_a_clock_that_is_an_hour_wrong_counts_by_the_servers(host: Callable[..., Page]) -> None:
    page = host()
    wrong = "const right = Date.now.bind(Date); Date.now = () => right() + 3600000;"
    page.context.add_init_script(wrong)
    page.reload()
    page.wait_for_timeout(2 * SECOND)
    expect(page.locator("#countdown")).to_contain_text("남은 시간")
    minutes = page.locator("#countdown strong").inner_text().split(":")[0]
    assert minutes in {"9", "10"}


def test_the_page_comes_back_by_itself_when_the_network_does(host: Callable[..., Page]) -> None:
    one, other = host(), host()
    one.context.set_offline(True)
    other.get_by_role("button", name="다음: 이야기").click()
    one.wait_for_timeout(3 * SECOND)
    expect(step(one)).to_have_text("여는 말")
    one.context.set_offline(False)
    expect(step(one)).to_have_text("이야기", timeout=6 * SECOND)


def test_it_works_without_a_script(host: Callable[..., Page]) -> None:
    page = host(script=False)
    page.get_by_role("button", name="다음: 이야기").click()
    expect(step(page)).to_have_text("이야기")
    page.get_by_role("link", name="새로 보기").click()
    expect(step(page)).to_have_text("이야기")


def test_a_facilitators_screen_says_that_it_is_there(browser: Browser, site: str, session: JointSession) -> None:
    """By a phone without an account that took the room over by its code."""
    room = db.session.query(JointRoom).one()
    code = codes_of(session, [room])[1].code
    session_id, room_id = session.id, room.gathering_id
    db.session.commit()
    page = Phone(browser, site, script=True).page
    page.goto(f"{site}/joint/{session_id}/takeover")
    page.get_by_label("되살림 번호").fill(code.lower())
    page.get_by_role("button", name="이어받기").click()
    expect(page.get_by_text("이 기기가 ‘제주 바닷가 모임’ 모임방을 맡았어요")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/alive")) as alive:
        page.get_by_role("link", name="출석 확인").click()
    assert alive.value.status == 200
    db.session.rollback()
    assert db.session.get_one(JointRoom, room_id, populate_existing=True).seen_at is not None
