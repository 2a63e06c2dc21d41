from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("1", "버스 정기권", "")],
        [(str(n), "버스 정기권을 만들어 주세요", "같은 글입니다") for n in range(40)],
        [("1", "", ""), ("2", "ㅋㅋ", "!!")],
        [("1", "가" * 5_000, ""), ("2", "a" * 5_000, "b" * 5_000)],
        [("1", "🌍🌱", "🚲"), ("2", "☀️", "🌊")],
        [("1", "more buses please", "we need them"), ("2", "plant trees", "in our town")],
        [("1", "\ud800 버스", "\x00 \u2028"), ("2", "\u1107\u1165\u1109\u1173", "한글")],
    ],
    ids=["none", "one", "identical", "no-words", "long-words", "emoji", "english", "odd-characters"],
)
def test_odd_corpora_give_an_honest_table(tmp_path, capsys, rows):
    path = tmp_path / "i.jsonl"
    path.write_text("".join(json.dumps(dict(zip(("id", "title", "body"), row, strict=True))) + "\n" for row in rows))
    assert main(["themes", "--ideas", str(path), "--encoder", "none"]) == 0
    said = capsys.readouterr().out.splitlines()[0]
    assert said.startswith(f"{len(rows)} ideas, ")


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_end_in_a_traceback(tmp_path, ideas, labels):
    (tmp_path / "i.jsonl").write_bytes(ideas)
    (tmp_path / "l.csv").write_bytes(b"id,theme\n" + labels)
    said = main(
        ["evaluate", "--ideas", str(tmp_path / "i.jsonl"), "--labels", str(tmp_path / "l.csv"), "--encoder", "none"]
    )
    assert said in {0, 1}


def test_an_unknown_encoder_or_tagger_is_named(files, capsys):
    for option, value, words in (
        ("--encoder", "word2vec", "there are: auto"),
        ("--tagger", "kiwi", "there are: mecab"),
    ):
        assert main(["themes", "--ideas", str(files[0]), option, value]) == 1
        assert words in capsys.readouterr().err
