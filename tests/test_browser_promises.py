"""Both sides of a promise in a real browser at 360 pixels: two people rate, the officer reads, a teacher pledges.

The proposer has no script, and the supporter no mouse. SQLite is enough: the whole way is walked on both engines in
test_promises_end_to_end.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Page, expect

from forum.core import clock
from forum.core.extensions import db
from forum.response.delivery.models import Happened, MilestoneRating
from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, PledgeBy
from tests.test_browser_everyday import fits
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

OTHERS = 3
CLASS = "시험중학교 2학년 3반"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Somebody's small phone, signed in. What the console complains of fails the test."""
    phones: list[Phone] = []
    complaints: list[str] = []

    def make_phone(email: str, script: bool = True) -> Page:
        phones.append(Phone(browser, site, script))
        page = phones[-1].page
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        phones[-1].sign_in(email)
        return page

    yield make_phone
    for one in phones:
        one.context.close()
    assert sorted(set(complaints)) == []


def test_both_sides_are_told_and_a_class_keeps_its_word(make: Any, phone: Callable[..., Page]) -> None:
    secret = hash_password(PASSWORD)
    found = make.rating_round()
    letter = found.milestone.answer.referral
    idea = letter.theme.members[0].idea
    people = {name: make.citizen(password=secret) for name in ("proposer", "supporter", "teacher")}
    people["officer"] = make.officer(letter.lead.ministry, password=secret)
    idea.author_id = people["proposer"].participant.id
    with clock.at(found.opened_at - timedelta(minutes=1)):
        make.vote(idea, people["supporter"])
    for _n in range(OTHERS):
        make.rating(found)
    emails = {name: person.email for name, person in people.items()}
    progress, theme = f"/milestones/{found.milestone_id}", f"/themes/{letter.theme_id}"
    rating = f"{progress}/rating"
    db.session.commit()

    # Without a script, and then without a mouse.
    page = phone(emails["proposer"], script=False)
    page.goto(rating)
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    page.get_by_label("일부만 됐어요").check()
    page.locator("[name=helps][value='2']").check()
    page.fill("[name=comment]", "아직 두 곳뿐이에요.")
    page.get_by_role("button", name="평가 보내기").click()
    expect(page.locator("main")).to_contain_text("평가를 받았어요")
    page = phone(emails["supporter"])
    page.goto(rating)
    assert fits(page)
    page.locator("[name=happened]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    for _step in range(3):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="평가 보내기").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("차이가 커요")
    assert fits(page)

    # The officer sees both sides where they report.
    page = phone(emails["officer"])
    page.goto(progress)
    expect(page.locator("main")).to_contain_text("차이가 커요")
    expect(page.locator("main")).to_contain_text("아직 두 곳뿐이에요.")
    assert fits(page)

    # A teacher pledges for a class and tells how the week went.
    page = phone(emails["teacher"])
    page.goto(theme)
    assert fits(page)
    with page.expect_navigation():
        page.get_by_role("link", name="나도 약속하기").click()
    assert fits(page)
    page.locator("#item-walk_short_trips").check()
    page.get_by_label(PledgeBy.CLASS.label).check()
    page.fill("[name=group_name]", CLASS)
    page.fill("[name=group_size]", "24")
    page.locator("[name=is_public]").check()
    with page.expect_navigation():
        page.get_by_role("button", name="약속하기").click()
    assert fits(page)
    page.fill("[name=n_kept]", "20")
    with page.expect_navigation():
        page.get_by_role("button", name=CheckInOutcome.DONE.label, exact=True).click()
    expect(page.locator("main")).to_contain_text("지금은 ‘했어요’로 적혀 있어요")
    assert fits(page)
    page.goto(theme)
    expect(page.get_by_role("region", name="서로의 약속")).to_contain_text(CLASS)

    db.session.rollback()
    said = db.session.query(MilestoneRating).order_by(MilestoneRating.id).all()[OTHERS:]
    assert [(one.happened, one.helps) for one in said] == [(Happened.PARTLY, 2), (Happened.PARTLY, 3)]
    [pledge], [told] = db.session.query(Pledge), db.session.query(CheckIn)
    assert (pledge.made_by, pledge.group_size, told.outcome, told.n_kept) == (
        PledgeBy.CLASS,
        24,
        CheckInOutcome.DONE,
        20,
    )
