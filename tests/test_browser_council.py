"""A round of the council in a real browser at 360 pixels: a member scores, a proposer explains, a citizen asks, both
chairs sign.

The proposer has no script. SQLite is enough: the whole way is walked on both engines in test_council_end_to_end.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import Page, expect

from forum.core import clock
from forum.core.access import Role
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.rounds.models import CouncilTask, StageKind, StageState, TaskState
from forum.deliberation.scorecards.models import Scorecard
from tests.test_browser_everyday import fits
from tests.test_browser_promises import phone as phone  # fixtures
from tests.test_browser_walk import PASSWORD
from tests.test_browser_walk import browser as browser
from tests.test_browser_walk import site as site


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def test_a_member_scores_a_proposer_explains_and_both_chairs_sign(make: Any, phone: Callable[..., Page]) -> None:
    secret = hash_password(PASSWORD)
    grown_up = clock.today().year - 40
    people = {name: make.citizen(password=secret, birth_year=grown_up) for name in ("member", "proposer", "citizen")}
    people |= {name: make.account(Role.COUNCIL_MEMBER, password=secret) for name in ("civil", "government")}
    round_ = make.council_round(present=StageKind.DELEGATES)
    term = round_.term
    seat = make.seat(term, people["member"])
    make.council_group(term, [seat], GroupKind.DELEGATES)
    make.seat(term, people["civil"], is_chair=True)
    make.seat(term, people["government"], kind="GOVERNMENT", is_chair=True)
    task = make.task(round_, [make.idea(campaign=round_.campaign, author=people["proposer"])])
    hearing = make.hearing(task)
    make.invitation(hearing, people["proposer"])
    decided = make.council_round(term, round_.campaign, present=StageKind.ASSEMBLY)
    chosen = make.task(decided)
    stage = decided.stage(StageKind.ASSEMBLY)
    stage.state, stage.closed_at, stage.decided_at = StageState.DECIDED, clock.now(), clock.now()
    emails = {name: person.email for name, person in people.items()}
    ids = {"round": round_.id, "task": task.id, "hearing": hearing.id, "decided": decided.id, "chosen": chosen.id}
    db.session.commit()

    # A member goes from the council's page to what waits for them, and scores with the keyboard.
    page = phone(emails["member"])
    page.goto("/council")
    assert fits(page)
    page.goto(f"/council/rounds/{ids['round']}")
    assert fits(page)
    page.get_by_role("link", name="내가 할 일 보기").click()
    expect(page.locator("main")).to_contain_text("1개 가운데 0개에 매겼어요.")
    assert fits(page)
    page.locator("main ul.rows a").first.click()
    for group in page.locator("fieldset .scale-points").all():
        group.locator("input").first.focus()
        page.keyboard.press("ArrowRight")
    page.fill("textarea[name=reason]", "우리 동네에서 바로 할 수 있어요.")
    assert fits(page)
    page.get_by_role("button", name="점수 매기기").click()
    expect(page.locator("main")).to_contain_text("1개 가운데 1개에 매겼어요.")

    # The proposer answers the invitation in writing, without a script; a citizen asks and wants it asked.
    page = phone(emails["proposer"], script=False)
    page.goto(f"/council/hearings/{ids['hearing']}")
    page.locator("input[name=way][value=TEXT]").check()
    page.fill("textarea[name=statement]", "지붕이 뜨거워서 교실이 더워요.")
    page.get_by_role("button", name="설명하기로 하기").click()
    expect(page.locator("main")).to_contain_text("설명하기로 했어요")
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    page = phone(emails["citizen"])
    page.goto(f"/council/hearings/{ids['hearing']}")
    expect(page.locator("main")).to_contain_text("지붕이 뜨거워서 교실이 더워요.")
    page.fill("textarea[name=text]", "비가 새면 누가 고치나요?")
    page.get_by_role("button", name="질문 보내기").click()
    expect(page.locator("main")).to_contain_text("비가 새면 누가 고치나요?")
    assert fits(page)

    # Both chairs sign what the assembly decided; one alone does not finish it.
    for name, said in (("civil", "서명을 기다려요"), ("government", "협의회가 대표과제 1개를 골랐어요.")):
        page = phone(emails[name])
        page.goto(f"/council/rounds/{ids['decided']}/mine")
        assert fits(page)
        page.get_by_role("button", name="서명하기").click()
        expect(page.locator("main")).to_contain_text(said)
    db.session.rollback()
    assert db.session.query(Scorecard).count() == 1
    assert db.session.get_one(CouncilTask, ids["chosen"]).state is TaskState.CHOSEN
