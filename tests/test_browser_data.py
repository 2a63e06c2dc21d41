"""Data that settles a question, in a real browser at 360 pixels: need, request, terms, access, outcome.

SQLite is enough: the same way through HTTP is walked on both engines in tests/test_data_end_to_end.py.
"""

from __future__ import annotations

import zipfile
from datetime import timedelta
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Page

from forum.core import clock
from forum.core.extensions import db
from tests.test_browser_walk import PASSWORD, Walker
from tests.test_browser_walk import browser as browser  # fixtures
from tests.test_browser_walk import site as site

WIDTH = 360


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def in_days(n: int) -> str:
    return (clock.today() + timedelta(days=n)).isoformat()


def fill(page: Page, form: str, **values: str) -> None:
    """Fill in the fields of a form, by name."""
    for name, value in values.items():
        page.fill(f'{form} [name="{name}"]', value)


def test_a_question_is_settled_by_data_that_somebody_asked_for(make: Any, browser: Browser, site: str) -> None:
    known = {"password": hash_password(PASSWORD)}
    holder = make.data_holder(name="시험자전거공단")
    dataset = make.restricted_dataset(holder, title="대여 기록")
    file = make.data_file(dataset.versions[-1])
    idea = make.idea(title="끊긴 자전거길", body="자전거길이 다리에서 끊겨요.")
    make.data_criteria()
    members = [make.citizen(**known) for _n in range(3)]
    for member in members:
        make.data_panel_seat(member)
    steward = make.data_steward(holder, make.citizen(**known)).account
    emails = [one.email for one in (make.citizen(**known), steward, make.analyst(**known), *members)]
    idea_page, data_page, file_page = f"/ideas/{idea.id}", f"/datasets/{dataset.id}", f"/datasets/files/{file.id}"
    dataset_id = str(dataset.id)
    db.session.commit()
    complaints: list[str] = []
    people = [Walker(browser, site, email, complaints) for email in emails]
    for one in people:
        one.page.set_viewport_size({"width": WIDTH, "height": 740})
    author, keeper, analyst, *panel = people

    def is_narrow(one: Walker) -> None:
        assert one.page.evaluate("document.documentElement.scrollWidth") <= WIDTH, one.path

    # What the citizen wants to know, and the dataset that the holder offers for it.
    author.page.goto(idea_page)
    author.follow("필요한 자료 적기")
    fill(author.page, "main form", question="어디에서 어디까지 타나요?", wanted="빌린 곳", benefit="끊긴 길을 이어요")
    author.press(author.page.get_by_role("button", name="공개하기"))
    need = author.path.partition("#")[0]
    keeper.page.goto(need)
    keeper.page.get_by_text("자료 내놓기").click()
    keeper.page.select_option("[name=dataset]", dataset_id)
    keeper.press(keeper.page.get_by_role("button", name="내놓기"))

    # The request.
    author.page.goto(f"{data_page}/request?need={need.rpartition('/')[2]}")
    author.page.check('[name="use_kind"][value="POLICY"]')
    fill(
        author.page,
        "main form",
        purpose="길이 끊긴 곳을 찾아요.",
        users="동아리 둘",
        n_users="2",
        safeguards="잠가 두어요.",
    )
    fill(author.page, "main form", from_on=in_days(0), until_on=in_days(90))
    is_narrow(author)
    author.press(author.page.get_by_role("button", name="신청하기"))
    request = author.path
    author.says("심사위원이 의견을 내고")

    # Three reviews, and terms.
    for one in panel:
        one.page.goto("/data-requests/desk")
        one.follow("대여 기록")
        one.page.get_by_text("심사하기").click()
        for mark in one.page.locator('[name^="mark_"][value="YES"]').all():
            mark.check()
        one.page.check('[name="verdict"][value="FIT"]')
        fill(one.page, f'form[action="{request}/review"]', words="모아서만 봐서 괜찮아요.")
        is_narrow(one)
        one.press(one.page.get_by_role("button", name="의견 내기"))
    keeper.page.goto(request)
    keeper.page.get_by_text("조건을 붙여 승인하기").click()
    approve = f'form[action="{request}/approve"]'
    fill(keeper.page, approve, reason="심사위원의 의견을 따라요.", until_on=in_days(60))
    is_narrow(keeper)
    keeper.press(keeper.page.locator(approve).get_by_role("button", name="승인하기"))

    # Access: the terms are accepted, then the file comes with them beside it.
    author.page.goto(request)
    author.press(author.page.get_by_role("button", name="조건을 모두 지킬게요"))
    author.page.goto(file_page)
    with author.page.expect_download() as waiting:
        author.page.get_by_role("button", name="링크를 만들어 받기").click()
    archive = zipfile.ZipFile(waiting.value.path())
    assert archive.testzip() is None
    assert {"승인조건.txt", "승인조건.json", "이용조건.txt"} <= set(archive.namelist())

    # The outcome, checked by the holder; the analyst says that it settles the question.
    author.page.goto(request)
    author.follow("알게 된 것 적기")
    fill(author.page, "main form", title="강 건너로 가장 많이 가요", finding="다리를 건너는 길이 많아요.")
    author.page.select_option("[name=dataset_1]", dataset_id)
    author.page.get_by_text("막대그림 넣기").click()
    fill(author.page, "main form", chart_title="오간 수", chart_unit="번", chart_rows="강 건너, 120\n강 이쪽, 80")
    is_narrow(author)
    author.press(author.page.get_by_role("button", name="보내기"))
    use = author.path
    keeper.page.goto(use)
    keeper.press(keeper.page.get_by_role("button", name="확인했고 공개하기"))
    analyst.page.goto(use)
    analyst.page.get_by_text("이 자료 요청이 이것으로 풀렸어요").click()
    fill(analyst.page, f'form[action="{use}/settle"]', reason="강 건너로 가는 길이 가장 많아요.")
    analyst.press(analyst.page.locator(f'form[action="{use}/settle"] button[type=submit]'))
    for page in (idea_page, need, request, "/data-uses", data_page):
        author.page.goto(page)
        author.says("강 건너로 가장 많이 가요")
        is_narrow(author)
    for one in people:
        one.context.close()
    assert complaints == []
