"""A photo of an everyday idea in a real browser at 360 pixels: refused, chosen again, made smaller, shown, replaced.

SQLite is enough: what the server does is tested on both engines in tests/forum/voice/photos.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from flask_security.utils import hash_password
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from forum.core.extensions import db
from forum.voice.campaigns.models import CampaignKind
from forum.voice.photos.models import IdeaPhoto
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

WIDTH = 360
TEXTS = {"title": "횡단보도를 다시 칠해 주세요", "body": "줄이 지워져 차가 멈추지 않아요.", "place": "시험초등학교 앞"}
EXPECTED = ("status of 400",)
"""What the console says of a refused form."""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def large_photo(tmp_path: Path) -> Path:
    """A photo as a phone takes it: 12 megapixels of noise, some 10 MB, lying on its side."""
    pixels = np.random.default_rng(2050).integers(0, 255, (3000, 4000, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    file = tmp_path / "IMG_0001.jpg"
    Image.fromarray(pixels).save(file, "JPEG", quality=80, exif=exif)
    return file


@pytest.fixture
def writer(make: Any, browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Somebody at the form. Whatever the browser's console complains of fails the test."""
    make.campaign(slug="daily", kind=CampaignKind.EVERYDAY)
    email = make.citizen(password=hash_password(PASSWORD)).email
    db.session.commit()
    phones: list[Phone] = []
    complaints: list[str] = []

    def open_form(script: bool = True) -> Page:
        phones.append(Phone(browser, site, script))
        page = phones[-1].page
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_viewport_size({"width": WIDTH, "height": 740})
        phones[-1].sign_in(email)
        page.goto("/c/daily/ideas/new")
        return page

    yield open_form
    for phone in phones:
        phone.context.close()
    assert [said for said in complaints if not any(known in said for known in EXPECTED)] == []


def fill(page: Page) -> None:
    for name, text in TEXTS.items():
        page.fill(f"[name={name}]", text)
    page.select_option("[name=kind]", "SAFETY")
    page.select_option("[name=region_code]", "11")
    page.fill("[name=caption_1]", "지워진 횡단보도")


def send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form button[type=submit].primary").first.click()


def stored() -> list[IdeaPhoto]:
    db.session.rollback()
    found = list(db.session.scalars(sa.select(IdeaPhoto).order_by(IdeaPhoto.id)))
    db.session.rollback()
    return found


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("script", [True, False])
def test_a_photo_is_refused_chosen_again_and_shown(writer, large_photo, tmp_path, script):
    page = writer(script)
    assert fits(page)
    fill(page)
    no_photo = tmp_path / "photo.jpg"
    no_photo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    page.set_input_files("[name=photo_1]", no_photo)
    send(page)
    expect(page.locator("main")).to_contain_text("JPEG, PNG, WebP 사진만")
    expect(page.locator("main")).to_contain_text("사진은 다시 골라 주세요")
    for name, text in TEXTS.items():
        expect(page.locator(f"[name={name}]")).to_have_value(text)
    expect(page.locator("[name=kind]")).to_have_value("SAFETY")
    assert stored() == []
    page.set_input_files("[name=photo_1]", large_photo)
    if script:
        expect(page.locator(".photo-preview canvas").first).to_be_visible()
        expect(page.locator("[data-photos-said]")).to_have_text("보내기 좋게 크기를 줄였어요.")
        size = page.eval_on_selector("[name=photo_1]", "field => field.files[0].size")
        assert size < large_photo.stat().st_size / 3
    assert fits(page)
    send(page)
    shown = page.locator(".photo img")
    expect(shown).to_have_attribute("alt", "지워진 횡단보도")
    (photo,) = stored()
    assert (photo.width, photo.height) == (1200, 1600)  # upright
    shown.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.photo img').naturalWidth === 1200")
    assert fits(page)
    page.goto("/c/daily/ideas")
    page.locator(".card-photo").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.card-photo').naturalWidth === 1200")
    assert fits(page)


def test_typed_texts_ask_for_similar_ideas_and_drafts_without_sending_the_photo(writer, large_photo):
    page = writer()
    sent: list[int] = []
    page.on(
        "request", lambda asked: sent.append(len(asked.post_data_buffer or b"")) if asked.method == "POST" else None
    )
    page.set_input_files("[name=photo_1]", large_photo)
    fill(page)
    with page.expect_response("**/ideas/draft"):
        page.locator("[name=body]").press_sequentially("하나 더", delay=20)
    assert sent
    assert max(sent) < 20_000


def test_a_photo_is_replaced_by_its_author(writer, large_photo):
    page = writer()
    fill(page)
    page.set_input_files("[name=photo_1]", {"name": "a.png", "mimeType": "image/png", "buffer": _small()})
    send(page)
    page.get_by_role("link", name="고치기").click()
    expect(page.locator(".photo img")).to_be_visible()
    page.set_input_files("[name=photo_1]", large_photo)
    expect(page.locator("[data-photos-said]")).to_have_text("보내기 좋게 크기를 줄였어요.")
    send(page)
    first, second = stored()
    assert (first.sha256, second.position, second.height) == (None, 1, 1600)


def _small() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(file, "PNG")
    return file.getvalue()
