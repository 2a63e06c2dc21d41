from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
import structlog
from bs4 import BeautifulSoup
from lxml import etree

from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.publication.digests.models import Digest, DigestKind, DigestPart, PeriodKind
from forum.publication.digests.plan import DigestRequest
from forum.publication.digests.services import start_digest
from forum.system.jobs.models import Job, JobState

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def digest(make, work):
    campaign = make.campaign()
    make.run(campaign)
    start_digest(campaign, SYSTEM, DigestRequest(formats=("csv", "json")))
    work()
    return db.session.scalars(sa.select(Digest)).one()


def test_anybody_downloads_a_published_digest(client, digest):
    response = client.get(f"/digests/{digest.id}/csv")
    assert response.status_code == 200
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "filename*=UTF-8''%ED%83%84" in response.headers["Content-Disposition"]
    assert re.search(r"filename=digest-[a-z0-9-]+\.\w+;", response.headers["Content-Disposition"])  # not ---1.csv


def test_anything_else_is_not_found(client, digest):
    for path in ("xlsx", "exe", "..%2f..%2fconfig.py", "csv%00", "CSV"):
        assert client.get(f"/digests/{digest.id}/{path}").status_code == 404, path


def test_the_pages_show_the_files_with_their_hashes(client, digest):
    slug = digest.campaign.slug
    assert f"/digests/{digest.id}" in client.get(f"/c/{slug}/digests").get_data(as_text=True)
    page = client.get(f"/digests/{digest.id}").get_data(as_text=True)
    assert all(file.sha256 in page for file in digest.files)


def test_the_page_shows_the_digest_itself_with_its_pictures(client, digest):
    page = BeautifulSoup(client.get(f"/digests/{digest.id}").text, "lxml")
    assert {"한눈에 보기", "이 보고서를 만든 방법"} <= {title.get_text() for title in page.select("main h2")}
    picture = page.select_one("main figure img")
    answer = client.get(picture["src"])
    assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "image/svg+xml", b"<?xml")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert picture["alt"]
    assert client.get(picture["src"], headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/digests/{digest.id}/pictures/document.json").status_code == 404


def test_a_digest_of_before_shows_its_figures(client, digest):
    db.session.execute(sa.delete(DigestPart))
    assert "담긴 숫자" in client.get(f"/digests/{digest.id}").text


def test_the_feed_lists_digests_with_their_files(client, digest):
    answer = client.get(f"/c/{digest.campaign.slug}/digests.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = etree.fromstring(answer.data)
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id").endswith(f"/digests/{digest.id}")
    files = {link.get("href").rpartition("/")[2] for link in entry.iterfind(f"{ATOM}link[@rel='enclosure']")}
    assert files == {"csv", "json"}
    assert entry.findtext(f"{ATOM}updated") == feed.findtext(f"{ATOM}updated")


def test_only_downloads_by_staff_are_logged(new_client, digest, make):
    for role, n_lines in (("analyst", 1), ("officer", 1), ("citizen", 0)):
        client = new_client().login(getattr(make, role)())
        with structlog.testing.capture_logs() as lines:
            client.get(f"/digests/{digest.id}/csv")
            client.head(f"/digests/{digest.id}/csv")
        taken = [line for line in lines if line["event"] == "digest_downloaded"]
        assert [(line["digest_id"], line["format"]) for line in taken] == [(digest.id, "csv")] * n_lines, role


def test_a_wrong_order_comes_back_with_the_reason(client, make):
    campaign = make.campaign()
    make.run(campaign)
    response = client.login(make.analyst()).post(f"/c/{campaign.slug}/digests", data={"formats": ["docx"]})
    assert response.status_code == 400
    assert "모르는 형식이에요: docx" in response.get_data(as_text=True)


def test_a_citizen_sees_no_button_and_may_not_order(client, make):
    campaign = make.campaign()
    make.run(campaign)
    client.login(make.citizen())
    assert "새로 만들기" not in client.get(f"/c/{campaign.slug}/digests").get_data(as_text=True)
    assert client.post(f"/c/{campaign.slug}/digests", data={"formats": ["csv"]}).status_code == 403


def test_who_orders_a_digest_sees_it_grow_and_is_led_to_it(client, make, work):
    campaign = make.campaign()
    make.run(campaign)
    client.login(make.analyst())
    here = client.post(f"/c/{campaign.slug}/digests", data={"formats": ["csv"]}).headers["Location"]
    page = client.get(here).text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'hx-select="#digests"' in page
    work()
    page = client.get(here).text
    digest_id = db.session.scalars(sa.select(Digest.id)).one()
    assert "http-equiv" not in page
    assert "hx-select" not in page
    assert f'class="krds-btn primary" href="/digests/{digest_id}"' in page


def test_a_digest_that_failed_says_so_on_the_list(client, make):
    campaign = make.campaign()
    make.run(campaign)
    job = start_digest(campaign, SYSTEM, DigestRequest(formats=("csv",)))
    job.state, job.finished_at = JobState.FAILED, clock.now()
    client.login(make.analyst())
    assert "다시 시작해 주세요" in client.get(f"/c/{campaign.slug}/digests?job={job.id}").text
    assert "다시 시작해 주세요" not in client.get(f"/c/{campaign.slug}/digests").text


def test_the_list_shows_no_job_of_another_campaign_and_none_to_visitors(client, make):
    campaign, other = make.campaign(), make.campaign()
    make.run(campaign)
    job = start_digest(campaign, SYSTEM, DigestRequest(formats=("csv",)))
    db.session.flush()
    assert 'id="digests"' in client.get(f"/c/{campaign.slug}/digests").text
    assert "hx-select" not in client.get(f"/c/{campaign.slug}/digests?job={job.id}").text
    client.login(make.analyst())
    assert "hx-select" not in client.get(f"/c/{other.slug}/digests?job={job.id}").text


@pytest.fixture
def letter(make):
    letter = make.referral(make.theme(make.campaign(), state=ThemeState.APPROVED))
    make.run(letter.theme.campaign)
    return letter


def test_the_form_offers_what_the_campaign_has_and_makes_what_was_asked(client, make, letter):
    campaign, ministry = letter.theme.campaign, letter.lead.ministry
    make.ministry()
    client.login(make.analyst())
    page = BeautifulSoup(client.get(f"/c/{campaign.slug}/digests").text, "lxml")
    choices = {
        name: [one["value"] for one in page.select(f"select[name={name}] option")] for name in ("ministry", "theme")
    }
    assert choices == {"ministry": ["", ministry.code], "theme": ["", str(letter.theme_id)]}
    data = {"kind": "MINISTRY", "ministry": ministry.code, "period": "CUSTOM", "from_day": "2026-01-01"}
    assert client.post(f"/c/{campaign.slug}/digests", data=data | {"formats": ["pdf"]}).status_code == 400
    asked = data | {"to_day": "2026-01-31", "formats": ["pdf"]}
    assert client.post(f"/c/{campaign.slug}/digests", data=asked).status_code == 303
    arguments = db.session.scalars(sa.select(Job.arguments)).one()
    assert (arguments["digest_kind"], arguments["ministry_id"]) == (DigestKind.MINISTRY.name, ministry.id)
    assert (arguments["period"], arguments["first_day"]) == (PeriodKind.CUSTOM.name, "2026-01-01")


def test_an_officer_is_offered_their_own_ministry_and_refused_another(client, make, letter):
    client.login(make.officer(make.ministry()))
    page = BeautifulSoup(client.get(f"/c/{letter.theme.campaign.slug}/digests").text, "lxml")
    assert [one["value"] for one in page.select("select[name=ministry] option")] == [""]
    data = {"kind": "MINISTRY", "ministry": letter.lead.ministry.code, "formats": ["pdf"]}
    assert client.post(f"/c/{letter.theme.campaign.slug}/digests", data=data).status_code == 403


def test_the_errors_of_a_failed_check_are_shown_to_who_asked(client, make, letter):
    job = start_digest(letter.theme.campaign, SYSTEM, DigestRequest(formats=("pdf",)))
    job.state, job.finished_at, job.error = JobState.FAILED, clock.now(), "PDF의 표에 머리글이 없어요."
    client.login(make.analyst())
    assert "PDF의 표에 머리글이 없어요." in client.get(f"/c/{letter.theme.campaign.slug}/digests?job={job.id}").text


def test_a_run_that_ended_while_the_digest_was_made_is_told_on_the_list(client, make, letter):
    job = start_digest(letter.theme.campaign, SYSTEM, DigestRequest(formats=("pdf",)))
    job.state, job.finished_at, job.result = JobState.DONE, clock.now(), {"newer_run": 99}
    client.login(make.analyst())
    assert "분석 회차 99번이 끝났어요" in client.get(f"/c/{letter.theme.campaign.slug}/digests?job={job.id}").text
