"""What the program ships: whole, dated, and, where it is a sample, written and not stamped out."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from itertools import combinations
from statistics import median

import pytest

from forum.analysis.themes.models import ThemeState
from forum.core.reference import DATA_DIR, Sector, regions
from forum.development.sample.people import AGES
from forum.development.sample.themes import MARK
from forum.development.sample.voices import FOLDER, everyday_rows, sample_rows
from forum.people.ministries.models import MinistryKind
from forum.response.pledges.catalogue import catalogue
from forum.response.referrals.models import Decision
from forum.voice.campaigns.models import CampaignKind

MAX_SHARED_GRAMS = 0.30
MAX_SAME_FIRST_SENTENCE = 3


@pytest.fixture(scope="module")
def rows():
    return sample_rows()


@pytest.fixture(scope="module")
def story():
    return json.loads((DATA_DIR / "sample" / "story.json").read_text(encoding="utf-8"))


def table(name: str) -> list[dict[str, str]]:
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grams(text: str) -> set[str]:
    flat = re.sub(r"\s", "", text)
    return {flat[place : place + 4] for place in range(len(flat) - 3)}


def test_there_are_at_least_300_ideas_and_20_in_each_sector(rows):
    assert len(rows) >= 300
    in_sector = Counter(row["sector"] for row in rows)
    assert set(in_sector) == set(Sector.__members__)
    assert min(in_sector.values()) >= 20


def test_ideas_are_long_enough_to_be_read_and_named_once(rows):
    assert median(len(row["body"]) for row in rows) >= 120
    assert max(Counter(row["id"] for row in rows).values()) == 1


def test_a_tenth_are_near_copies_and_a_twentieth_off_topic(rows):
    ids = {row["id"] for row in rows}
    copies = [row for row in rows if row["copy_of"]]
    assert {row["copy_of"] for row in copies} <= ids
    assert len(copies) / len(rows) == pytest.approx(0.10, abs=0.02)
    assert sum(row["off_topic"] for row in rows) / len(rows) == pytest.approx(0.05, abs=0.02)


def test_people_of_all_ages_and_regions_speak_in_many_ways(rows):
    assert {row["region"] for row in rows} == set(regions())
    ages = [row["age"] for row in rows]
    assert min(ages) <= 16
    assert max(ages) >= 75
    kinds = Counter(row["kind"] for row in rows)
    assert set(kinds) == {"plain", "vague", "emoji", "slips"}
    assert min(kinds.values()) >= 20


def test_no_two_bodies_are_one_template_with_words_swapped(rows):
    own = [(row["id"], grams(row["body"])) for row in rows if not row["copy_of"]]
    alike = [
        (first, second)
        for (first, a), (second, b) in combinations(own, 2)
        if len(a & b) > MAX_SHARED_GRAMS * min(len(a), len(b))
    ]
    assert alike == []


def test_people_begin_in_their_own_words(rows):
    first = Counter(re.split(r"(?<=[.!?…])\s|\n", row["body"].strip())[0] for row in rows if not row["copy_of"])
    assert [sentence for sentence, times in first.items() if times > MAX_SAME_FIRST_SENTENCE] == []


def test_chances_of_agreeing_and_disagreeing_leave_room_for_each_other(rows):
    for row in rows:
        assert len(row["support"]) == len(row["oppose"]) == 3
        assert all(p >= 0 and q >= 0 and p + q <= 1.0001 for p, q in zip(row["support"], row["oppose"], strict=True))
        assert 0 < row["reach"] <= 1


def test_everyday_ideas_are_small_and_of_many_people():
    rows = everyday_rows()
    assert 12 <= len(rows) <= 24
    assert len({row["title"] for row in rows}) == len({row["id"] for row in rows}) == len(rows)
    assert {row["region"] for row in rows} <= set(regions())
    assert min(row["age"] for row in rows) < 18
    assert max(row["age"] for row in rows) > 70
    assert sum(len(row["comments"]) for row in rows) >= 10
    own = [grams(row["body"]) for row in rows]
    assert not [1 for a, b in combinations(own, 2) if len(a & b) > MAX_SHARED_GRAMS * min(len(a), len(b))]
    for row in rows:
        assert all(p + q <= 1 for p, q in zip(row["support"], row["oppose"], strict=True))


def test_the_short_path_speaks_of_everyday_ideas_that_are_asked_where_they_are_about():
    asked = {row["id"]: row for row in everyday_rows() if "place" in row}
    path = json.loads((FOLDER / "short_path.json").read_text(encoding="utf-8"))
    named = [letter["idea"] for letter in path["letters"]]
    assert {*named, path["pilot"]["idea"], path["merged"]["idea"], path["merged"]["into"]} <= set(asked)
    for letter in path["letters"]:
        written = asked[letter["idea"]]["days_ago"]
        assert written > letter["days_ago"] > letter["received_days_ago"] > letter["answer"]["days_ago"]
    assert all("예시" in row["photo"]["caption"] for row in asked.values() if "photo" in row)


def test_the_story_speaks_of_ideas_and_ministries_that_exist(rows, story):
    ids = {row["id"] for row in [*rows, *everyday_rows()]}
    ministries = {row["code"] for row in table("ministries.csv")}
    assert {*story["citizen"]["ideas"], *(comment["idea"] for comment in story["citizen"]["comments"])} <= ids
    for theme in [*story["themes"], story["everyday"]["theme"]]:
        assert {*theme["ideas"], *theme.get("fits", ())} <= ids
        assert set(MARK.findall(theme["reason"] or "")) <= set(theme["ideas"])
        assert set(MARK.findall(theme["summary"])) <= set(theme["ideas"])
        assert MARK.search(theme["summary"])
        assert ministries >= set(_ministries_of(theme["letter"]))
        assert theme["decision"] == "OPEN" or theme["decision"] in ThemeState.__members__
        assert theme["answer"] is None or theme["answer"]["decision"] in Decision.__members__
    assert {story["campaign"]["kind"], story["everyday"]["kind"]} == set(CampaignKind.__members__)


def _ministries_of(letter):
    if letter is None:
        return []
    return [
        letter["to"],
        *letter["co"],
        *(step[key] for step in letter["steps"] for key in ("by", "to") if key in step),
    ]


def test_the_clocks_rules_name_their_article_and_say_what_was_read():
    rules = table("rules/national_proposals.csv")
    assert {rule["confirmed"] for rule in rules} == {"text", "house"}
    for rule in rules:
        assert rule["quote"]
        assert rule["source"]
        is_law = rule["confirmed"] != "house"
        assert bool(rule["article"]) is bool(rule["number"]) is bool(rule["promulgated_on"]) is is_law
        if rule["law"] == "국민 제안 규정":
            assert (rule["number"], rule["promulgated_on"]) == ("대통령령 제32787호", "2022-07-11")


def test_made_up_answers_say_that_they_are(story):
    answers = [theme["answer"] for theme in story["themes"] if theme["answer"]]
    assert len(answers) >= 3
    assert all(answer["reason"].startswith("(예시 답변)") for answer in answers)


def test_people_of_the_story_are_old_enough_and_live_everywhere(story):
    people = story["people"]
    assert len({person["display_name"] for person in people}) == len(people) >= 100
    assert min(person["age"] for person in people) >= 15
    assert {person["region"] for person in people} == set(regions())


def test_what_the_story_says_of_voters_and_ages_can_be_drawn(rows, story):
    groups, row_of = story["voters"]["groups"], {row["id"]: row for row in rows}
    assert len(groups) == len(rows[0]["support"])
    assert all(len(group["ages"]) == len(AGES) for group in groups)
    assert AGES[0][0] >= 15
    for key, more in story["ages"].items():
        assert len(more) == len(AGES)
        assert all(0 <= support + one <= 1 for support in row_of[key]["support"] for one in more)


def test_ministries_have_codes_kinds_sources_and_dates():
    rows = table("ministries.csv")
    names = {row["name"] for row in rows}
    assert {"기후에너지환경부", "산업통상부", "국토교통부", "재정경제부", "기획예산처", "지방자치단체"} <= names
    codes = [row["code"] for row in rows]
    assert len(set(codes)) == len(codes)
    for row in rows:
        assert row["kind"] in MinistryKind.__members__
        assert row["duties"]
        assert row["source"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["source_date"])
        assert not row["parent_code"] or row["parent_code"] in codes


def test_pledges_speak_to_people_and_say_where_each_figure_is_from():
    items = catalogue().values()
    assert 24 <= len(items) <= 40
    assert {item.kind for item in items} == set(Sector)
    for words in ([item.words_person for item in items], [item.words_group for item in items]):
        assert len(set(words)) == len(words)
        assert [one for one in words if not one.endswith("요") or re.search("나는|우리", one)] == []
    known = [item for item in items if item.has_figure]
    assert len(known) < len(items)  # what no opened source says stays unknown
    assert [item.key for item in known if not re.search(r"\d|없어요", item.source_page)] == []
    assert [item.key for item in known if not item.assumptions.endswith("요.")] == []


@pytest.mark.parametrize("name", ["netzero_lexicon.csv", "stopwords.csv"])
def test_word_lists_name_their_source_and_date(name):
    assert all(row["source"] and row["source_date"] for row in table(name))
