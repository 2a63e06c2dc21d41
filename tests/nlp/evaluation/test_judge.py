from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from nlp.__main__ import main
from nlp.evaluation.files import InputError
from nlp.evaluation.judge import draw_themes, nearest_pairs, select_ideas
from nlp.pipeline import analyse
from nlp.records import FoundTheme, IdeaText, Member, Theming
from tests.nlp.test_pipeline import SUBJECTS, corpus


@pytest.fixture
def ideas(tmp_path):
    rows = [
        {"external_id": f"town-{100 * subject + n}", "title": title, "body": f"{title}, 부탁합니다."}
        for subject, titles in enumerate(SUBJECTS)
        for n, title in enumerate(titles)
    ]
    rows[0]["title"] = "=1+1 " + rows[0]["title"]
    path = tmp_path / "ideas.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sheet_is_blind_and_repeatable(ideas, tmp_path):
    for name in ("one", "two"):
        assert main(["judge", "--ideas", str(ideas), "--out", str(tmp_path / f"{name}.csv"), "--members", "3"]) == 0
    rows = read(tmp_path / "one.csv")
    assert rows == read(tmp_path / "two.csv")
    assert [row["theme"] for row in rows] == [*"AAABBBCCC"]
    assert not any(row["belongs"] or row["title_rating"] for row in rows)
    assert not any(row["member_title"].startswith("=") for row in rows)
    assert len(read(tmp_path / "one.pairs.csv")) == 3
    key = json.loads((tmp_path / "one.key.json").read_text(encoding="utf-8"))
    assert sorted(theme["index"] for theme in key["themes"].values()) == [0, 1, 2]


def test_odd_ids_are_another_half_than_even_ones():
    ideas = {name: IdeaText(n, "버스", "") for n, name in enumerate(["town-8", "town-9", "12", "none"])}
    assert list(select_ideas(ideas, (1, 2))) == ["town-9"]
    assert list(select_ideas(ideas, (0, 2))) == ["town-8", "12"]
    with pytest.raises(InputError, match="leaves 3"):
        select_ideas(ideas, (3, 7))


def test_what_is_not_counted_is_drawn_too_and_mixed_in():
    members = tuple(Member(key, 0.5) for key in range(20))
    reasons = {key: "LOOSE" if key < 25 else "TOO_FEW_FELLOWS" for key in range(20, 30)}
    nearest = dict.fromkeys(range(20, 30), 0)
    theming = Theming((FoundTheme("버스", (), members, (0,), 0.5, 0),), reasons, nearest=nearest)
    names = {key: f"id{key}" for key in range(30)}
    (theme,) = draw_themes(theming, names, seed=0, n_themes=25, n_members=10).values()
    tiers = list(theme.tiers.values())
    assert (tiers.count("counted"), tiers.count("loose"), tiers.count("left_out")) == (10, 3, 3)
    assert tiers != sorted(tiers)
    assert theme.sizes == {"counted": 20, "loose": 5, "left_out": 5}


def test_the_most_alike_themes_come_first():
    texts = ["버스 요금 할인", "버스 요금 인하", "나무 심기", "숲 나무 심기"]
    ideas = {key: IdeaText(key, text, "") for key, text in enumerate(texts)}
    themes = [FoundTheme(text, (), (Member(key, 1.0),), (key,), 1.0, 0) for key, text in enumerate(texts)]
    assert set(nearest_pairs(themes, ideas, 2)) == {(0, 1), (2, 3)}
    assert nearest_pairs(themes[:1], ideas) == []
    assert nearest_pairs(analyse([]).themes, {}) == []


@pytest.mark.parametrize("arguments", [["--out", "s.csv"], ["--score", "nothing.csv"]])
def test_what_is_missing_is_named_without_a_traceback(tmp_path, capsys, arguments):
    assert main(["judge", arguments[0], str(tmp_path / arguments[1])]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_themes_of_the_sheet_are_those_of_the_analysis():
    theming = analyse(corpus())
    names = {idea.key: str(idea.key) for idea in corpus()}
    for theme in draw_themes(theming, names, 3, 25, 10).values():
        assert set(theme.tiers) == {str(member.key) for member in theming.themes[theme.index].members}
