"""A data file in parts, in a real browser at 360 pixels: cut off, gone on with after a reload, and whole at the end.

SQLite is enough: what the server does is tested on both engines in tests/forum/response/datafiles.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Page, Route, expect

from forum.core import clock
from forum.core.extensions import db
from forum.response.datafiles.models import PART_BYTES, DataFile, DataFileState, DataUpload
from forum.response.datasets.models import DatasetState
from tests.test_browser_walk import PASSWORD, Phone
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

WIDTH = 360
ROWS = 7_000
EXPECTED = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "status of 4", "status of 503")
"""What the console says of a network that is gone, and of what the server refuses."""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    """20 MB, three parts, all of whose rows are right."""
    file = tmp_path / "전기.csv"
    words = "고장으로 다시 잰 값이에요. " * 75
    rows = (f"2026-01-01,{words}{n % 9},{n}.5\n" for n in range(ROWS))
    file.write_text("달,유형,사용량\n" + "".join(rows), encoding="utf-8")
    assert 2 * PART_BYTES < file.stat().st_size < 3 * PART_BYTES
    return file


class Sender(Phone):
    """Somebody who keeps a dataset, at the form for its file."""

    def __init__(self, browser: Browser, site: str, email: str, script: bool = True) -> None:
        super().__init__(browser, site, script)
        self.sent: list[str] = []
        self.page.on("request", lambda it: self.sent.append(it.url) if it.method == "POST" else None)
        self.page.set_viewport_size({"width": WIDTH, "height": 740})
        self.sign_in(email)

    def parts_sent(self) -> list[int]:
        return [int(found[1]) for url in self.sent if (found := re.search(r"/parts/(\d+)$", url))]

    def send(self, file: Path) -> None:
        self.page.set_input_files("[name=upload]", file)
        self.page.get_by_role("button", name="올리고 검사하기").click()

    def says(self, text: str) -> None:
        expect(self.page.locator("#parts [role=status]")).to_contain_text(text)


@pytest.fixture
def sender(make: Any, browser: Browser, site: str) -> Iterator[Callable[..., Sender]]:
    version = make.dataset_version(make.dataset())
    account = make.analyst(password=hash_password(PASSWORD))
    email, path = account.email, f"/datasets/{version.dataset_id}/versions/1/file"
    db.session.commit()
    people: list[Sender] = []
    complaints: list[str] = []

    def open_form(script: bool = True) -> Sender:
        people.append(Sender(browser, site, email, script))
        page = people[-1].page
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return people[-1]

    yield open_form
    for person in people:
        person.context.close()
    assert [said for said in complaints if not any(known in said for known in EXPECTED)] == []


def stored(kind: Any) -> Any:
    db.session.rollback()
    found = db.session.scalars(sa.select(kind)).one()
    db.session.rollback()
    return found


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_file_that_is_cut_off_is_gone_on_with_and_arrives_as_it_is(sender, large_file, work):
    person = sender()
    page = person.page
    expect(page.locator("#upload-help")).to_contain_text("1GB까지")

    def cut(route: Route) -> None:
        page.context.set_offline(True)
        route.abort("internetdisconnected")

    page.route("**/parts/2", cut)
    person.send(large_file)
    person.says("연결이 끊겼어요. 연결되면 저절로 이어서 올려요.")
    assert fits(page)
    page.unroute("**/parts/2")
    page.route("**/parts/3", lambda route: route.abort())  # the browser does not notice this time
    page.context.set_offline(False)
    expect(page.locator("#parts progress")).to_have_js_property("value", 200 * PART_BYTES // large_file.stat().st_size)
    page.get_by_role("button", name="잠깐 멈추기").click()
    person.says("잠깐 멈췄어요")
    page.unroute("**/parts/3")
    page.reload()
    expect(page.locator("main")).to_contain_text("3조각 가운데 2조각이 올라와 있어요.")
    assert fits(page)
    person.sent.clear()
    person.send(large_file)
    expect(page.locator("h1")).to_have_text("전기.csv")
    assert person.parts_sent() == [3]
    work()
    file = stored(DataFile)
    assert file.state is DataFileState.READY, file.report
    assert file.sha256 == hashlib.sha256(large_file.read_bytes()).hexdigest()


def test_what_the_server_refuses_is_said_in_words_and_nothing_is_lost(sender, large_file, make):
    person = sender()
    page = person.page
    page.clock.install()
    answers = [(429, {"Retry-After": "1"}), (503, {"Retry-After": "1"}), (413, {})]

    def refuse(route: Route) -> None:
        status, headers = answers.pop(0)
        route.fulfill(status=status, headers=headers, content_type="application/json", body="{}")

    page.route("**/parts/1", refuse)
    person.send(large_file)
    person.says("너무 여러 번 보냈어요. 2초 뒤에")
    page.clock.run_for(2_000)
    person.says("지금 바빠요. 4초 뒤에")
    page.clock.run_for(4_000)
    person.says("이만한 조각을 받지 못하게")
    page.unroute("**/parts/1")
    other = large_file.with_name("other") / large_file.name
    other.parent.mkdir()
    other.write_bytes(b"x" + large_file.read_bytes()[1:])
    page.route("**/parts/2", lambda route: route.abort())
    page.get_by_role("button", name="이어서 올리기").click()
    person.says("연결이 끊겼어요")
    page.get_by_role("button", name="잠깐 멈추기").click()
    person.send(other)
    person.says("이름과 크기는 같은데 내용이 달라요")
    page.unroute("**/parts/2")
    page.context.clear_cookies()
    page.get_by_role("button", name="이어서 올리기").click()
    person.says("로그아웃되어서 멈췄어요")
    assert fits(page)
    assert [part.number for part in stored(DataUpload).parts] == [1]


def test_a_dataset_that_ended_meanwhile_and_an_upload_that_is_forgotten(sender, large_file):
    person = sender()
    page = person.page
    page.route("**/parts/2", lambda route: route.abort())
    person.send(large_file)
    person.says("연결이 끊겼어요")
    page.get_by_role("button", name="잠깐 멈추기").click()
    dataset = stored(DataUpload).version.dataset
    dataset.state, dataset.ended_at, dataset.end_reason = DatasetState.ENDED, clock.now(), "더 모으지 않아요."
    db.session.commit()
    page.unroute("**/parts/2")
    page.get_by_role("button", name="이어서 올리기").click()
    person.says("제공을 끝낸 자료라")
    page.get_by_role("button", name="그만두고 지우기").click()
    expect(page.locator("#parts")).to_be_hidden()
    assert db.session.query(DataUpload).count() == 0
    db.session.rollback()


def test_without_script_the_form_says_what_it_takes(sender):
    page = sender(script=False).page
    expect(page.locator("#upload-help")).to_contain_text("여기서는 24MB까지")
    expect(page.locator("#parts")).to_be_hidden()
