"""What a theme is called: keywords by keyness, and a noun phrase from the people's own titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import Any

import numpy as np

from nlp.records import Keyword
from nlp.stopwords import stop_words
from nlp.tokens import Morpheme, morphemes

N_KEYWORDS = 10
SIGNIFICANT = 6.63  # chi-square with one degree of freedom at p = 0.01
PHRASE_WORDS = (2, 4)
# What a ministry can do with a subject; a title ends with one where people ask for it.
ACTIONS = frozenset(
    "확대 확충 설치 개선 강화 지원 도입 금지 제한 의무화 활성화 감축 절감 절약 줄이기 늘리기 만들기 조성 보급 "
    "전환 교육 관리 단속 정비 이용 수거 재활용 참여 홍보 공개 할인 개방 처리 규제 폐지 보호 복원 심기 저감 "
    "예방 처벌 창출 신설 연장 증설 교체 배려 대책 공급 확보 분리배출 통합 점검".split()
)
WEAK_ACTIONS = frozenset(
    {"이용", "교육", "대책", "관리"}
)  # said in passing; they name what is asked for only if nothing else does
Floats = np.ndarray[Any, Any]
_TITLE_TAGS = frozenset({"NNG", "NNP", "SL", "SN", "XSN", "XPN", "NR"})


def keywords(inside: Sequence[Set[str]], counts: Counter[str], n_texts: int) -> tuple[Keyword, ...]:
    """Words that stand in a theme's texts more often than chance has it: log-likelihood ratio (Dunning 1993).

    :param inside: the distinct words of each text of the theme
    :param counts: in how many texts of the whole corpus each word stands
    :param n_texts: texts of the whole corpus
    """
    here = Counter(chain.from_iterable(inside))
    common = [(word, count) for word, count in here.items() if count >= min(2, len(inside))]
    inside_counts = np.array([count for _word, count in common], dtype=float)
    outside_counts = np.array([counts[word] for word, _count in common], dtype=float) - inside_counts
    scores = _keyness(inside_counts, len(inside), outside_counts, n_texts - len(inside)).round(3).tolist()
    ranked = sorted((-score, -len(word), word, count) for (word, count), score in zip(common, scores, strict=True))
    strong = [entry for entry in ranked if -entry[0] >= SIGNIFICANT] or ranked[:3]
    return tuple(_without_parts(Keyword(word, -score, count) for score, _length, word, count in strong))


def title(titles: Sequence[str], words: Sequence[Keyword]) -> str:
    """A noun phrase for a theme: the phrase of its members' titles that best covers its keywords, with what is asked
    to be done where many ask for the same.

    :param titles: cleaned titles, the most central first
    """
    weight = {keyword.word: keyword.score for keyword in words}
    phrases: Counter[str] = Counter()
    cores: dict[str, frozenset[str]] = {}
    actions: Counter[str] = Counter()
    for text in titles:
        found = morphemes(text)
        seen = set()
        for phrase, core in _phrases(text, found, weight):
            if phrase not in seen:
                seen.add(phrase)
                phrases[phrase] += 1
                cores[phrase] = core
        actions.update({word.surface for word in found if word.surface in ACTIONS})
    best = max(phrases, key=lambda p: (_worth(p, cores[p], phrases[p], weight), -len(p), p), default="")
    if not best:
        return "·".join(keyword.word for keyword in words[:2]) or (titles[0] if titles else "")
    return _with_action(best, actions, len(titles))


def representatives(vectors: np.ndarray, scores: Sequence[float], n_central: int = 2) -> list[int]:
    """Places of at most three members: the most central ones, and among the rest the one least like them."""
    order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    chosen = order[:n_central]
    rest = order[n_central:]
    if rest:
        alike = vectors[rest] @ vectors[chosen].T
        chosen.append(rest[int(np.argmin(alike.max(axis=1)))])
    return chosen


def _keyness(a: Floats, n_a: int, b: Floats, n_b: int) -> Floats:
    """Dunning's G² of words in `a` of `n_a` texts here and in `b` of `n_b` elsewhere; 0 where one is rarer here.

    :param a: (n_words,) counts of at least 1; :param b: (n_words,) counts of at least 0
    """
    if not n_b:
        return np.zeros(len(a))
    elsewhere = np.maximum(b, 1.0)  # no word elsewhere adds nothing, whatever its logarithm
    expected_a, expected_b = n_a * (a + b) / (n_a + n_b), n_b * (a + b) / (n_a + n_b)
    score = 2 * (a * np.log(a / expected_a) + b * np.log(elsewhere / expected_b))
    return np.where(a / n_a > b / n_b, score, 0.0)


def _without_parts(ranked: Iterable[Keyword]) -> list[Keyword]:
    """The first N_KEYWORDS; a word that is only a piece of a stronger, about as common compound says nothing new."""
    kept: list[Keyword] = []
    for keyword in ranked:
        if not any(keyword.word in other.word and keyword.count <= 1.3 * other.count for other in kept):
            kept.append(keyword)
            if len(kept) == N_KEYWORDS:
                break
    return kept


def _phrases(text: str, words: Sequence[Morpheme], weight: Mapping[str, float]) -> Iterable[tuple[str, frozenset[str]]]:
    """Runs of nouns in a title, with only spaces between, as they stand there; and the words that carry them.

    Only such that hold a keyword: none of the others can name a theme.
    """
    run: list[Morpheme] = []
    for word in words:
        if word.tag in _TITLE_TAGS:
            if run and text[run[-1].end : word.start].strip():
                yield from _windows(text, run, weight)
                run = []
            run.append(word)
        elif run:
            yield from _windows(text, run, weight)
            run = []
    yield from _windows(text, run, weight)


def _windows(text: str, run: Sequence[Morpheme], weight: Mapping[str, float]) -> Iterable[tuple[str, frozenset[str]]]:
    keys = [place for place, word in enumerate(run) if word.surface in weight]
    for start in range(keys[-1] + 1 if keys else 0):
        first_key = next(place for place in keys if place >= start)
        for size in range(first_key - start + 1, min(PHRASE_WORDS[1], len(run) - start) + 1):
            if not _is_whole(text, run, start, size):
                continue
            words = run[start : start + size]
            fillers = [w for w in words if w.surface in stop_words() and w.surface not in ACTIONS]
            core = frozenset(w.surface for w in words if w.surface not in stop_words() and len(w.surface) > 1)
            if core and not fillers and (size >= PHRASE_WORDS[0] or len(words[0].surface) >= 4):
                yield " ".join(text[words[0].start : words[-1].end].split()), core


def _is_whole(text: str, run: Sequence[Morpheme], start: int, size: int) -> bool:
    """Does the window begin and end where written words do? Half a word makes no title."""
    begins = start == 0 or text[run[start - 1].end : run[start].start] != ""
    end = start + size
    ends = end == len(run) or text[run[end - 1].end : run[end].start] != ""
    plural = run[end - 1].surface == "들"
    return (
        begins
        and ends
        and not plural
        and run[start].tag not in {"XSN", "SN", "NR"}
        and run[end - 1].tag not in {"XPN", "SN"}
    )


def _worth(phrase: str, core: frozenset[str], times: int, weight: dict[str, float]) -> float:
    covered = sum(weight.get(word, 0.0) for word in core)
    strangers = sum(word not in weight and word not in ACTIONS for word in core)
    acts = any(phrase.endswith(action) for action in ACTIONS)
    one_word = " " not in phrase
    return covered * float(np.log1p(times)) * (1.25 if acts else 1.0) * (0.6 if one_word else 1.0) * 0.6**strangers


def _with_action(phrase: str, actions: Counter[str], n_titles: int) -> str:
    """The phrase with what is most asked for, unless it says that already; a lone word takes even a rare one."""
    if any(phrase.endswith(action) for action in ACTIONS):
        return phrase
    least = 2 if " " not in phrase else max(2.0, 0.15 * n_titles)
    asked = [(word in WEAK_ACTIONS, -times, word) for word, times in actions.items() if times >= least]
    fitting = [word for _weak, _times, word in sorted(asked) if word not in phrase]
    return f"{phrase} {fitting[0]}" if fitting else phrase
