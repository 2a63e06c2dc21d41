from __future__ import annotations

import json

import pytest

from nlp.__main__ import main
from nlp.evaluation import evaluate
from nlp.text import tokens

ROWS = [
    {"id": "a", "title": "따릉이 대여소를 늘려 주세요", "body": "<p>우리 동네 지하철역 앞</p>"},
    {"id": "b", "title": "따릉이 대여소 확대", "body": "지하철역 앞에 늘려요"},
    {"id": "c", "title": "카페 일회용컵 보증금", "body": "플라스틱을 줄입시다"},
    {"id": "d", "title": "학교 급식 채식의 날", "body": "학생과 선생님이 함께"},
]
LABELS = "id,ministry,dup\na,지방자치단체,\nb,LOCAL,a\nc,기후에너지환경부,\nd,,\n"


@pytest.fixture
def files(tmp_path):
    def write(rows=ROWS, labels=LABELS):
        ideas = tmp_path / "ideas.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        ideas.write_text("\n".join(lines), encoding="utf-8")
        (tmp_path / "labels.csv").write_text(labels, encoding="utf-8")
        return ["--ideas", str(ideas), "--labels", str(tmp_path / "labels.csv"), "--encoder", "none"]

    return write


def test_route_prints_one_line(files, capsys):
    assert main(["route", *files()]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["top1"], said["top3"], said["n"]) == (1.0, 1.0, 3)
    assert sum(row["n"] for row in said["reliability"]) == 3


def test_route_learns_first_from_past_cases(files, capsys, tmp_path):
    arguments = files()
    assert main(["route", *arguments, "--train-ideas", arguments[1], "--train-labels", arguments[3]]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 3


def test_route_learns_from_the_other_folds(files, capsys):
    assert main(["route", *files(), "--folds", "3"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 3


@pytest.mark.parametrize("folds", ["1", "4", "-2"])
def test_folds_that_cannot_be_are_refused(files, capsys, folds):
    assert main(["route", *files(), "--folds", folds]) == 1
    assert "cannot be split" in capsys.readouterr().err


def test_folds_and_past_cases_exclude_each_other(files, capsys):
    arguments = files()
    options = ["--folds", "2", "--train-ideas", arguments[1], "--train-labels", arguments[3]]
    assert main(["route", *arguments, *options]) == 1
    assert "exclude each other" in capsys.readouterr().err


def test_similar_prints_one_line(files, capsys):
    assert main(["similar", *files()]) == 0
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"recall_at_5", "trigram_recall_at_5", "n_queries", "ms_per_query"}
    assert (said["recall_at_5"], said["trigram_recall_at_5"], said["n_queries"]) == (1.0, 1.0, 1)


@pytest.mark.parametrize(
    ("command", "rows", "labels", "words"),
    [
        ("route", ROWS, "id,ministry\nzz,지방자치단체\n", "not among the ideas, such as zz"),
        ("route", ROWS, "id,ministry\na,우주부\n", "no ministry is called"),
        ("route", ROWS, "id,theme\na,X\n", "needs the columns id and ministry"),
        ("route", ROWS, "id,ministry\na,\n", "no idea has a ministry"),
        ("route", [*ROWS, "{broken"], LABELS, "line 5"),
        ("route", [], LABELS, "not among the ideas"),
        ("similar", ROWS, "id,ministry\na,LOCAL\n", "needs the columns id and dup"),
        ("similar", ROWS, "id,dup\nb,zz\n", "not among the ideas, such as zz"),
        ("similar", ROWS, "id,dup\nzz,a\n", "not among the ideas, such as zz"),
        ("similar", ROWS, "id,dup\na,a\n", "repeat itself"),
        ("similar", ROWS, "id,dup\na,\n", "no idea repeats another"),
        ("similar", ROWS[:1], "id,dup\na,b\n", "not among the ideas"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_line(files, capsys, command, rows, labels, words):
    assert main([command, *files(rows, labels)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["route", "similar"])
def test_odd_texts_are_judged_like_any_other(files, capsys, command):
    odd = [{"id": "e", "title": "\ud800", "body": ""}, {"id": "f", "title": "", "body": None},
           {"id": "g", "title": "가" * 5000, "body": "🌱"}, {"id": "h", "title": "ㄱㅏ", "body": ""}]  # fmt: skip
    labels = LABELS + "e,LOCAL,f\ng,LOCAL,h\n"
    assert main([command, *files([*ROWS, *odd], labels)]) == 0
    assert json.loads(capsys.readouterr().out)


def test_half_of_the_training_files_is_refused(files, capsys):
    arguments = files()
    assert main(["route", *arguments, "--train-ideas", arguments[1]]) == 1
    assert "belong together" in capsys.readouterr().err


def test_an_unknown_encoder_is_refused(files, capsys):
    assert main(["similar", *files()[:4], "--encoder", "word2vec"]) == 1
    assert "unknown encoder" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["route", "similar"])
def test_an_unknown_tagger_is_refused(files, capsys, command):
    assert main([command, *files(), "--tagger", "kiwi"]) == 1
    assert "there are: mecab" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["route", "similar"])
def test_another_tagger_reads_the_ideas(files, capsys, monkeypatch, command):
    class BySpaces:
        def pos(self, text: str) -> list[tuple[str, str]]:
            return [(word, "NNG") for word in text.split()]

    monkeypatch.setattr(tokens, "get_tagger", lambda name="mecab": BySpaces() if name == "okt" else None)
    monkeypatch.setattr(evaluate, "get_tagger", tokens.get_tagger)
    assert main([command, *files(), "--tagger", "okt"]) == 0
    assert json.loads(capsys.readouterr().out)[{"route": "n", "similar": "n_queries"}[command]] > 0


@pytest.mark.parametrize("share", ["2", "-0.1", "half", "nan"])
def test_a_share_of_meaning_is_a_number_from_0_to_1(files, capsys, share):
    with pytest.raises(SystemExit):
        main(["similar", *files(), "--meaning", share])
    assert "no number from 0 to 1" in capsys.readouterr().err


def test_synonyms_and_the_share_of_meaning_can_be_switched_off(files, capsys):
    assert main(["similar", *files(), "--no-synonyms", "--meaning", "0"]) == 0
    assert "recall_at_5" in json.loads(capsys.readouterr().out)
