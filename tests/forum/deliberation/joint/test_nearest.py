from __future__ import annotations

import subprocess
import sys

from forum.deliberation.joint.nearest import MIN_LIKENESS, Nearest, Text, learn

SOLAR, BUSES = 1, 2
THEMES = {
    SOLAR: [
        Text("학교 지붕 태양광", ["학교", "지붕", "태양광", "설치"]),
        Text("주차장 태양광", ["주차장", "태양광", "지붕", "설치"]),
        Text("마을 태양광 발전", ["마을", "태양광", "발전"]),
    ],
    BUSES: [
        Text("마을 버스 늘리기", ["마을", "버스", "늘리"]),
        Text("밤 버스", ["밤", "버스", "노선", "늘리"]),
        Text("버스 요금", ["버스", "요금", "노선"]),
    ],
}


def test_an_idea_goes_to_the_theme_whose_words_it_has():
    words = learn(THEMES)
    assert words.nearest(Text("아파트에도 태양광을", ["아파트", "태양광", "설치"])).theme_id == SOLAR
    assert words.nearest(Text("버스 노선을 더", ["버스", "노선", "더"])).theme_id == BUSES


def test_what_shares_no_word_with_any_theme_is_new():
    words = learn(THEMES)
    assert words.nearest(Text("동물원 돌아보기", ["동물원", "보호소"])) == Nearest(None, 0.0)
    assert words.nearest(Text("", [])) == Nearest(None, 0.0)
    assert learn({}).nearest(Text("버스", ["버스"])) == Nearest(None, 0.0)


def test_one_word_of_many_is_too_little():
    found = learn(THEMES, [Text("동물원", ["동물원", "보호소", "사육사", "우리"])] * 2).nearest(
        Text("동물원 사육사", ["동물원", "사육사", "보호소", "우리", "마을"])
    )
    assert found.theme_id is None
    assert 0 < found.likeness < MIN_LIKENESS


def test_words_of_the_title_count_more_than_those_of_the_text():
    words = learn(THEMES)
    tokens = ["버스", "태양광"]
    assert words.nearest(Text("버스", tokens)).theme_id == BUSES
    assert words.nearest(Text("태양광", tokens)).theme_id == SOLAR


def test_of_two_equally_near_themes_the_first_made_is_taken():
    same = [Text("버스", ["버스"]), Text("버스", ["버스"])]
    assert learn({7: same, 3: same}).nearest(Text("버스", ["버스"])).theme_id == 3


def test_a_member_is_not_like_a_theme_only_because_it_is_in_it():
    """Left out of its own theme, as figures need it."""
    lone = Text("동물원 보호소", ["동물원", "보호소"])
    words = learn({SOLAR: [*THEMES[SOLAR], lone], BUSES: THEMES[BUSES]}, [lone])
    assert words.nearest(lone).likeness > MIN_LIKENESS
    assert words.nearest(lone, member_of=SOLAR).likeness < 1e-9


def test_a_web_process_loads_no_model_for_it():
    code = (
        "import sys, forum.deliberation.joint.nearest, forum.deliberation.joint.rooms_apart as r; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "sklearn", "scipy"} & set(loaded)
