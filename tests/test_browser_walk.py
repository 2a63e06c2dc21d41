"""The desks in a real browser: from a citizen's idea over the analyst and the ministry to the citizen's notice.

Chromium comes with the system, not with pip: where there is none, the walk is skipped and pytest's summary says so;
under CI that is a failure, since there it is installed (.ci/run). Whatever the browser's console complains of (a
script that the content security policy stopped, a missing file) fails the walk.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask_security.utils import hash_password
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from forum.analysis.curation.services import adopt_cluster
from forum.analysis.themes.queries import current_run
from forum.core import clock
from forum.core.extensions import db
from forum.people.accounts.models import Account
from forum.system.jobs.models import JobState
from forum.system.notices.models import OutboxMail
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote
from tests.nlp.test_pipeline import SUBJECTS

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
WITHOUT_NETWORK = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
PASSWORD = "sunlight-on-every-roof-2050"
PATIENCE_MILLISECONDS = 30_000
STEP_MILLISECONDS = 50


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = "크로미엄이 없어 브라우저로 걷는 시험을 하지 않았습니다 / no Chromium: browser walk not run"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(WITHOUT_NETWORK))
        yield browser
        browser.close()


@pytest.fixture
def site(app: Any) -> Iterator[str]:
    """The application behind a real port, with CSRF on as in life."""
    app.config["WTF_CSRF_ENABLED"] = True
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    app.config["WTF_CSRF_ENABLED"] = False


class Walker:
    """Somebody at a browser of their own."""

    def __init__(self, browser: Browser, site: str, email: str, complaints: list[str]) -> None:
        self.site = site
        self.context = browser.new_context(base_url=site, locale="ko-KR", viewport={"width": 1280, "height": 900})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page.on("console", lambda m: complaints.append(f"{m.text} {m.location}") if m.type == "error" else None)
        self.page.on("pageerror", lambda error: complaints.append(str(error)))
        self.page.goto("/account/login")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.press(self.page.locator("main form button[type=submit]").first)
        expect(self.page.get_by_role("button", name="로그아웃")).to_be_visible()

    def press(self, button: Locator) -> None:
        """As somebody without a mouse: reach it, see that it is reached, press Enter."""
        button.focus()
        expect(button).to_be_focused()
        self.page.evaluate("() => { window.isOldPage = true }")
        button.press("Enter")
        self._arrive()

    def _arrive(self) -> None:
        """Wait until another page has come in whole."""
        for _ in range(PATIENCE_MILLISECONDS // STEP_MILLISECONDS):
            with contextlib.suppress(Error):  # the page goes away while it is asked
                if self.page.evaluate("() => !window.isOldPage && document.readyState === 'complete'"):
                    return
            self.page.wait_for_timeout(STEP_MILLISECONDS)
        raise AssertionError(f"no other page came after {self.path}")

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("link", name=name).first)

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.site)

    def says(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)


@pytest.fixture
def walker(browser: Browser, site: str) -> Iterator[Callable[[Account], Walker]]:
    complaints: list[str] = []
    people: list[Walker] = []

    def make_walker(account: Account) -> Walker:
        email = account.email
        db.session.commit()  # nothing is left open here: on SQLite one open transaction would keep the others out
        people.append(Walker(browser, site, email, complaints))
        return people[-1]

    yield make_walker
    for person in people:
        with contextlib.suppress(Exception):
            person.context.close()
    assert [said for said in complaints if "status of 400" not in said] == []  # a refused form is no fault of the page


def test_somebody_new_writes_registers_and_posts_with_one_sign_in(make, browser, site):
    """On a phone. The date of birth is asked for only while the year leaves open whether they are 14."""
    make.campaign(slug="netzero")
    db.session.commit()
    page = browser.new_context(base_url=site, locale="ko-KR", viewport={"width": 360, "height": 740}).new_page()
    page.goto("/c/netzero/ideas/new")
    page.fill("input[name=title]", "급식 잔반을 저울로 재요")
    page.fill("textarea[name=body]", "반마다 남긴 양을 저울로 재어 달마다 알려 주면 줄어들 것 같아요.")
    page.get_by_role("button", name="제안 올리기").click()
    expect(page.locator("h1")).to_contain_text("올리기 전에 1분 가입")
    expect(page.locator("main")).to_contain_text("급식 잔반을 저울로 재요")
    for name, text in (("email", "new@example.org"), ("display_name", "새내기"), ("password", PASSWORD)):
        page.fill(f"input[name={name}]", text)
    this_year = clock.today().year
    for age, is_asked in ((17, False), (14, True), (10, True), (17, False)):
        page.fill("input[name=birth_year]", str(this_year - age))
        expect(page.locator("input[name=birth_date]")).to_be_visible(visible=is_asked)
    for name in ("agree_consent", "agree_terms"):
        page.check(f"input[name={name}]")
    page.get_by_role("button", name="가입하기").click()
    expect(page.locator("main")).to_contain_text("new@example.org")
    db.session.rollback()
    mail = db.session.query(OutboxMail.body).scalar()
    db.session.rollback()
    page.goto(re.search(r"https?://[^/\s]+(/account/confirm/\S+)", mail)[1])
    page.get_by_role("button", name="확인하고 제안 올리기").click()
    expect(page.locator("h1")).to_contain_text("급식 잔반을 저울로 재요")
    expect(page.locator(".bell")).to_be_visible()
    page.context.close()


class Phone:
    """Somebody with a phone, whose taps and pages are counted. Typing is no tap: the keyboard's own key goes on."""

    def __init__(self, browser: Browser, site: str, script: bool = True) -> None:
        self.context = browser.new_context(
            base_url=site,
            locale="ko-KR",
            viewport={"width": 360, "height": 740},
            is_mobile=True,
            has_touch=True,
            java_script_enabled=script,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MILLISECONDS)
        self.n_taps = self.n_pages = 0
        self.page.on("load", self._count_page)

    def _count_page(self, _page: Page) -> None:
        self.n_pages += 1

    def tap(self, wanted: Locator) -> None:
        self.n_taps += 1
        wanted.tap()

    def follow_mail(self, path: str) -> None:
        """The link is tapped in the program for mail."""
        self.n_taps += 1
        self.page.goto(path)

    def sign_in(self, email: str) -> None:
        self.page.goto("/account/login")
        self.page.fill("main input[name=email]", email)
        self.page.fill("main input[name=password]", PASSWORD)
        self.page.locator("main form button[type=submit]").first.click()
        expect(self.page.locator(".bell")).to_be_visible()


def test_from_the_first_page_to_three_votes_on_a_phone_in_twelve_taps_and_eight_pages(make, browser, site):
    campaign = make.campaign(slug="netzero")
    ideas = [make.idea(campaign) for _ in range(4)]
    wanted = [idea.id for idea in ideas]
    db.session.commit()
    phone = Phone(browser, site)
    page = phone.page
    page.goto("/")
    phone.tap(page.locator("main").get_by_role("link", name="제안 쓰기").first)
    page.fill("input[name=title]", "급식 잔반을 저울로 재요")
    page.fill("textarea[name=body]", "반마다 남긴 양을 저울로 재어 달마다 알려 주면 줄어들 것 같아요.")
    phone.tap(page.get_by_role("button", name="제안 올리기"))
    for name, text in (("email", "new@example.org"), ("display_name", "새내기"), ("password", PASSWORD)):
        page.fill(f"main input[name={name}]", text)
    page.fill("input[name=birth_year]", str(clock.today().year - 17))
    for name in ("agree_consent", "agree_terms"):
        phone.tap(page.locator(f"input[name={name}]"))
    phone.tap(page.get_by_role("button", name="가입하기"))
    expect(page.locator("main")).to_contain_text("new@example.org")
    db.session.rollback()
    mail = db.session.query(OutboxMail.body).scalar()
    db.session.rollback()
    phone.follow_mail(re.search(r"https?://[^/\s]+(/account/confirm/\S+)", mail)[1])
    phone.tap(page.get_by_role("button", name="확인하고 제안 올리기"))
    expect(page.locator("h1")).to_contain_text("급식 잔반을 저울로 재요")
    phone.tap(page.locator(".tab-bar").get_by_role("link", name="투표"))
    for place in (1, 2, 3):
        expect(page.locator(".queue-progress strong")).to_have_text(f"오늘 {place}개째")
        page.wait_for_timeout(600)  # a second tap on the same place would otherwise meet the next idea
        phone.tap(page.locator(".queue-votes").get_by_role("button", name="찬성"))
    expect(page.locator(".queue-progress strong")).to_have_text("오늘 4개째")
    phone.context.close()
    db.session.rollback()
    assert db.session.query(Vote).filter(Vote.idea_id.in_(wanted)).count() == 3
    assert phone.n_taps <= 12
    assert phone.n_pages <= 8


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_without_script_a_vote_from_a_list_comes_back_to_its_card(make, browser, site):
    campaign = make.campaign(slug="netzero")
    ideas = [make.idea(campaign) for _ in range(6)]
    first_id, email = ideas[0].id, make.citizen(password=hash_password(PASSWORD)).email
    db.session.commit()
    phone = Phone(browser, site, script=False)
    phone.sign_in(email)
    page = phone.page
    page.goto("/c/netzero/ideas?sort=agree")
    agree, card = page.locator(f"#vote-{first_id}-agree"), page.locator(f"#idea-{first_id}")
    agree.tap()
    expect(agree).to_have_attribute("aria-pressed", "true")
    assert page.url.endswith(f"/c/netzero/ideas?sort=agree#idea-{first_id}")
    expect(card).to_be_in_viewport()
    page.locator(f"#vote-{first_id}-disagree").tap()
    expect(agree).to_have_attribute("aria-pressed", "false")
    phone.context.close()
    db.session.rollback()
    assert db.session.query(Vote.value).filter_by(idea_id=first_id).all() == [(-1,)]


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_first_idea_is_on_the_first_screen_and_the_choices_cover_nothing(make, browser, site):
    campaign = make.campaign(slug="netzero", is_sample=True)
    idea_id, email = make.idea(campaign).id, make.citizen(password=hash_password(PASSWORD)).email
    make.idea(campaign)
    db.session.commit()
    phone = Phone(browser, site)
    phone.sign_in(email)
    page = phone.page
    page.goto("/c/netzero/ideas")
    assert page.locator(".idea-card").first.bounding_box()["y"] < 400
    page.goto(f"/ideas/{idea_id}")
    dock, tabs = (page.locator(name).bounding_box() for name in (".vote-buttons.docked", ".tab-bar"))
    assert dock["y"] + dock["height"] <= tabs["y"] + 1
    page.locator("#similar").scroll_into_view_if_needed()
    page.locator("#similar:not([hx-get])").wait_for()  # what comes in meanwhile makes the page longer
    page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    last = page.locator("footer.site p").last.bounding_box()
    assert last["y"] + last["height"] <= dock["y"]
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    phone.context.close()


def test_from_an_idea_over_both_desks_to_the_citizens_notice(make, work, walker):
    campaign, ministry = make.campaign(slug="netzero", title="시험 포럼"), make.ministry(name="시험기후부", code="TEST")
    for title in (title for subject in SUBJECTS for title in subject):
        make.idea(campaign, title=title, body=f"{title}에 대한 제안입니다.")
    password, campaign_id = hash_password(PASSWORD), campaign.id
    student = make.citizen(email="student@example.org", password=password)
    analyst_account = make.analyst(email="analyst@example.org", password=password, display_name="다온")
    officer_account = make.officer(ministry, email="officer@example.org", password=password)

    # A citizen writes.
    citizen = walker(student)
    citizen.page.goto("/c/netzero/ideas/new")
    citizen.page.fill("input[name=title]", "학교 지붕 태양광 발전")
    citizen.page.fill("textarea[name=body]", "학교 지붕에 태양광 발전기를 놓고 수업에서 전기를 재어 봅시다.")
    citizen.press(citizen.page.get_by_role("button", name="제안 올리기"))
    db.session.rollback()
    idea_id = db.session.query(Idea.id).filter_by(title="학교 지붕 태양광 발전").scalar()
    db.session.rollback()
    assert citizen.path == f"/ideas/{idea_id}"

    # The analyst runs the analysis and makes a theme of the cluster that holds the idea, all by keyboard.
    analyst = walker(analyst_account)
    analyst.follow("분석가 책상")
    analyst.follow("시험 포럼")
    analyst.press(analyst.page.get_by_role("button", name="새로 분석하기"))
    assert work() == [JobState.DONE]
    run = current_run(campaign_id)
    other = adopt_cluster(run.clusters[1], analyst_account, "다른 주제")
    label = f"{other.title} (#{other.id})"
    db.session.commit()
    analyst.page.goto("/c/netzero/desk")
    _open_cluster_with(analyst, idea_id)
    analyst.page.fill("input[name=title]", "학교와 마을의 햇빛 발전")
    analyst.press(analyst.page.get_by_role("button", name="주제로 올리기"))
    theme = analyst.path

    # Without a reference it is not approved, and the refusal says which sentence.
    _summarise(analyst, "지붕에 태양광을 놓자고 합니다.")
    analyst.press(analyst.page.get_by_role("button", name="승인", exact=True))
    analyst.says("‘지붕에 태양광을 놓자고 합니다.’: 근거가 되는 제안 번호가 없어요")
    _summarise(analyst, f"지붕에 태양광을 놓자고 합니다 [#{idea_id}].")

    # One idea is ticked with the space bar, moved to the other theme, and the move undone.
    box = analyst.page.locator(f"input[name=chosen]:not([value='{idea_id}'])").first
    moved = box.get_attribute("value")
    box.focus()
    analyst.page.keyboard.press("Space")
    expect(box).to_be_checked()
    analyst.page.select_option("#target", label=label)
    analyst.press(analyst.page.get_by_role("button", name="옮기기"))
    expect(analyst.page.locator(f"input[name=chosen][value='{moved}']")).to_have_count(0)
    analyst.press(analyst.page.get_by_role("button", name="이 일 되돌리기").first)
    analyst.page.goto(theme)
    expect(analyst.page.locator(f"input[name=chosen][value='{moved}']")).to_have_count(1)

    # With script a list changes its order in place; the address says so.
    analyst.page.locator("#members").get_by_role("link", name="최근 제안 순").press("Enter")
    expect(analyst.page.locator("#members tbody tr").first).to_contain_text(f"#{idea_id}")

    # Approved and sent.
    analyst.page.goto(theme)
    analyst.press(analyst.page.get_by_role("button", name="승인", exact=True))
    analyst.follow("소관부처에 전달하기")
    analyst.page.fill("input[name=lead_name]", "시험기후부")
    analyst.page.fill("textarea[name=letter]", "검토를 부탁드립니다.")
    analyst.press(analyst.page.get_by_role("button", name=re.compile("전달")).last)
    referral = analyst.path
    assert re.fullmatch(r"/referrals/\d+", referral)

    _answer(walker, make, ministry, officer_account, password, referral)

    # The citizen hears of it and finds the answer on the idea's own path.
    work()
    citizen.page.goto("/notices")
    citizen.says("내 제안이 실린 ‘학교와 마을의 햇빛 발전’에 시험기후부가 답변했어요: 수용")
    citizen.page.goto(f"/ideas/{idea_id}")
    for step in ("승인", "시험기후부에 전달", "답변했어요: 수용"):
        citizen.says(step)
    # What is like it is fetched when the reader comes there, and the page keeps its own title.
    title = citizen.page.title()
    citizen.page.locator("#similar").scroll_into_view_if_needed()
    citizen.page.locator("#similar:not([hx-get])").wait_for()
    assert citizen.page.title() == title


def _open_cluster_with(analyst: Walker, idea_id: int) -> None:
    """Look into one cluster after the other, as an analyst does, until the idea is there."""
    links = [link.get_attribute("href") for link in analyst.page.locator("#listing tbody th a").all()]
    for link in links:
        analyst.page.goto(link or "")
        if analyst.page.locator("#members", has_text=f"#{idea_id}").count():
            return
    raise AssertionError(f"idea {idea_id} is in none of {links}")


def _summarise(analyst: Walker, summary: str) -> None:
    analyst.page.fill("textarea[name=summary]", summary)
    analyst.press(analyst.page.get_by_role("button", name="저장"))


def _answer(
    walker: Callable[[Account], Walker], make: Any, ministry: Any, account: Account, password: str, referral: str
) -> None:
    """The officer acknowledges and answers; where an answer needs somebody's approval, that person gives it."""
    officer = walker(account)
    officer.page.goto("/ministry")
    officer.says("학교와 마을의 햇빛 발전")
    officer.page.goto(referral)
    officer.press(officer.page.get_by_role("button", name=re.compile("접수")).first)
    write = officer.page.locator(f"main a[href='{referral}/answer']")
    if write.count():
        officer.press(write.first)
    form = officer.page.locator("form:has([name=decision])")
    choice = form.locator("select[name=decision]")
    if choice.count():
        choice.select_option("ACCEPTED")
    else:
        form.locator("input[name=decision][value=ACCEPTED]").check(force=True)
    form.locator("textarea[name=reason]").fill("내년에 열 학교에서 시작합니다.")
    officer.press(form.locator("button[type=submit]").last)
    submit = officer.page.locator("form[action$='/submit'] button")
    if submit.count():
        draft = officer.path
        officer.press(submit.first)
        approver = walker(make.approver(ministry, email="approver@example.org", password=password))
        approver.page.goto(draft)
        approver.page.locator("form[action$='/approve'] input[name=has_read]").check()
        approver.press(approver.page.locator("form[action$='/approve'] button[type=submit]").last)
