from __future__ import annotations

import csv
import json

import pytest

from nlp.evaluation.files import InputError
from nlp.evaluation.sheet_scores import precision_interval, score_sheet

KEY = {
    "themes": {
        "A": {
            "index": 0,
            "title": "버스",
            "sizes": {"counted": 20, "loose": 4, "left_out": 0},
            "tiers": {"1": "counted", "2": "counted", "3": "loose"},
        },
        "B": {"index": 1, "title": "나무", "sizes": {"counted": 1}, "tiers": {"4": "counted"}},
    }
}
ROWS = [("A", "1", "1", "good"), ("A", "3", "1", ""), ("A", "2", "0", ""), ("B", "4", "1", "BAD")]


@pytest.fixture
def sheet(tmp_path):
    def write(rows=ROWS, pairs=(("1", "1"), ("2", "0")), encoding="utf-8-sig"):
        for name, header, lines in (
            ("s.csv", ("theme", "member", "belongs", "title_rating"), rows),
            ("s.pairs.csv", ("pair", "one"), pairs),
        ):
            with (tmp_path / name).open("w", encoding=encoding, newline="") as file:
                csv.writer(file).writerows([header, *lines])
        (tmp_path / "s.key.json").write_text(json.dumps(KEY), encoding="utf-8")
        return tmp_path / "s.csv"

    return write


def test_a_filled_sheet_is_scored(sheet):
    said = score_sheet(sheet())
    assert (said["n_themes"], said["n_counted"], said["precision"]) == (2, 3, 0.6667)
    assert said["kept"] == round((20 * 0.5 + 1) / (20 * 0.5 + 1 + 4), 4)  # the one loose row stands for four ideas
    assert said["titles"] == {"good": 1, "usable": 0, "bad": 1}
    assert (said["n_pairs"], said["pairs_one"], said["faults"]) == (2, 1, [])


def test_a_sheet_may_be_sorted_and_saved_by_korean_excel(sheet):
    assert score_sheet(sheet(ROWS[::-1], encoding="cp949")) == score_sheet(sheet())


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("A", "1", "", "good"), "row 2: belongs is empty"),
        (("A", "1", "yes", "good"), "row 2: belongs is 'yes', not 1 or 0"),
        (("A", "9", "1", "good"), "row 2: idea '9' was not drawn for theme 'A'"),
        (("A", "2", "1", "good"), "row 4: idea '2' of theme 'A' stands there twice"),
        (("A", "1", "1", "fine"), "row 2: title_rating is 'fine', not one of good, usable, bad"),
        (("A", "1", "1", ""), "row 2: title_rating of theme A is empty"),
    ],
)
def test_missing_and_invalid_cells_are_named_with_their_row(sheet, row, fault):
    assert fault in score_sheet(sheet([row, *ROWS[1:]]))["faults"]


def test_a_row_that_was_deleted_and_two_ratings_are_named(sheet):
    faults = score_sheet(sheet([*ROWS[:2], ("B", "4", "1", "bad"), ("B", "4", "1", "good")], [("1", "")]))["faults"]
    assert "theme A: the row of idea '2' is missing" in faults
    assert "row 4: title_rating of theme B is both bad and good" in faults
    assert "pairs, row 2: one is empty" in faults


def test_the_interval_widens_where_rows_of_a_theme_are_alike():
    mixed, alike = precision_interval([5] * 10, [10] * 10), precision_interval([10, 0] * 5, [10] * 10)
    assert mixed == (0.5, 0.5)
    assert alike is not None
    assert alike[0] < 0.3 < 0.7 < alike[1]
    assert precision_interval([3], [4]) is None
    assert precision_interval([4, 4], [4, 4]) == (1.0, 1.0)


def test_files_that_are_no_sheet_are_named(sheet, tmp_path):
    path = sheet()
    (tmp_path / "s.key.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match=r"key\.json is no key"):
        score_sheet(path)
    sheet()
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(InputError, match="needs the columns theme"):
        score_sheet(path)
