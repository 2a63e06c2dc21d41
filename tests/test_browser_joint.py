"""A joint session on phones in a real browser: the step changes, the network goes and comes back, nothing is lost.

SQLite is enough: what the server does is tested on both engines in tests/forum/deliberation/joint.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Route, expect

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint import step
from forum.deliberation.joint.late import late_actions
from forum.deliberation.joint.models import JointSession, RoomAction
from forum.deliberation.joint.moves import move_to
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote
from tests.assault.handsets import HOUR, wear_clock
from tests.forum.deliberation.joint.test_step import stand
from tests.test_browser_room import enter, let_in
from tests.test_browser_walk import Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

WRITE, VOTE = 3, 5
STEP = "#room-step-title"


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
def session(make: Any, room: Gathering) -> JointSession:
    made: JointSession = make.joint_session([room])
    stand(made, WRITE)
    db.session.commit()
    return made


def go(session: JointSession, position: int, seen: int) -> None:
    move_to(session, position, session.host, seen)
    db.session.commit()


def count(model: Any) -> int:
    """Count rows, and let SQLite's lock go: the browser's next request would wait for it."""
    db.session.rollback()
    found = db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def write(page: Page, title: str) -> None:
    page.get_by_label("제목").fill(title)
    page.get_by_label("내용").fill("저녁에도 걸어서 갈 수 있으면 좋겠습니다")
    page.get_by_role("button", name="제안 올리기").click()


def lose_answer(route: Route) -> None:
    """The server has done it, and the network goes before the answer arrives."""
    route.fetch()
    route.abort()


def test_two_phones_change_together_and_lose_nothing_without_network(
    browser: Browser, site: str, room: Gathering, session: JointSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = [Phone(browser, site, True) for _ in range(2)]
    wear_clock(phones[0].context, -HOUR)
    first, second = (phone.page for phone in phones)
    enter(first)
    second.goto("/join/12345678")
    second.get_by_label("예, 만 14세 이상이에요").check()
    second.get_by_label("읽었고").check()
    second.get_by_role("button", name="손님으로 들어가기").click()
    let_in(room)
    for page in (first, second):
        page.reload()
        expect(page.locator(STEP)).to_have_text("제안 쓰기")
        page.wait_for_function("caches.match(location.pathname).then(Boolean)")

    # The step changes on both while somebody types, within 3 s of lead and a poll.
    first.get_by_label("제목").fill("아직 쓰는 중")
    go(session, VOTE, seen=1)
    for page in (first, second):
        expect(page.locator(STEP)).to_have_text("투표", timeout=6_000)
        expect(page.locator("#room-ideas")).to_have_class("room-part is-now")
    expect(first.get_by_label("제목")).to_have_value("아직 쓰는 중")
    expect(first.locator("[data-step=said]")).to_have_text("이제 ‘투표’ 시간이에요.")

    # Without network: a vote and an idea are kept, also over a reload.
    phones[0].context.set_offline(True)
    first.get_by_role("button", name="찬성").click()
    write(first, "밤에도 걷기 좋은 길")
    expect(first.locator("#kept").get_by_text("2개 보낼 것이 남음")).to_be_visible()
    first.get_by_label("제목").fill("다음 제안도")
    pressed = clock.now()
    first.reload()
    expect(first.get_by_label("제목")).to_have_value("다음 제안도")
    expect(first.locator("#kept").get_by_text("2개 보낼 것이 남음")).to_be_visible()
    expect(first.get_by_role("button", name="찬성")).to_have_attribute("aria-pressed", "true")
    assert count(RoomAction) == 0

    # Back, and the first answer gets lost: the vote counts; the idea, whose step is over, is at the facilitator. Each
    # once, and dated right although the phone's clock is an hour slow.
    monkeypatch.setattr(step, "GRACE", timedelta(0))
    first.route("**/room/actions", lose_answer, times=1)
    phones[0].context.set_offline(False)
    expect(first.locator("#kept").get_by_text("2개 보낼 것이 남음")).to_be_hidden(timeout=10_000)
    expect(first.get_by_text("늦게 보낸 것")).to_be_visible()
    first.reload()
    assert (count(RoomAction), count(Vote), count(Idea)) == (2, 1, 1)
    [late] = late_actions(room.id)
    assert (late.title, late.step) == ("밤에도 걷기 좋은 길", "투표")
    dated = [one.done_at for one in db.session.scalars(sa.select(RoomAction))]
    assert max(abs(moment - pressed) for moment in dated) < timedelta(seconds=20)
    db.session.rollback()
    for phone in phones:
        phone.context.close()


def test_what_arrived_and_whose_answer_was_lost_counts_once(browser: Browser, site: str, room: Gathering) -> None:
    phone = Phone(browser, site, True)
    page, n_lost = phone.page, 0
    enter(page)
    let_in(room)
    page.reload()

    def count_and_lose(route: Route) -> None:
        nonlocal n_lost
        n_lost += 1
        lose_answer(route)

    page.route("**/room/actions", count_and_lose, times=2)
    write(page, "골목마다 나무를")
    expect(page.locator("#kept").get_by_text("1개 보낼 것이 남음")).to_be_visible()
    expect(page.locator("#kept").get_by_text("1개 보낼 것이 남음")).to_be_hidden(timeout=15_000)
    expect(page.get_by_text("골목마다 나무를", exact=True)).to_be_visible()
    assert (n_lost, count(RoomAction), count(Idea)) == (2, 1, 2)
    phone.context.close()
