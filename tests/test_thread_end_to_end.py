"""The whole thread through HTTP, with real forms and CSRF on: from sign-up to a ministry's answer and a digest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup

from forum.core.extensions import db
from forum.system.jobs.models import JobState
from forum.voice.ideas.models import Idea
from tests.nlp.test_pipeline import SUBJECTS


@pytest.fixture
def with_csrf(app):
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


class Person:
    """Somebody with a browser: reads the form on a page, fills it in, sends it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def read(self, path: str) -> BeautifulSoup:
        response = self.client.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return BeautifulSoup(response.data, "lxml")

    def send(self, page: str, action: str | None = None, expect: int = 303, **values: Any) -> str:
        """Fill in the form on `page` that posts to `action` (to itself where not given), and give where it leads."""
        action = action or page
        shown = self.read(page)
        forms = [form for form in shown.select("form[method=post]") if (form.get("action") or page) == action]
        forms += [
            shown.select_one(f"#{button['form']}") for button in shown.select(f"button[form][formaction='{action}']")
        ]
        assert forms, f"no form on {page} posts to {action}"
        kept = {
            field["name"]: field.get("value", "")
            for field in forms[0].select("input[name]")
            if field.get("type") not in {"checkbox", "radio", "file"}
        }
        kept |= {field["name"]: field.get_text() for field in forms[0].select("textarea[name]")}
        response = self.client.post(action, data=kept | values)
        assert response.status_code == expect, (action, response.status_code, response.get_data(as_text=True)[-1500:])
        return response.headers.get("Location", "")


def test_an_idea_becomes_an_answer_and_a_digest(app, make, new_client: Callable[[], Any], work, outbox, with_csrf):
    campaign, ministry = make.campaign(slug="netzero", title="시험 포럼"), make.ministry(name="시험기후부", code="TEST")
    for title in (title for subject in SUBJECTS for title in subject):
        make.idea(campaign, title=title, body=f"{title}에 대한 제안입니다.")

    # A visitor writes an idea, with a script in it that must never run, and is asked to register.
    citizen = Person(new_client())
    register = citizen.send(
        "/c/netzero/ideas/new",
        title="학교 지붕 태양광 발전 <script>",
        body="학교 지붕에 태양광 발전기를 놓고 <script>alert(1)</script> 수업에서 전기를 재어 봅시다.",
        sector="TRANSITION",
        region_code="11",
    )
    citizen.send(
        register,
        "/account/register",
        expect=302,
        email="student@example.org",
        display_name="열일곱 학생",
        password="sunlight-on-every-roof",
        birth_year="2009",
        agree_consent="1",
        agree_terms="1",
    )

    # The button of the mailed link confirms the address, signs in and posts the idea.
    work()
    link = re.search(r"http://\S+/confirm/(\S+)", outbox()[-1])
    assert link
    where = citizen.send(f"/account/confirm/{link[1]}")
    idea = db.session.query(Idea).filter_by(title="학교 지붕 태양광 발전 <script>").one()
    assert where == f"/ideas/{idea.id}"
    assert not citizen.read(where).select("article script")

    # Others agree; one of them clicks twice.
    for _ in range(3):
        voter = Person(new_client().login(make.citizen()))
        voter.send(where, f"/ideas/{idea.id}/vote", value="agree")
        voter.send(where, f"/ideas/{idea.id}/vote", value="agree")
    db.session.expire_all()
    assert idea.tally.agree == 3

    # An analyst runs the analysis, adopts the cluster that holds the idea, approves it and sends it off.
    analyst = Person(new_client().login(make.analyst()))
    analyst.send("/c/netzero/desk", "/c/netzero/runs")
    assert work() == [JobState.DONE]
    clusters = [a["href"] for a in analyst.read("/c/netzero/desk").select("a[href*='/clusters/']")]
    cluster = next(href for href in clusters if f"#{idea.id}" in analyst.read(href).get_text())
    theme = analyst.send(
        cluster, title="학교와 마을의 햇빛 발전", summary=f"지붕에 태양광을 놓자고 합니다 [#{idea.id}]."
    )
    analyst.send(theme, f"{theme}/decision", decision="APPROVED", reason="뜻이 모였습니다")
    referral = analyst.send(f"{theme.removeprefix('/desk')}/forward", lead="TEST", letter="검토 부탁드립니다")

    # The ministry's officer acknowledges and answers.
    officer = Person(new_client().login(make.officer(ministry)))
    assert "학교와 마을의 햇빛 발전" in officer.read("/ministry").get_text()
    officer.send(referral, f"{referral}/acknowledge")
    draft = officer.send(
        f"{referral}/answer",
        **{
            "decision": "ACCEPTED",
            "reason": "내년에 열 학교에서 시작합니다",
            "milestones-0-title": "열 학교 고르기",
            "milestones-0-due_on": "2099-03-01",
        },
    )
    officer.send(draft, f"{draft}/submit")
    assert "하겠습니다" not in Person(new_client()).read(referral).get_text()
    approver = Person(new_client().login(make.approver(ministry)))
    assert approver.send(draft, f"{draft}/approve", has_read="y") == referral

    # The citizen hears of it, by notice and by mail, and sees the whole path.
    work()
    assert (
        "내 제안이 실린 ‘학교와 마을의 햇빛 발전’에 시험기후부가 답변했어요: 수용"
        in citizen.read("/notices").get_text()
    )
    letter = next(mail for mail in outbox() if "To: student@example.org" in mail and "답변했어요: 수용" in mail)
    assert "/notices/leave/" in letter
    page = citizen.read(where).get_text()
    path = page[page.index("제안을 올렸") :]  # before it stand the answer and the votes
    steps = [
        "제안을 올렸",
        "투표했",
        "학교와 마을의 햇빛 발전",
        "승인",
        "시험기후부에 전달",
        "접수",
        "답변했어요: 수용",
        "열 학교 고르기",
    ]
    places = [path.index(step) for step in steps]
    assert places == sorted(places)

    # A digest of it, for anybody to download.
    analyst.send("/c/netzero/digests", formats=["json", "html"])
    assert work() == [JobState.DONE]
    visitor = Person(new_client())
    (digest,) = {a["href"] for a in visitor.read("/c/netzero/digests").select("a[href$='/json']")}
    content = visitor.client.get(digest).json
    rows = {name: table["rows"] for name, table in content["tables"].items()}
    assert [row["title"] for row in rows["themes"]] == ["학교와 마을의 햇빛 발전"]
    assert idea.id in [row["id"] for row in rows["ideas"] if row["themes"] == "학교와 마을의 햇빛 발전"]
    assert [row["decision"] for row in rows["answers"]] == ["수용"]
    assert content["counts"]["votes"] == 3


def test_a_form_without_its_token_changes_nothing_and_says_so(app, make, client, with_csrf):
    idea = make.idea()
    response = client.login(make.citizen()).post(f"/ideas/{idea.id}/vote", data={"value": "agree"})
    assert response.status_code == 400
    assert "다시 한번 보내 주세요" in response.get_data(as_text=True)
    db.session.expire_all()
    assert idea.tally.agree == 0
