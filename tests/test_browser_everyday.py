"""An everyday idea in a real browser at 360 pixels: sent with a photo, answered with a photo, read by a visitor.

SQLite is enough: the whole way is walked on both engines in test_everyday_end_to_end.py.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask_security.utils import hash_password
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.people.ministries.models import Ministry, MinistryKind
from forum.response.referrals.models import Answer
from forum.response.shortpath.models import EverydayCheck
from forum.response.shortpath.services import seen_of, send_idea
from forum.voice.campaigns.models import CampaignKind
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

WIDTH = 360


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Callable[[str], Page]]:
    """Somebody with a small phone, signed in if an address is given. What the console complains of fails the test."""
    phones: list[Phone] = []
    complaints: list[str] = []

    def make_phone(email: str = "") -> Page:
        phones.append(Phone(browser, site))
        page = phones[-1].page
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if email:
            phones[-1].sign_in(email)
        return page

    yield make_phone
    for one in phones:
        one.context.close()
    assert complaints == []


def test_a_photo_is_answered_with_a_photo(make: Any, phone: Callable[..., Page]) -> None:
    make.campaign(slug="daily", kind=CampaignKind.EVERYDAY)
    secret, office = hash_password(PASSWORD), make.ministry(code="LOCAL-11", kind=MinistryKind.LOCAL, name="시험서울")
    citizen = make.citizen(password=secret).email
    officer, approver = (make.officer(office, password=secret).email, make.approver(office, password=secret).email)
    analyst = make.analyst()
    db.session.commit()

    writer = phone(citizen)
    writer.goto("/c/daily/ideas/new")
    for name, text in {"title": "계단 발판이 빠졌어요", "body": "고쳐 주세요.", "caption_1": "빠진 발판"}.items():
        writer.fill(f"[name={name}]", text)
    writer.select_option("[name=kind]", "SAFETY")
    writer.select_option("[name=region_code]", "11")
    writer.set_input_files("[name=photo_1]", photo("brown"))
    assert fits(writer)
    with writer.expect_navigation():
        writer.locator("main form button[type=submit].primary").first.click()
    expect(writer.locator(".photo img")).to_have_attribute("alt", "빠진 발판")
    idea_id, letter_id = sent_to(make, office, analyst)

    answering = phone(officer)
    answering.goto(f"/referrals/{letter_id}/answer")
    assert fits(answering)
    answering.locator("[name=kind][value=FIXED_NOW]").check()
    answering.fill("[name=reason]", "새 발판을 댔어요.")
    answering.set_input_files("[name=photo_1]", photo("tan"))
    answering.fill("[name=caption_1]", "새로 댄 발판")
    with answering.expect_navigation():
        answering.locator("main button[name=and_submit]").click()
    expect(answering.locator("main img[alt='새로 댄 발판']")).to_be_attached()
    draft = answering.url

    publishing = phone(approver)
    publishing.goto(draft)
    assert fits(publishing)
    publishing.locator("[name=has_read]").check()
    with publishing.expect_navigation():
        publishing.locator("form[action$='/approve'] button[type=submit]").click()

    visitor = phone()
    for path, alt in ((f"/ideas/{idea_id}", "빠진 발판"), (f"/referrals/{letter_id}", "새로 댄 발판")):
        visitor.goto(path)
        picture = visitor.locator(f"main img[alt='{alt}']").first
        picture.scroll_into_view_if_needed()
        visitor.wait_for_function(
            "alt => document.querySelector(`main img[alt='${alt}']`).naturalWidth === 80", arg=alt
        )
        assert fits(visitor)
    expect(visitor.locator("main")).to_contain_text("이번에 고쳤어요")
    db.session.rollback()
    assert (
        db.session.scalar(sa.select(sa.func.count()).select_from(Answer).where(Answer.published_at.is_not(None))) == 1
    )


def sent_to(make: Any, office: Ministry, analyst: Account) -> tuple[int, int]:
    """Send the idea to the office, and let the office receive it: (idea, letter)."""
    db.session.rollback()
    check = db.session.scalars(sa.select(EverydayCheck)).one()
    letter = send_idea(check, analyst, office, seen=seen_of(check))
    make.received(letter)
    found = check.idea_id, letter.id
    db.session.commit()
    return found


def photo(colour: str) -> Any:
    file = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(file, "JPEG")
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
