"""Papers of a meeting: asked for by the secretariat, counted twice, and the same in each file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import openpyxl
import pypdfium2
import pytest
import sqlalchemy as sa
from hwp_hwpx_parser import Reader

from forum.administration.operations.checks import recorded_rows
from forum.administration.operations.queries import recount
from forum.core import clock
from forum.core.errors import Forbidden, WrongState
from forum.core.extensions import db
from forum.deliberation.council.models import GroupKind
from forum.deliberation.hearings.models import HearingState, SignedOpinion
from forum.deliberation.meetings.models import MeetingState
from forum.deliberation.rounds.models import ConflictStatement, RoundState, StageKind, TaskSource
from forum.deliberation.scorecards.models import StageResult, TaskResult
from forum.people.accounts.models import Account
from forum.publication.councilpapers import tasks
from forum.publication.councilpapers.checks import recount_problems
from forum.publication.councilpapers.collecting import collect_paper
from forum.publication.councilpapers.composing import compose_paper
from forum.publication.councilpapers.models import CouncilPaper, CouncilPaperFile
from forum.publication.councilpapers.permissions import can_make_paper
from forum.publication.councilpapers.queries import get_paper_file, paper_of
from forum.publication.councilpapers.services import make_paper
from forum.publication.digests.renderers.plain import plain
from forum.system.audit.models import AuditEntry
from forum.system.jobs.models import Job, JobState
from forum.system.notices.models import Notice
from forum.voice.ideas.models import IdeaState
from tests.unguarded import unguarded

FORMATS = {"pdf", "hwpx", "xlsx", "html", "csv", "json"}


@pytest.fixture
def world(make):
    """A meeting on a task from citizens' words, one without, and a paper without a task; scores of a decided stage."""
    round_ = make.council_round(present=StageKind.PEOPLE_TEAM)
    idea = make.idea(campaign=round_.campaign, title="학교 지붕을 함께 써요")
    task = make.task(round_, [idea], title="학교 햇빛 발전소")
    member = make.seat(round_.term, name="김위원")
    own = {"source": TaskSource.MEMBER, "proposer_seat_id": member.id, "has_words": False}
    bare = make.task(round_, title="탄소 예산 공개", **own)
    team = make.team_member(make.council_group(round_.term, kind=GroupKind.TEAM))
    stage = round_.stage(StageKind.SUBCOMMITTEE)
    result = StageResult(stage_id=stage.id, number=1, n_cards=3, n_taken_out=1)
    db.session.add(result)
    db.session.flush()
    scores = {"mean": 4.0, "median": 4.0, "spread": 0.5, "rank_low": 1, "rank_high": 2}
    db.session.add_all(
        [
            TaskResult(result_id=result.id, task_id=task.id, rank=1, n=2, **scores),
            ConflictStatement(task_id=task.id, seat_id=member.id, text="우리 단체가 낸 제안이에요", is_late=True),
            ConflictStatement(task_id=task.id, team_member_id=team.id, text="이웃 학교 일이에요"),
            SignedOpinion(
                task_id=task.id,
                author_id=make.citizen().participant.id,
                name="박전문",
                affiliation="햇빛연구소",
                text="지붕의 힘을 먼저 재야 해요",
                invited_by_id=make.analyst().id,
                sent_at=clock.now(),
            ),
        ]
    )
    hearing = make.hearing(task, state=HearingState.HELD, held_at=clock.now(), what_changed="안전 점검을 넣었어요")
    meeting = make.meeting(
        round_.term, round_id=round_.id, title="두 번째 총회", video_url="https://meet.example/secret"
    )
    first = make.agenda_item(meeting, task, title="햇빛 발전소 심의")
    make.agenda_item(meeting, bare, title="탄소 예산 심의")
    make.agenda_item(meeting, title="내년 계획", text="=1+1 로 시작하는 글")
    make.motion(first, is_open=False)
    db.session.commit()
    names = SimpleNamespace(team=team, member=member)
    return SimpleNamespace(
        meeting=meeting, round=round_, task=task, idea=idea, hearing=hearing, people=names, result=result
    )


@pytest.fixture
def quick(monkeypatch):
    """Renders nothing: two small files, and the text for the page."""
    files = {"pdf": b"%PDF-1.7 of a meeting", "html": b"<p>of a meeting"}

    def render(content):
        return files, {"pdf": 1}, plain(compose_paper(content))

    monkeypatch.setattr("forum.publication.councilpapers.rendering.render_paper", render)


@pytest.fixture
def stored(quick, world, make, work):
    """Papers that were published without the cost of rendering."""
    make_paper(world.meeting, make.analyst())
    db.session.commit()
    assert work() == [JobState.DONE], db.session.scalars(sa.select(Job.error)).all()
    return world


@pytest.fixture
def made(world, make, work):
    make_paper(world.meeting, make.analyst())
    db.session.commit()
    assert work() == [JobState.DONE], db.session.scalars(sa.select(Job.error)).all()
    return world


def flat(text):
    return re.sub(r"[\s⁠​\xad]+", "", text)


def texts_of(meeting_id, tmp_path):
    """Return the text of each file, read by a second program."""
    paper = paper_of(meeting_id)
    files = {name: get_paper_file(paper, name).content for name in FORMATS}
    (tmp_path / "paper.hwpx").write_bytes(files["hwpx"])
    with Reader(str(tmp_path / "paper.hwpx")) as reader:
        hwpx = reader.text
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]), read_only=True)
    cells = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    pages = pypdfium2.PdfDocument(files["pdf"])
    return {
        "pdf": "".join(page.get_textpage().get_text_range() for page in pages),
        "hwpx": hwpx,
        "xlsx": cells,
        "html": files["html"].decode(),
        "csv": files["csv"].decode("utf-8-sig"),
        "json": files["json"].decode(),
    }


def test_each_format_holds_the_agenda_and_its_tasks(made, client, tmp_path):
    texts = texts_of(made.meeting.id, tmp_path)
    texts["page"] = client.get(f"/council/meetings/{made.meeting.id}/paper").text
    for words in ("햇빛 발전소 심의", "탄소 예산 심의", "내년 계획", "학교 햇빛 발전소"):
        assert [name for name, text in texts.items() if flat(words) not in flat(text)] == [], words
    for words in ("박전문", "우리 단체가 낸 제안이에요", "김위원"):
        assert [name for name, text in texts.items() if name != "csv" and flat(words) not in flat(text)] == [], words
    assert "안전 점검을 넣었어요" in texts["page"]
    assert "시민의 제안에서 나오지 않았어요" in texts["page"]
    account = db.session.get_one(Account, made.people.team.account_id)
    for secret in ("meet.example", account.display_name):
        assert [name for name, text in texts.items() if secret in text] == [], secret
    _are_read_by_programs(made.meeting.id)
    for name in FORMATS:
        sent = client.get(f"/council/meetings/{made.meeting.id}/paper/{name}")
        assert hashlib.sha256(sent.data).hexdigest() == sent.headers["ETag"].strip('"')


def _are_read_by_programs(meeting_id):
    paper = paper_of(meeting_id)
    rows = list(csv.DictReader(io.StringIO(get_paper_file(paper, "csv").content.decode("utf-8-sig"))))
    assert [row["안건"] for row in rows] == ["햇빛 발전소 심의", "탄소 예산 심의", "내년 계획"]
    assert rows[2]["설명"].startswith("'="), "no cell computes"
    records = json.loads(get_paper_file(paper, "json").content)
    assert records["counts"] == paper.counts
    assert records["tables"]["scores"]["rows"][0]["median"] == 4.0
    assert [row["who"] for row in records["tables"]["conflicts"]["rows"]][1] == "국민포럼팀 위원"


def test_figures_equal_a_recount_and_a_wrong_one_is_found(world):
    content = collect_paper(world.meeting.id)
    assert content.counts == {
        "items": 3,
        "tasks": 2,
        "ideas": 1,
        "conflicts": 2,
        "hearings": 1,
        "opinions": 1,
        "motions": 1,
        "scores": 1,
    }
    assert list(recount_problems(content)) == []
    for name in content.counts:
        wrong = replace(content, counts=content.counts | {name: content.counts[name] + 1})
        assert len(list(recount_problems(wrong))) == 1, name


def test_scores_of_an_open_stage_stay_out(world):
    stage = world.round.stage(StageKind.PEOPLE_TEAM)
    db.session.add(StageResult(stage_id=stage.id, number=1, n_cards=1))
    db.session.commit()
    content = collect_paper(world.meeting.id)
    assert [one.stage for one in content.round.scores] == ["분과 심의"]


def test_what_is_hidden_or_withdrawn_stays_out(world):
    world.idea.state = IdeaState.HIDDEN
    db.session.scalars(sa.select(SignedOpinion)).one().is_hidden = True
    db.session.commit()
    task = collect_paper(world.meeting.id).tasks[0]
    assert (task.words, task.opinions, task.title) == ((), (), "학교 햇빛 발전소")


def test_a_round_that_is_planned_stays_out(world):
    meeting = world.meeting
    planned = collect_paper(meeting.id)
    assert planned.round is not None
    world.round.state = RoundState.PLANNED
    db.session.commit()
    content = collect_paper(meeting.id)
    assert (content.round, content.tasks) == (None, [])
    assert list(recount_problems(content)) == []


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        *((role, False) for role in ("citizen", "facilitator", "officer", "council_member")),
        *((role, True) for role in ("analyst", "admin")),
    ],
)
def test_who_may_make_papers(world, make, role, allowed):
    actor = getattr(make, role)()
    assert can_make_paper(actor) is allowed
    if not allowed:
        with pytest.raises(Forbidden, match="분석가와 관리자"):
            make_paper(world.meeting, actor)


def test_pressed_twice_it_is_one_job_and_later_the_next_number(quick, world, make, new_client, work):
    analyst = make.analyst()
    db.session.commit()
    client, path = new_client().login(analyst), f"/council/meetings/{world.meeting.id}/paper"
    for _n in range(2):
        assert client.post(path).status_code == 303
    acts = sa.select(sa.func.count()).where(AuditEntry.action == "councilpapers.make")
    assert db.session.scalar(acts) == 1
    assert "만들고 있어요" in client.get(path).text
    assert work() == [JobState.DONE]
    client.post(path)
    work()
    assert db.session.scalars(sa.select(CouncilPaper.number).order_by(CouncilPaper.number)).all() == [1, 2]
    page = new_client().get(path + "?number=1").text
    assert "예전 자료예요" in page
    assert new_client().get(path + "?number=3").status_code == 404


def test_unknown_files_are_missing_and_the_meeting_links_papers(stored, client):
    path = f"/council/meetings/{stored.meeting.id}/paper"
    assert client.get(f"{path}/exe").status_code == 404
    assert client.get(f"{path}/pdf?number=9").status_code == 404
    assert path in client.get(f"/council/meetings/{stored.meeting.id}").text


def test_members_hear_of_it(stored):
    heard = db.session.scalars(sa.select(Notice.account_id).where(Notice.kind == "council_paper")).all()
    assert stored.people.member.account_id in heard
    assert stored.people.team.account_id not in heard


def test_a_cancelled_meeting_and_one_without_an_agenda_have_none(make):
    analyst, meeting = make.analyst(), make.meeting()
    with pytest.raises(WrongState, match="안건을 먼저"):
        make_paper(meeting, analyst)
    with pytest.raises(WrongState, match="안건을 먼저"):
        collect_paper(meeting.id)
    make.agenda_item(meeting)
    meeting.state, meeting.cancel_reason = MeetingState.CANCELLED, "태풍"
    db.session.flush()
    with pytest.raises(WrongState, match="취소된"):
        make_paper(meeting, analyst)
    with pytest.raises(WrongState, match="취소된"):
        collect_paper(meeting.id)


def test_a_failed_job_is_said_and_why_to_the_secretariat(world, make, new_client, work, monkeypatch):
    analyst = make.analyst()
    monkeypatch.setattr(tasks, "recount_problems", lambda _content: ["다시 센 수가 달라요"])
    make_paper(world.meeting, analyst)
    db.session.commit()
    assert work() == [JobState.FAILED]
    path = f"/council/meetings/{world.meeting.id}/paper"
    assert "다시 센 수가 달라요" in new_client().login(analyst).get(path).text
    stranger = new_client().get(path).text
    assert "만들지 못했어요" in stranger
    assert "다시 센 수가 달라요" not in stranger


def test_a_running_round_stands_on_home_campaign_and_reports(stored, client):
    slug = stored.round.campaign.slug
    for path in ("/", f"/c/{slug}"):
        assert f"/council/rounds/{stored.round.id}" in client.get(path).text, path
    assert f"/council/meetings/{stored.meeting.id}/paper" in client.get(f"/c/{slug}/digests").text


@pytest.mark.parametrize(
    ("table", "change", "found"),
    [
        ("council_paper_file", "UPDATE council_paper_file SET content = :bytes WHERE format = 'pdf'", "내용이 바뀌었"),
        ("council_paper_file", "UPDATE council_paper_file SET content = :bytes, sha256 = :hash", "파일의 해시"),
        ("council_paper_file", "DELETE FROM council_paper_file WHERE format = 'html'", "파일의 해시"),
        ("council_paper", "UPDATE council_paper SET counts = '{}'", "수와 차례"),
        ("council_paper", "UPDATE council_paper SET number = 2", "수와 차례"),
    ],
)
def test_papers_that_were_changed_past_the_database_are_found(once, request, table, change, found):
    def differences():
        return [f"{one.name}: {line}" for one in [*recount(), *recorded_rows()] for line in one.differences]

    def store_papers():
        request.getfixturevalue("stored")
        return differences()

    before = once(store_papers)
    assert not any("회의 자료" in line for line in before)
    forged = {"bytes": b"forged", "hash": hashlib.sha256(b"forged").hexdigest()}
    with unguarded(table) as connection:
        connection.execute(sa.text(change), {name: value for name, value in forged.items() if f":{name}" in change})
    assert [line for line in differences() if line not in before and found in line]


def test_papers_and_files_stay(stored):
    for change in (
        sa.update(CouncilPaper).values(counts={}),
        sa.delete(CouncilPaper),
        sa.update(CouncilPaperFile).values(n_pages=9),
        sa.delete(CouncilPaperFile),
    ):
        with pytest.raises(sa.exc.DBAPIError, match="never change"), db.session.begin_nested():
            db.session.execute(change)
