from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from forum import create_app
from forum.analysis.themes.models import ThemeState
from forum.core import clock
from forum.core.extensions import db, limiter
from forum.publication.opendata.tables import TABLES, tables_of
from forum.response.pledges.models import PledgeBy
from forum.response.referrals.models import EventType
from tests.conftest import test_config
from tests.factories import SCRIPT
from tests.forum.publication.opendata.weighing import weigh

ROWS = {"pledges": len(PledgeBy), "outcomes": 3, "conflicts": 2}  # of the tables with more than one


def promised(make, letter) -> None:
    """An interim answer to a letter, a step of its answer that is done, and somebody's pledge for its theme."""
    state, done = letter.lead.state, {"percent_done": 100, "is_closed": True, "finished_on": clock.today()}
    make.event(letter.lead, EventType.INTERIM_ANSWERED, state, state, reason="지금 재고 있습니다.")
    make.milestone(letter.published_answer, **done)
    make.pledge(letter.theme)


@pytest.fixture
def campaign(make):
    campaign = make.campaign()
    idea = make.idea(campaign, title="=1+1 햇빛 지붕")
    promised(make, make.answer(make.referral(make.theme(campaign, [idea], state=ThemeState.APPROVED))).referral)
    weigh(make, campaign, [idea])
    make.data_need(idea)
    make.data_use(idea)
    db.session.commit()
    return campaign


def rows_of(response, codec: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.data.decode(codec), newline="")))


@pytest.mark.parametrize("name", [table.name for table in TABLES.values() if not table.is_everyday])
def test_anybody_takes_each_table(client, campaign, name):
    response = client.get(f"/c/{campaign.slug}/data/{name}.csv", buffered=True)
    assert response.status_code == 200
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.content_length == len(response.data)
    assert f"filename={name}-{campaign.slug}.csv" in response.headers["Content-Disposition"]
    assert len(rows_of(response)) == ROWS.get(name, 1)


def test_texts_are_as_written_but_never_formulas(client, campaign):
    [row] = rows_of(client.get(f"/c/{campaign.slug}/data/ideas.csv", buffered=True))
    assert row["제목"] == "'=1+1 햇빛 지붕"
    assert SCRIPT in row["내용"]  # a CSV is text: what shows it escapes it


def test_cp949_on_request(client, campaign):
    response = client.get(f"/c/{campaign.slug}/data/ideas.csv?encoding=cp949", buffered=True)
    assert response.content_type == "text/csv; charset=euc-kr"
    assert rows_of(response, "cp949")[0]["제목"] == "'=1+1 햇빛 지붕"


def test_another_encoding_is_refused(client, campaign):
    assert client.get(f"/c/{campaign.slug}/data/ideas.csv?encoding=utf-7", buffered=True).status_code == 400


def test_who_has_the_newest_table_is_told_so_until_somebody_votes(client, make, campaign):
    address = f"/c/{campaign.slug}/data/ideas.csv"
    tag = client.get(address, buffered=True).headers["ETag"]
    again = client.get(address, buffered=True, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    make.vote(make.idea(campaign), make.citizen(), 1)
    db.session.commit()
    assert client.get(address, buffered=True, headers={"If-None-Match": tag}).status_code == 200


def test_an_everyday_campaign_has_checks_and_pilots_too(client, make):
    idea = make.everyday_idea()
    letter = make.referral(make.theme(idea.campaign, [idea], state=ThemeState.APPROVED))
    make.everyday_check(idea)
    make.pilot(make.short_answer(referral=letter).referral)
    promised(make, letter)
    weigh(make, idea.campaign, [idea])
    make.data_need(idea)
    make.data_use(idea)
    db.session.commit()
    page = client.get(f"/c/{idea.campaign.slug}/data").get_data(as_text=True)
    for table in TABLES.values():
        assert f"{table.title} 받기" in page
        response = client.get(f"/c/{idea.campaign.slug}/data/{table.name}.csv", buffered=True)
        assert len(rows_of(response)) == ROWS.get(table.name, 1), table.name


@pytest.mark.parametrize(
    "path", ["checks.csv", "pilots.csv", "votes.csv", "ideas.xlsx", "ideas", "..%2fideas.csv", "participants.csv"]
)
def test_there_are_no_other_tables(client, campaign, path):
    assert client.get(f"/c/{campaign.slug}/data/{path}").status_code == 404


def test_a_network_takes_only_so_many_tables_a_minute(app, campaign, tmp_path):
    url, path = str(app.config["SQLALCHEMY_DATABASE_URI"]), f"/c/{campaign.slug}/data/answers.csv"
    counting = create_app(test_config(url, tmp_path, RATELIMIT_ENABLED=True))
    limiter.reset()
    eager = counting.test_client()
    assert [eager.get(path, buffered=True).status_code for _ in range(13)] == [200] * 12 + [429]
    limiter.enabled = False  # all applications of this process share the limiter
    with counting.app_context():
        db.engine.dispose()


def test_the_page_explains_every_column_and_the_licence(client, campaign):
    page = BeautifulSoup(client.get(f"/c/{campaign.slug}/data").data, "lxml")
    for table in tables_of(campaign):
        told = page.find(id=f"{table.name}-title").parent
        names = [heading.text for heading in told.select("tbody th")]
        assert names == [column.label for column in table.columns()]
        assert all(cell.text for cell in told.select("tbody td"))
        assert told.select_one(f'a[href$="/data/{table.name}.csv"]')
    assert "CC BY 4.0" in page.blockquote.text


def test_the_page_of_a_forum_without_anything(client, make):
    page = client.get(f"/c/{make.campaign().slug}/data").text
    assert page.count("아직 비어 있어요.") == 12


def test_a_sample_says_so_on_page_and_in_file(client, make):
    campaign = make.campaign(is_sample=True)
    make.idea(campaign)
    db.session.commit()
    assert "연습용으로 지어낸 자료예요" in client.get(f"/c/{campaign.slug}/data").text
    assert {row["예시"] for row in rows_of(client.get(f"/c/{campaign.slug}/data/ideas.csv", buffered=True))} == {"예시"}


@pytest.mark.parametrize("path", ["", "/digests"])
def test_forum_and_reports_lead_there(client, campaign, path):
    assert f'href="/c/{campaign.slug}/data"' in client.get(f"/c/{campaign.slug}{path}").text


def test_the_slice_loads_no_pandas():
    code = (
        "import sys, forum.publication.opendata.views; "
        "print(sorted({'pandas', 'xlsxwriter', 'matplotlib', 'fastjsonschema'} & sys.modules.keys()))"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=os.environ, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
