from __future__ import annotations

import csv
import io
import zipfile

import pytest
import sqlalchemy as sa

from forum.analysis.opinions.polis_export import export_votes
from forum.core.access import SYSTEM
from forum.core.extensions import db
from forum.system.audit.models import AuditEntry
from forum.voice.ideas.models import Idea
from forum.voice.votes.models import Vote
from tests.forum.analysis.opinions.crowd import crowd

HEADER = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
ROWS = (
    '1651071094558,Wed Apr 27 07:51:34 PDT 2022,0,0,59,63,1,"버스를 늘려 주세요, 밤에도"\n'
    "1651401080922,,1,756,18,9,-1,받아들이지 않은 문장\n"
    "1651686969583,,2,1024,1,0,0,아무도 보지 않은 문장\n"
    "1651697161337,,3,1034,1,0,1,제 번호는 900101-1234567 입니다\n"
    ',,4,1034,1,0,1,"두 줄에 쓴\n문장"\n'
)


@pytest.fixture
def run(app, make):
    make.campaign(slug="real")

    def invoke(*words: str):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["opinions", "import-statements", "--campaign", "real", *words])

    return invoke


@pytest.fixture
def comments(tmp_path):
    path = tmp_path / "comments.csv"
    path.write_text(HEADER + ROWS, encoding="utf-8", newline="")
    (tmp_path / "summary.csv").write_text("topic,Verkehr\nurl,https://pol.is/5twd2jsnkf\n", encoding="utf-8")
    return path


def ideas() -> list[Idea]:
    return list(db.session.scalars(sa.select(Idea).where(Idea.external_id.is_not(None)).order_by(Idea.id)))


def test_accepted_statements_become_ideas_and_the_others_are_told(run, comments, tmp_path):
    rejects = tmp_path / "rejects.csv"
    said = run("--comments", str(comments), "--rejects", str(rejects))
    assert said.exit_code == 0, said.output
    made = ideas()
    assert [(idea.external_id, idea.title, idea.body) for idea in made] == [
        ("5twd2jsnkf:0", "버스를 늘려 주세요, 밤에도", ""),
        ("5twd2jsnkf:4", "두 줄에 쓴 문장", ""),
    ]
    assert (made[0].created_at.year, made[0].author_id, made[0].imported_agree_count) == (2022, None, None)
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        told = {row["external_id"]: row["reason"] for row in csv.DictReader(file)}
    assert set(told) == {"5twd2jsnkf:1", "5twd2jsnkf:2", "5twd2jsnkf:3"}
    assert "받아들이지 않은" in told["5twd2jsnkf:1"]
    assert "주민등록번호" in told["5twd2jsnkf:3"]
    assert "투표는 가져오지 않았어요" in said.output
    assert "5줄 가운데 2건" in said.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 0


def test_again_imports_nothing_twice_and_another_conversation_is_another(run, comments, tmp_path):
    words = ("--comments", str(comments), "--rejects", str(tmp_path / "rejects.csv"))
    assert run(*words).exit_code == 0
    assert "이미 있던 제안은 2건" in run(*words).output
    assert len(ideas()) == 2
    assert run(*words, "--conversation", "other").exit_code == 0
    assert len(ideas()) == 4
    of_imports = sa.select(AuditEntry.after).where(AuditEntry.action == "ideas.import").order_by(AuditEntry.id)
    entries = db.session.scalars(of_imports).all()
    assert [entry["imported"] for entry in entries] == [2, 0, 2]


@pytest.mark.parametrize(
    ("content", "words", "reason"),
    [
        (HEADER.encode() + b",,1,,,,1,a\n", [], "--conversation"),
        (HEADER.encode() + b",,1,,,,1,a\n", ["--conversation", "이름"], "--conversation"),
        (
            b"external_id,title\n1,a\n",
            ["--conversation", "c"],
            "필요한 열이 없어요: comment-id, moderated, comment-body",
        ),
        (HEADER.encode(), ["--conversation", "c"], "가져올 문장이 없어요"),
        (b"", ["--conversation", "c"], "필요한 열이 없어요"),
        (HEADER.encode() + "버스".encode("cp949"), ["--conversation", "c"], "UTF-8"),
        (HEADER.encode() + b',,1,,,,1,"a\n', ["--conversation", "c"], "CSV 형식이 깨져 있어요"),
    ],
)
def test_what_cannot_be_read_is_said_and_changes_nothing(run, tmp_path, content, words, reason):
    path = tmp_path / "alone.csv"
    path.write_bytes(content)
    said = run("--comments", str(path), *words)
    assert (said.exit_code, ideas()) == (1, [])
    assert reason in said.output


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",,one,,,,1,a", "comment-id"),
        (",,,,,,1,a", "comment-id"),
        (",,1,,,,,a", "받아들였다고 적혀 있지 않아요"),
        (",,1", "받아들였다고 적혀 있지 않아요"),
        (",,1,,,,1,", "제목"),
        (",,1,,,,1,a,b", "칸이"),
        ("soon,,1,,,,1,a", "timestamp"),
        ("9" * 30 + ",,1,,,,1,a", "timestamp"),
        (",,1,,,,1," + "가" * 301, "300"),
    ],
)
def test_a_row_that_cannot_be_taken_is_told_and_the_others_go_in(run, tmp_path, row, reason):
    path, rejects = tmp_path / "comments.csv", tmp_path / "rejects.csv"
    path.write_text(HEADER + row + "\n,,7,,,,1,버스\n", encoding="utf-8")
    said = run("--comments", str(path), "--conversation", "c", "--rejects", str(rejects))
    assert said.exit_code == 0, said.output
    assert [idea.external_id for idea in ideas()] == ["c:7"]
    assert reason in rejects.read_text(encoding="utf-8-sig")


def test_a_citizen_imports_nothing(run, comments, make):
    said = run("--comments", str(comments), "--as", make.citizen().email)
    assert (said.exit_code, ideas()) == (1, [])


def test_an_export_of_another_forum_is_imported_and_its_votes_compared(run, make, tmp_path):
    made = crowd(make)
    db.session.commit()
    with export_votes(made.campaign, SYSTEM).file as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        db.session.commit()
        archive.extractall(tmp_path)
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Vote))
    files = ("--comments", str(tmp_path / "comments.csv"), "--votes", str(tmp_path / "participants-votes.csv"))
    said = run(*files)
    assert said.exit_code == 0, said.output
    titles = {idea.title for idea in made.shared + made.dividing}
    assert {idea.title for idea in ideas()} == titles
    assert {idea.external_id.partition(":")[0] for idea in ideas()} == {made.campaign.slug}
    assert "사람 80명, 문장 12건" in said.output
    assert "의견 갈래 2개 (사람: 40, 40)" in said.output
    first = [line for line in said.output.splitlines() if " % (" in line]
    assert {line.split(")  ")[1] for line in first[:4]} == {idea.title for idea in made.shared}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == before


def test_votes_that_cannot_be_read_leave_nothing_imported(run, comments, tmp_path):
    (tmp_path / "votes.csv").write_text("participant,0\n1,yes\n", encoding="utf-8")
    said = run("--comments", str(comments), "--votes", str(tmp_path / "votes.csv"))
    assert (said.exit_code, ideas()) == (1, [])
    assert "line 2" in said.output
