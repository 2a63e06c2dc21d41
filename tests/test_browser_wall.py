"""A joint session's wall in a real browser: it changes with the others, shows what is written, and fits its screen.

As tests/test_browser_walk.py, whose fixtures these are: skipped where there is no Chromium, a failure under CI.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from forum.core import clock
from forum.core.extensions import db
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.joint.moves import move_to
from forum.deliberation.joint.state import StateCache
from forum.deliberation.joint.wall import WallReader
from forum.voice.ideas.models import IdeaState
from tests.test_browser_walk import browser, site  # noqa: F401  (fixtures)

SCREENS = ((1920, 1080), (1280, 720))


@pytest.fixture
def session(app, make, monkeypatch) -> Any:
    monkeypatch.setitem(app.extensions, "joint_states", StateCache())
    monkeypatch.setitem(app.extensions, "joint_walls", StateCache(WallReader().answer))
    campaign = make.campaign()
    hosts = ("새빛초등학교", "한강중학교")
    session = make.joint_session([make.gathering(state="RUNNING", campaign=campaign, host_name=host) for host in hosts])
    db.session.commit()
    return session


def open_wall(browser: Any, site: str, session: Any) -> tuple[Page, list[str]]:  # noqa: F811
    width, height = SCREENS[0]
    page = browser.new_context(base_url=site, viewport={"width": width, "height": height}).new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/joint/{session.id}/wall")
    return page, complaints


def test_a_wall_changes_its_step_with_all_others_and_shows_an_idea_within_two_seconds(
    make,
    browser,  # noqa: F811
    site,  # noqa: F811
    session,
):
    page, complaints = open_wall(browser, site, session)
    expect(page.locator("#wall-step")).to_have_text("곧 시작해요")
    page.evaluate(
        """() => new MutationObserver(() => { window.changedAt = window.changedAt || Date.now(); })
             .observe(document.getElementById("wall-step"), { childList: true, characterData: true, subtree: true })"""
    )
    move = move_to(session, 3, session.host, seen=0)
    begins = move.begins_at.timestamp() * 1000
    db.session.commit()
    expect(page.locator("#wall-step")).to_have_text("제안 쓰기", timeout=10_000)
    assert abs(page.evaluate("() => window.changedAt") - begins) <= 500
    expect(page.locator("#wall-clock")).to_have_text(re.compile(r"(10:00|9:5\d)"))

    room = db.session.scalars(sa.select(Gathering).order_by(Gathering.id)).first()
    idea = make.room_idea(room, make.entry(room), title="방금 나온 제안이에요")
    db.session.commit()
    written = time.monotonic()
    expect(page.locator(".wall-idea").first).to_contain_text("방금 나온 제안이에요", timeout=5_000)
    assert time.monotonic() - written <= 2
    idea.state = IdeaState.HIDDEN
    db.session.commit()
    hidden = time.monotonic()
    expect(page.locator("main")).not_to_contain_text("방금 나온 제안이에요", timeout=5_000)
    assert time.monotonic() - hidden <= 2
    assert complaints == []
    page.context.close()


def test_nothing_is_cut_off_on_a_projector_and_lines_that_matter_are_big(make, browser, site, session):  # noqa: F811
    rooms = db.session.scalars(sa.select(Gathering).order_by(Gathering.id)).all()
    for n in range(9):
        title = f"{n}번째로 아주 긴 제목을 가진 제안이라 두 줄로도 모자라고 뒤가 잘려야 해요" * 2
        make.room_idea(rooms[n % 2], make.entry(rooms[n % 2]), title=title[:100])
    with clock.at(clock.now() - timedelta(minutes=1)):
        move_to(session, 3, session.host, seen=0)
    db.session.commit()
    page, complaints = open_wall(browser, site, session)
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        size = "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
        assert page.evaluate(size) == [height, width]
        for line in ("#wall-step", "#wall-clock", ".wall-counters dt", ".wall-idea .wall-words"):
            em = page.locator(line).first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
            assert 0.9 * em >= height / 30, line
    assert complaints == []
    page.context.close()
