from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from nlp.pipeline import Settings, analyse
from nlp.records import IdeaText, Keyword
from nlp.text.tokens import PhraseMatcher, morphemes
from nlp.titles.generate import MAX_CHARS, disambiguate_titles, generate_title
from tests.nlp.test_pipeline import corpus


def title_of(*arguments: Any, **options: Any) -> str:
    return generate_title(*arguments, **options).text


def words(*names: str) -> list[Keyword]:
    return [Keyword(name, 10.0 - place, 3) for place, name in enumerate(names)]


def test_a_title_is_a_phrase_of_the_peoples_own_titles():
    titles = ["학교 급식 잔반 줄이기", "우리 학교 급식 잔반을 재자", "학교 급식 잔반 그래프"]
    assert title_of(titles, words("급식", "잔반", "학교")) == "학교 급식 잔반"


def test_what_many_ask_for_is_added_once():
    titles = ["자전거 대여소 확대", "자전거 대여소가 더 필요", "대여소 확대 요청", "자전거 대여소 부족"]
    assert title_of(titles, words("자전거", "대여소")) == "자전거 대여소 확대"


def test_a_request_in_a_sentence_counts_as_one():
    titles = ["골목 소화기를 늘려 주세요", "골목 소화기 좀 늘려요", "우리 골목 소화기는 어디에"]
    assert title_of(titles, words("소화기", "골목")) == "골목 소화기 확대"


def test_a_request_for_something_else_is_not_taken_over():
    titles = ["공원 벤치 값", "공원 벤치와 신호등 설치", "공원 벤치와 그늘막 설치", "공원 벤치 색"]
    assert title_of(titles, words("공원", "벤치")) == "공원 벤치 개선"  # half of them want something better, no more


def test_harm_is_not_improved_and_people_are_helped():
    harm = ["동물 학대 교육 강화", "동물 학대 신고 확대", "동물 학대 이야기"]
    people = ["독거 노인 반찬 배달 확대", "독거 노인 안부 전화 도입", "독거 노인 이야기"]
    assert title_of(harm, words("동물학대")) == "동물 학대 대책"
    assert title_of(people, words("독거노인")) == "독거 노인 지원"


def test_spaced_and_unspaced_spellings_are_one_phrase_in_the_commoner_spelling():
    titles = ["골목 소화기 위치", "골목소화기 위치", "골목 소화기 사진", "소화기 받침", "소화기 색"]
    assert title_of(titles, words("소화기", "골목")).startswith("골목 소화기")


def test_a_place_names_no_theme_that_is_not_about_it():
    titles = ["강남구 공원 벤치", "공원 벤치 나무", "강남구 공원 벤치 색", "공원 벤치"]
    members = [{"공원", "벤치"}, {"강남구", "공원", "벤치"}, {"공원", "벤치"}, {"공원", "벤치"}]
    assert "강남구" not in title_of(titles, words("공원", "강남구", "벤치"), members)


def test_two_subjects_that_share_members_are_both_named_and_a_mixture_is_weak():
    titles = [*["게임 중독 등록"] * 4, *["담배 광고 사진"] * 4, "바다"]
    apart = [*[{"게임", "중독"}] * 4, *[{"담배", "광고"}] * 4, {"바다"}]
    shared = [*[{"게임", "중독"}] * 3, {"게임", "중독", "담배", "광고"}, *[{"담배", "광고"}] * 3, {"바다"}, {"산"}]
    marks = words("게임", "중독", "담배", "광고")
    assert generate_title(titles, marks, apart).is_weak
    assert title_of(titles, marks, shared) == "게임 중독과 담배 광고"


@pytest.mark.parametrize(
    ("titles", "marks", "title"),
    [
        (
            ["버스 요금 인상을 막아 주세요", "버스 요금 인상 반대", "버스 요금 인상 반대합니다"],
            ["버스", "요금"],
            "버스 요금 인상 반대",
        ),
        (
            ["버스 요금 인상으로 고통받아요", "버스 요금 인상 때문에 힘들어요", "버스 요금"],
            ["버스", "요금"],
            "버스 요금",
        ),
        (["버스 요금 인상 요청", "버스 요금을 올려 주세요", "버스 요금 인상 반대"], ["버스", "요금"], "버스 요금"),
        (["골목 벽화 철거 요청", "골목 벽화를 지키자", "골목 벽화"], ["골목", "벽화"], "골목 벽화"),
    ],
    ids=["opposed", "suffered", "both", "each-other-way"],
)
def test_a_title_never_says_the_opposite_of_what_members_ask(titles, marks, title):
    assert title_of(titles, words(*marks)) == title


@pytest.mark.parametrize("subject", ["담임 선생님", "골목 길고양이", "광화문 광장"])
def test_people_animals_and_places_are_not_improved(subject):
    titles = [f"{subject} 개선", f"{subject} 시설 확대", f"{subject} 안내판 설치", f"{subject} 이야기"]
    assert "개선" not in title_of(titles, words(subject.split()[1], subject.split()[0]))


def test_a_core_word_that_half_of_the_members_lack_makes_a_weak_title():
    titles = ["골목 소화기 위치", "골목 소화기 사진", "바다 모래", "산 나무", "강 다리"]
    members = [{"골목", "소화기"}, {"골목", "소화기"}, {"바다", "모래"}, {"나무"}, {"다리"}]
    title = generate_title(titles, words("골목", "소화기"), members)
    assert (title.text, title.is_weak) == ("소화기·골목", True)


def test_a_phrase_of_keywords_that_most_members_use_names_a_theme_from_one_title():
    titles = [
        "광화문 광장",
        "광장을 넓게",
        "광화문 나무",
        *(f"{name} 이야기" for name in "봄 여름 가을 겨울 낮 밤 산".split()),
    ]
    members = [{"광화문", "광장"}] * 5 + [{"광장"}] * 3 + [{"바람"}] * 2
    assert title_of(titles, words("광장", "광화문"), members) == "광화문 광장"


def test_a_single_word_takes_an_aspect_that_a_fifth_of_the_members_hold_with_it():
    titles = [
        "청소년 이야기",
        "청소년 마당",
        "청소년과 지역아동센터",
        "지역아동센터 마당",
        "청소년의 말",
        "청소년의 밤",
    ]
    members = [{"청소년"}] * 8 + [{"청소년", "지역아동센터"}, {"지역아동센터"}]
    assert title_of(titles, words("청소년", "지역아동센터"), members) == "청소년과 지역아동센터"


def test_a_short_word_about_which_nothing_is_asked_is_weak():
    titles = ["겨울 이야기", "겨울 바람", "겨울에"]
    assert generate_title(titles, words("겨울")).is_weak


def test_an_action_at_the_end_of_a_title_stands_apart():
    titles = ["버스노선신설", "버스노선신설 요청", "버스노선신설을 바라며"]
    compounds = PhraseMatcher(["버스노선"])
    assert title_of(titles, words("버스노선", "신설"), compounds=compounds) == "버스노선 신설"


def test_no_title_ends_in_a_single_syllable_cut_out_of_a_sentence():
    titles = ["'자동차 속' 먼지", "자동차 속의 소리", "자동차 속의 아이", "자동차"]
    assert title_of(titles, words("자동차")) == "자동차"


def test_without_a_phrase_the_keywords_stand():
    assert title_of(["ㅋㅋ", "!!"], words("나무", "바다")) == "나무·바다"


@pytest.mark.parametrize(
    ("titles", "marks"),
    [
        ([], []),
        (["🌍🌱", "🚲"], []),
        ([""], words("가" * 40)),
        (["가" * 5_000], words("가" * 40, "나" * 40)),
        (["one very long english title about a solar panel on every single school roof"] * 3, words("solar", "panel")),
        (["internationalization" * 2] * 3, words("internationalization" * 2)),
    ],
    ids=["nothing", "emoji", "long-keyword", "long-word", "english", "long-english"],
)
def test_a_title_is_never_empty_and_never_long(titles, marks):
    said = title_of(titles, marks)
    assert 0 < len(said) <= MAX_CHARS


ENGLISH = [
    "solar panels on the library",
    "our school wants solar panels",
    "cheap solar panels for tenants",
    "why solar",
]
STORIES = [
    "버스가 너무 안 와서 또 늦었어요",
    "어제도 버스를 놓쳐 울었습니다",
    "할머니는 버스에 못 타요",
    "추운 날 버스만 기다려요",
]
BAD = {
    "emoji": [IdeaText(i.key, f"🌍🌱{i.title}🚲", "🌊") for i in corpus()],
    "english": [*corpus(), *(IdeaText(key, text, "") for key, text in enumerate(ENGLISH, start=50))],
    "decomposed": [IdeaText(i.key, unicodedata.normalize("NFD", i.title), i.body) for i in corpus()],
    "stories": [*corpus(), *(IdeaText(key, text, "") for key, text in enumerate(STORIES, start=50))],
}


@pytest.mark.parametrize("ideas", BAD.values(), ids=BAD)
@pytest.mark.parametrize("granularity", ["broad", "normal", "fine"])
def test_titles_of_a_run_are_whole_words_unlike_each_other_and_the_same_again(ideas, granularity):
    settings = Settings(granularity=granularity)
    titles = [theme.title for theme in analyse(ideas, settings).themes]
    assert titles
    assert len({said.replace(" ", "") for said in titles}) == len(titles)
    for said in titles:
        assert 0 < len(said) <= MAX_CHARS
        assert unicodedata.is_normalized("NFC", said)
        assert not morphemes(said)[-1].tag.startswith(("J", "E"))
    assert titles == [theme.title for theme in analyse(list(reversed(ideas)), settings).themes]


def test_equal_titles_are_told_apart_by_the_next_keyword_of_the_later_theme():
    named = [("버스 노선", words("버스")), ("버스노선", words("노선", "심야")), ("버스 노선", []), ("버스 노선", [])]
    assert disambiguate_titles(named) == ["버스 노선", "버스노선 (심야)", "버스 노선 (2)", "버스 노선 (3)"]


def test_telling_apart_keeps_titles_short():
    long = "가" * MAX_CHARS
    said = disambiguate_titles([(long, []), (long, words("나무")), (long, [])])
    assert len(set(said)) == 3
    assert all(len(each) <= MAX_CHARS for each in said)


def test_a_compound_of_these_ideas_is_one_word():
    titles = ["임산부 배려석을 늘리자", "지하철 임산부 배려석"]
    assert title_of(titles, words("임산부배려석"), compounds=PhraseMatcher(["임산부배려석"])).startswith(
        "임산부 배려석"
    )
    assert title_of(titles, words("임산부배려석")) == "임산부배려석"
