from __future__ import annotations

import json

import pytest

from nlp.__main__ import main
from tests.nlp.test_pipeline import SUBJECTS


@pytest.fixture
def files(tmp_path):
    ideas = tmp_path / "ideas.jsonl"
    rows = [
        {"id": f"{subject}{n}", "title": title, "body": f"<p>{title}에 대한 제안입니다.</p>"}
        for subject, titles in enumerate(SUBJECTS)
        for n, title in enumerate(titles)
    ]
    ideas.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    labels = tmp_path / "labels.csv"
    labels.write_text("id,theme\n" + "".join(f"{row['id']},{row['id'][0]}\n" for row in rows), encoding="utf-8")
    return ideas, labels


def test_evaluate_prints_one_json_line(files, capsys):
    ideas, labels = files
    assert main(["evaluate", "--ideas", str(ideas), "--labels", str(labels), "--encoder", "none"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert set(said) == {"nmi", "ari", "n_themes", "coverage", "seconds", "peak_mb"}
    assert (said["nmi"], said["ari"], said["n_themes"]) == (1.0, 1.0, 3)


def test_themes_prints_a_table(files, capsys):
    assert main(["themes", "--ideas", str(files[0]), "--encoder", "none"]) == 0
    assert "12 ideas, 3 themes, 0 unthemed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ideas", "labels", "words"),
    [
        ("{broken\n", "id,theme\n", "line 1"),
        ('{"title": "가"}\n', "id,theme\n", "line 1"),
        ('{"id": 1, "title": "가"}\n{"id": 1, "title": "나"}\n', "id,theme\n", "twice"),
        ('{"id": 1, "title": "가"}\n', "id,theme\n2,A\n", "not among the ideas"),
        ('{"id": 1, "title": "가"}\n', "number\n2\n", "columns"),
        ('{"id": 1, "title": "가"}\n', "id,theme\n1,\n", "no idea has a label"),
    ],
)
def test_bad_files_are_named_without_a_traceback(tmp_path, capsys, ideas, labels, words):
    (tmp_path / "i.jsonl").write_text(ideas, encoding="utf-8")
    (tmp_path / "l.csv").write_text(labels, encoding="utf-8")
    assert main(["evaluate", "--ideas", str(tmp_path / "i.jsonl"), "--labels", str(tmp_path / "l.csv")]) == 1
    assert words in capsys.readouterr().err


def test_a_missing_file_is_named(tmp_path, capsys):
    assert main(["themes", "--ideas", str(tmp_path / "none.jsonl")]) == 1
    assert "none.jsonl" in capsys.readouterr().err
