from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import datetime, timedelta
from types import SimpleNamespace

import openpyxl
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from forum.analysis.themes.models import ThemeRun, ThemeState
from forum.core.access import SYSTEM
from forum.core.errors import Forbidden, InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.publication.digests.content import COUNT_NAMES
from forum.publication.digests.models import Digest, DigestFile
from forum.publication.digests.queries import get_digest, get_file
from forum.publication.digests.services import chosen_formats, start_digest
from forum.publication.digests.tasks import build_digest
from forum.publication.representation.models import Dimension, ParticipantCount
from forum.system.jobs.models import Job, JobState
from forum.system.jobs.progress import LeaseLost, Progress
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import Vote
from tests.factories import SCRIPT
from tests.unguarded import unguarded

FORMATS = ["html", "csv", "xlsx", "json"]
HOSTILE = "=1+1 @합계"


@pytest.fixture
def told(make):
    """A campaign with a run of two clusters, one of them an approved and answered theme, and hostile titles."""
    campaign = make.campaign()
    ideas = [make.idea(campaign, title=f"{HOSTILE} {n}", sector=None) for n in range(4)]
    ideas += [make.idea(campaign, external_id="old-1", body="", imported_agree_count=7)]
    alone = make.idea(campaign)
    gone = make.idea(campaign, state=IdeaState.WITHDRAWN)
    run = make.run(campaign, [ideas[:3], [*ideas[3:], gone]], [alone])
    theme = make.theme(campaign, ideas[:2], state=ThemeState.APPROVED, run_id=run.id, cluster_id=run.clusters[0].id)
    voters = [make.citizen() for _ in range(3)]
    for voter in voters:
        make.vote(ideas[0], voter, 1)
    make.vote(ideas[1], voters[0], -1)
    make.vote(alone, voters[1], 0)
    make.comment(ideas[0])
    make.milestone(make.answer(make.referral(theme)))
    db.session.commit()
    return SimpleNamespace(campaign=campaign, ideas=ideas, theme=theme, run=run, alone=alone)


def built(campaign, work, formats=FORMATS) -> dict[str, bytes]:
    job = start_digest(campaign, SYSTEM, formats)
    assert work() == [JobState.DONE], db.session.get_one(Job, job.id).error
    digest = get_digest(db.session.get_one(Job, job.id).result["digest_id"])
    return {file.format: get_file(digest, file.format).content for file in digest.files}


def numbers_of(files: dict[str, bytes]) -> list[dict[str, int]]:
    """The counts of the overview, from each format that has them."""
    page = BeautifulSoup(files["html"], "lxml")
    from_html = {row.th.text: int(row.td.text.replace(",", "")) for row in page.select("h2 + table")[0].select("tr")}
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["개요"]
    from_xlsx = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=6)}
    from_json = {COUNT_NAMES[name]: value for name, value in json.loads(files["json"])["counts"].items()}
    return [from_html, from_xlsx, from_json]


def test_the_same_numbers_stand_in_every_format_and_equal_a_recount(told, work):
    files = built(told.campaign, work)
    html, xlsx, whole = numbers_of(files)
    assert html == xlsx == whole
    open_here = sa.and_(Idea.campaign_id == told.campaign.id, Idea.state == IdeaState.OPEN)
    votes = sa.select(sa.func.count(Vote.value)).join(Idea, Idea.id == Vote.idea_id).where(open_here)
    assert whole["분석에 들어간 제안"] == db.session.scalar(sa.select(sa.func.count(Idea.id)).where(open_here)) == 6
    assert whole["투표"] == db.session.scalar(votes) == 5
    assert whole["투표한 사람"] == 3
    assert whole["댓글"] == 1
    assert (whole["묶음에 든 제안"], whole["묶이지 않은 제안"], whole["본문이 없는 제안"]) == (5, 1, 1)
    assert (whole["승인된 정책 주제"], whole["소관부처에 보낸 편지"], whole["받은 답변"]) == (1, 1, 1)


def test_every_idea_stands_in_the_tables_so_that_each_number_can_be_traced(told, work):
    files = built(told.campaign, work)
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    expected = sorted(idea.id for idea in [*told.ideas, told.alone])
    assert sorted(int(row["제안 번호"]) for row in rows) == expected
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["제안"]
    head = [cell.value for cell in sheet[1]]
    assert sorted(row[head.index("제안 번호")].value for row in sheet.iter_rows(min_row=2)) == expected
    chapter = json.loads(files["json"])["themes"][0]
    assert [idea["id"] for idea in chapter["ideas"]] == [told.ideas[0].id, told.ideas[1].id]
    assert sum(int(row["찬성"]) for row in rows if row["주제 번호"] == str(told.theme.id)) == 3


def test_nothing_in_a_file_is_computed_or_run(told, work):
    files = built(told.campaign, work)
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
    assert any(row["제안 제목"].startswith("'" + HOSTILE) for row in rows)
    assert not any(cell.startswith(("=", "@", "+")) for row in rows for cell in row.values())
    for sheet in openpyxl.load_workbook(io.BytesIO(files["xlsx"])):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert SCRIPT.encode() not in files["html"]
    assert not BeautifulSoup(files["html"], "lxml").select("script")


def test_nobody_is_named(told, work):
    author = told.ideas[0].author.account
    for name, data in built(told.campaign, work, ["csv", "json", "html"]).items():
        assert author.display_name.encode() not in data, name
        assert author.email.encode() not in data, name


def test_a_file_is_what_its_hash_says_and_says_its_run(told, work):
    built(told.campaign, work)
    rows = db.session.execute(
        sa.select(DigestFile.sha256, DigestFile.content, DigestFile.run_id, DigestFile.size_bytes)
    )
    for sha256, content, run_id, size in rows:
        assert hashlib.sha256(content).hexdigest() == sha256
        assert (run_id, size) == (told.run.id, len(content))


def test_it_says_when_the_ideas_were_read_and_when_the_votes_were_counted(told, work, make):
    earlier = told.run.data_cut_at - timedelta(days=3)
    with unguarded("theme_run") as connection:
        connection.execute(sa.update(ThemeRun).values(data_cut_at=earlier))
    whole = json.loads(built(told.campaign, work, ["json"])["json"])
    read, counted = (datetime.fromisoformat(whole[name]) for name in ("run_read_at", "data_cut_at"))
    assert read == earlier
    assert counted - read >= timedelta(days=3)
    assert db.session.scalars(sa.select(Digest.data_cut_at)).one() == counted


def test_the_marks_of_a_report_are_links_to_the_ideas_it_has(told, work):
    told.theme.summary = f"모두 바랍니다 [#{told.ideas[0].id}] [#2000000]."
    db.session.commit()
    page = BeautifulSoup(built(told.campaign, work, ["html"])["html"], "lxml")
    summary = page.select_one(f"#theme-{told.theme.id} h2 + p")
    assert [link["href"].rsplit("/", 2)[1:] for link in summary.select("a")] == [["ideas", str(told.ideas[0].id)]]
    assert summary.text == f"모두 바랍니다 #{told.ideas[0].id} #2000000."


def test_an_empty_run_makes_an_honest_report(make, work):
    campaign = make.campaign()
    make.run(campaign, [])
    html, xlsx, whole = numbers_of(built(campaign, work))
    assert html == xlsx == whole
    assert set(whole.values()) == {0}


def test_who_took_part_stands_in_the_report_the_workbook_and_the_data(told, work):
    for dimension, cells in ((Dimension.AGE, {"10": 40, "30": 8, "70": 2}), (Dimension.REGION, {"11": 9, "": 41})):
        db.session.add_all(
            ParticipantCount(campaign_id=told.campaign.id, dimension=dimension, code=code, people=n)
            for code, n in cells.items()
        )
    db.session.commit()
    files = built(told.campaign, work)
    (ages,) = json.loads(files["json"])["participants"]["breakdowns"]
    assert [group["share"] for group in ages["groups"]] == [80, None, 16, None, None, None, None]
    assert ages["in_words"] in files["html"].decode()
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))["참여자"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows[0] == ["나이", "10대", 80, 10]
    assert rows[1] == ["나이", "20대", "적어서 숨김", 12]


def test_without_a_run_there_is_nothing_to_report(make):
    with pytest.raises(WrongState, match="아직 끝난 분석이 없어요"):
        start_digest(make.campaign(), SYSTEM, FORMATS)


@pytest.mark.parametrize("formats", [["pdf"], ["html", "exe"], [], [""], ["../csv"]])
def test_unknown_formats_are_refused_with_the_known_ones(formats):
    with pytest.raises(InvalidInput, match="html, csv, xlsx, json"):
        chosen_formats(formats)


def test_formats_may_come_in_any_order_and_case():
    assert chosen_formats(["JSON", " html ", "json"]) == ["html", "json"]


def test_citizens_download_and_do_not_order(make):
    campaign = make.campaign()
    make.run(campaign, [])
    with pytest.raises(Forbidden):
        start_digest(campaign, make.citizen(), FORMATS)


def test_a_digest_whose_job_was_lost_is_not_published(told):
    job = start_digest(told.campaign, SYSTEM, ["json"])
    job.state, job.attempt = JobState.RUNNING, 2
    db.session.commit()
    with pytest.raises(LeaseLost):
        build_digest(Progress(job.id, 1, {}, None), told.campaign.id, ["json"])
    assert db.session.scalar(sa.select(sa.func.count(Digest.id))) == 0


def test_asking_twice_at_once_makes_one_and_later_another(told, work):
    first, second = (start_digest(told.campaign, SYSTEM, ["json"]) for _ in range(2))
    assert first.id == second.id
    work()
    built(told.campaign, work, ["json"])
    assert db.session.scalar(sa.select(sa.func.count(Digest.id))) == 2


def test_a_digest_cannot_be_of_another_campaigns_run(told, make):
    other = make.campaign()
    db.session.commit()
    wrong = Digest(campaign_id=other.id, run_id=told.run.id, data_cut_at=told.run.data_cut_at)
    db.session.add(wrong)
    with pytest.raises(sa.exc.IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_an_unknown_digest_or_format_is_not_found(told, work):
    built(told.campaign, work, ["json"])
    digest = db.session.scalars(sa.select(Digest)).one()
    with pytest.raises(NotFound):
        get_digest(digest.id + 1)
    with pytest.raises(NotFound):
        get_file(digest, "csv")
