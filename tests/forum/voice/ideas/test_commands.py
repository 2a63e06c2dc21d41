from __future__ import annotations

import csv
import json

import pytest
import sqlalchemy as sa

from forum.core.extensions import db
from forum.voice.ideas.models import Idea


@pytest.fixture
def run(app, make):
    make.campaign(slug="real")

    def invoke(*words: str):
        db.session.commit()
        return app.test_cli_runner().invoke(args=["ideas", "import", *words])

    return invoke


def test_a_file_goes_in_and_what_does_not_is_written_beside_the_reason(run, tmp_path):
    path, rejects = tmp_path / "in.jsonl", tmp_path / "rejects.csv"
    rows = [{"external_id": "1", "title": "버스"}, {"external_id": "2", "title": ""}]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    said = run(str(path), "--campaign", "real", "--rejects", str(rejects))
    assert said.exit_code == 0, said.output
    assert "2줄 가운데 1건을 새로 가져왔습니다" in said.output
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        assert [(row["row"], row["external_id"]) for row in csv.DictReader(file)] == [("2", "2")]
    assert "이미 있던 제안 1건" in run(str(path), "--campaign", "real", "--rejects", str(rejects)).output


@pytest.mark.parametrize(
    ("content", "words", "reason"),
    [
        (b"external_id,title\n1,a\n", ["--campaign", "none"], "포럼이 없어요"),
        (b"title\na\n", ["--campaign", "real"], "필요한 열이 없어요"),
        (b"", ["--campaign", "real"], "비어"),
        (b"external_id,title\n1,a\n", ["--campaign", "real", "--as", "nobody@example.org"], "계정이 없어요"),
    ],
)
def test_what_cannot_be_read_is_said_and_changes_nothing(run, tmp_path, content, words, reason):
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    said = run(str(path), *words)
    assert said.exit_code == 1
    assert reason in said.output
    assert db.session.scalar(sa.select(sa.func.count(Idea.id))) == 0


def test_a_citizen_imports_nothing_by_command_either(run, make, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b"external_id,title\n1,a\n")
    said = run(str(path), "--campaign", "real", "--as", make.citizen().email)
    assert said.exit_code == 1
    assert "맡은 사람만" in said.output
