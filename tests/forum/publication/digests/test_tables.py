from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from forum.publication.digests.columns import TABLES
from forum.publication.digests.content import IdeaLine
from forum.publication.digests.tables import DTYPES, tables_of
from forum.publication.representation.queries import Breakdown, Group, Representation
from tests.forum.publication.digests.contents import (
    HOSTILE_TITLES,
    empty_content,
    everyday_part,
    example_content,
    idea,
    promised_content,
    theme,
)


def row_of(table, key, value) -> dict[str, object]:
    return table.frame[table.frame[key] == value].iloc[0].to_dict()


def test_every_column_is_typed_labelled_and_explained():
    for key, table in tables_of(promised_content()).items():
        assert list(table.frame.columns) == [column.key for column in table.columns], key
        assert len({column.label for column in table.columns}) == len(table.columns), key
        for column in table.columns:
            assert table.frame[column.key].dtype == pd.Series(dtype=DTYPES[column.kind]).dtype, (key, column.key)
            assert column.about.endswith("요."), (key, column.key)


def test_the_tables_come_in_the_order_of_the_sheets_and_fit_on_tabs():
    tables = tables_of(promised_content(everyday=everyday_part()))
    assert list(tables) == list(TABLES)
    titles = [table.title for table in tables.values()]
    assert len(set(titles)) == len(titles)
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\'") for title in titles)


def test_every_idea_of_run_and_themes_stands_once_with_its_themes():
    content = example_content()
    other = idea(90)  # of a theme, but no longer of the run
    both = replace(content.themes[1], ideas=(*content.themes[1].ideas, content.ideas[0], other))
    content = replace(content, themes=(content.themes[0], both))
    table = tables_of(content)["ideas"]
    assert list(table.frame["id"]) == sorted([*(one.id for one in content.ideas), 90])
    first = row_of(table, "id", 1)
    assert (first["theme_ids"], first["themes"]) == ("1, 2", f"{content.themes[0].title} / {HOSTILE_TITLES[1]}")
    assert row_of(table, "id", 10)["theme_ids"] == ""


def test_an_idea_has_the_numbers_of_the_content():
    content = example_content()
    table = tables_of(content)["ideas"]
    line, row = content.idea(12), row_of(table, "id", 12)
    assert (row["agree"], row["disagree"], row["pass"], row["comments"]) == (22, 0, 2, 0)
    assert (row["support"], row["support_low"], row["support_high"]) == (
        line.support.value, line.support.low, line.support.high,
    )  # fmt: skip
    assert (row["ground"], row["ground_low"], row["ground_high"]) == pytest.approx((0.8, 0.72, 0.86))
    assert row["badge"]
    assert row["cost_to_lose"] == 4
    assert row["created_on"] == pd.Timestamp(line.created_on)
    assert row_of(table, "id", 40)["copy_of"] == 1
    assert row_of(table, "id", 9)["left_out"] == "어느 묶음과도 가깝지 않음"
    assert row_of(table, "id", 41)["imported_agree"] == 17


def test_too_few_votes_and_no_snapshot_leave_cells_empty():
    row = row_of(tables_of(example_content())["ideas"], "id", 41)
    assert [pd.isna(row[key]) for key in ("support", "support_low", "ground", "copy_of", "cluster")] == [True] * 5


def test_who_put_an_idea_into_its_theme_and_whether_it_stands_for_it():
    table = tables_of(example_content())["ideas"]
    assert [row_of(table, "id", key)["added_by"] for key in (1, 40, 10)] == ["자동 분석", "분석가", ""]
    assert [bool(row_of(table, "id", key)["is_representative"]) for key in (1, 2, 3)] == [True, True, False]


def test_themes_have_their_sums_and_their_latest_letter():
    content = example_content()
    table = tables_of(content)["themes"]
    first = row_of(table, "id", 1)
    assert (first["ideas"], first["agree"], first["copies"]) == (9, content.themes[0].agree, 1)
    assert (first["support"], first["percent_done"]) == (content.themes[0].support.value, 0.4)
    assert (first["number"], first["ministry"], first["decision"]) == ("2026-001", "국토교통부", "수용")
    assert first["ground_idea"] == content.themes[0].best_ground.id
    assert bool(row_of(table, "id", 2)["is_new"])
    assert not bool(first["is_new"])
    assert row_of(table, "id", 3)["state"] == "전달 전"


def test_letters_promises_and_punctuality_are_all_there():
    tables = tables_of(example_content())
    answered, late = (row_of(tables["answers"], "number", number) for number in ("2026-001", "2026-002"))
    assert (answered["answered_on"], bool(answered["is_new"])) == (pd.Timestamp(date(2026, 11, 12)), True)
    assert (late["days_late"], pd.isna(late["answered_on"]), late["decision"]) == (4, True, "")
    assert tables["milestones"].frame.iloc[0]["percent_done"] == 0.4
    assert tables["on_time"].frame[["on_time", "overdue"]].to_numpy().tolist() == [[1, 0], [0, 1]]


def test_hidden_cells_are_empty_and_marked():
    tables = tables_of(example_content())
    for key, where in (("sectors", "건물"), ("regions", "부산")):
        row = row_of(tables[key], key[:-1], where)
        assert pd.isna(row["ideas"])
        assert row["is_hidden"]
    crossings = tables["crossings"].frame
    assert int(crossings["is_hidden"].sum()) == int(crossings["ideas"].isna().sum()) == 1


def test_participants_are_shares_and_hidden_ones_say_so():
    groups = (Group("10대", 12, 9), Group("90대 이상", None, 1))
    by_age = Breakdown("나이", groups, 7, "", date(2026, 1, 1), "행정안전부")
    people = Representation(120, date(2026, 11, 19), (by_age,))
    rows = tables_of(example_content(participants=people))["participants"].frame
    assert rows["share"].fillna(-1).tolist() == [0.12, -1, 0.07]
    assert rows["is_hidden"].tolist() == [False, True, False]


def test_groups_tell_how_they_voted_and_hide_the_few():
    content = example_content()
    shy = replace(content.ideas[0].ground.groups[1], votes=None, share=None)
    ground = replace(content.ideas[0].ground, groups=(content.ideas[0].ground.groups[0], shy))
    content = replace(content, ideas=(replace(content.ideas[0], ground=ground), *content.ideas[1:]))
    rows = tables_of(content)["group_votes"].frame
    assert rows.iloc[:2]["letter"].tolist() == ["가 갈래", "나 갈래"]
    assert rows.iloc[0]["votes"] == 20
    assert rows.iloc[1][["votes", "share", "low"]].isna().all()


def test_counts_changes_and_the_ideas_in_front():
    tables = tables_of(example_content())
    votes = row_of(tables["overview"], "name", "투표")
    assert (votes["total"], votes["in_period"]) == (412, 120)
    assert row_of(tables["overview"], "name", "받은 답변")["in_period"] == 1
    assert tables["changes"].frame["difference"].tolist() == [6, 120]
    assert tables["headline"].frame["idea"].tolist() == [1, 5, 21]
    assert tables["headline"].note == "후보 투표에서 고른 대표안이에요."


def test_days_of_one_column_end_before_the_next():
    content = example_content()
    weeks = replace(content.over_time, days=7, points=((date(2026, 11, 2), 4), (date(2026, 11, 9), 5)))
    rows = tables_of(replace(content, over_time=weeks))["over_time"].frame
    assert rows["to_day"].tolist() == [pd.Timestamp("2026-11-08"), pd.Timestamp("2026-11-15")]


def test_the_method_is_told_in_korean():
    rows = tables_of(
        example_content(
            parameters={
                "recipe": "English",
                "granularity": "fine",
                "min_size": 3,
                "topics": True,
                "user_words": ["따릉이", "대여소"],
            }
        )
    )
    told = dict(zip(rows["method"].frame["name"], rows["method"].frame["value"], strict=True))
    assert told["한 묶음에 있어야 하는 서로 다른 제안"] == "3"
    assert told["알려진 주제 목록에서 시작하는지"] == "예"
    assert told["한 낱말로 읽은 말"] == "따릉이, 대여소"
    assert told["주제를 나누는 정도"] == "세밀하게"
    assert "English" not in told.values()
    assert (rows["method"].frame["part"] == "한계").sum() > 3


def test_an_empty_digest_has_empty_tables_of_the_same_types():
    tables = tables_of(empty_content())
    full = tables_of(example_content())
    assert {key for key, table in tables.items() if len(table.frame)} == {"overview", "method"}
    assert all((tables[key].frame.dtypes == full[key].frame.dtypes).all() for key in full)


def test_a_theme_without_ideas_has_a_row():
    content = example_content(themes=(theme(3, "가" * 100, [], ()),))
    row = row_of(tables_of(content)["themes"], "id", 3)
    assert (row["ideas"], pd.isna(row["support"]), pd.isna(row["ground"])) == (0, True, True)


def test_no_table_names_a_person():
    authors = {"author", "author_id", "email", "account", "participant"}
    keys = {column.key for columns in TABLES.values() for column in columns()}
    assert not keys & authors
    assert not authors & set(IdeaLine.__dataclass_fields__)
