"""Generate a theme's title: a noun phrase of its members' own titles, and what most of them demand.

Candidates are runs of nouns as people wrote them, in any spacing. The best one covers the theme's keywords
(`nlp.titles.keywords`), occurs in many titles, and is neither a place nor a generic word. Demands are counted where
they follow those words: "대여소를 늘려 주세요" demands 대여소 확대.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set

import hangeul
import numpy as np

from nlp.records import Keyword
from nlp.text.tokens import PhraseMatcher
from nlp.titles.demands import ACTIONS, GENERIC_ACTIONS, HARMS, IMPROVEMENTS, PEOPLE
from nlp.titles.phrases import NO_COMPOUNDS, PhraseCounts, count_phrases, without_spaces

MAX_CHARS = 30
SINGLE_WORD_FACTORS = {1: 0.1, 2: 0.3, 3: 0.45}  # factor of a single word by its syllables: 길, 장애, 장애인
MIN_DEMAND_SHARE = 0.08  # share of the titles with the subject above which its own demand is named
MIN_LOOSE_DEMAND_SHARE = 0.3  # ... and above which a demand anywhere in the same titles is named
MIN_IMPROVEMENT_SHARE = 0.2  # ... and above which any improvement is named, where no single demand leads
MIN_PHRASE_SHARE = 0.12  # share of the members that must hold all words of a phrase that only one title has
SMALL_THEME = 10  # members below which one title is enough
MAJORITY = 0.5
# Words that say too little to end a title.
GENERIC_HEADS = frozenset(
    "제안서 정책 사업 발생 시스템 프로그램 서비스 계획 업체 사건 사회 관련 마을 사이트 사용량 활동 사용자 이용자 제도 "
    "대상 지역 기타 여러분 센터 부족 현실 실태 발언 청원 국민청원 촉구 호소 요구 건의서 방향 수단 종류 경우 피해 대안 "
    "동의 공감 청와대 대통령 장관 자리 책임 억울 반성 규정 개인 단체 기관 지자체 자치구 결과 안건 이중 사람들 "
    "장애 엄마 아들 딸 동생 죽음 국민 소식 이야기".split()
)
NOISE = re.compile("청원|요구|촉구|공감|요망|대통령님|제안서|적발|부탁|장관님|호소")  # says nothing anywhere in a title
Holders = Mapping[str, set[int]]
"""Keyword -> the indices of the members that hold it."""


def generate_title(
    titles: Sequence[str],
    keywords: Sequence[Keyword],
    member_words: Sequence[Set[str]] = (),
    compounds: PhraseMatcher = NO_COMPOUNDS,
) -> str:
    """Return a noun phrase for a theme; never empty, never longer than MAX_CHARS.

    :param titles: cleaned titles, the most central first
    :param keywords: the theme's keywords, the strongest first
    :param member_words: the words of each member, to see how many of them a phrase is true of; may be empty
    :param compounds: nouns that these ideas use as one word, however the tagger splits them
    """
    counts = PhraseCounts({keyword.word: keyword.score for keyword in keywords}, compounds)
    for text in titles:
        count_phrases(text, counts)
    n = len(member_words)
    holders = {k.word: {row for row, words in enumerate(member_words) if k.word in words} for k in keywords}
    first = _best_phrase(counts, keywords, holders, n)
    if not first:
        return _fallback_title(titles, keywords)
    subjects = [first]
    left = set(range(n)) - _covered(counts.content_words[first], holders)
    if len(left) > MAJORITY * n and n >= 6:
        subjects += [second] if (second := _second_subject(counts, keywords, holders, n, first, left)) else []
    demand = _choose_demand(counts, subjects)
    if not demand and len(subjects) == 1 and " " not in _spelling(counts, first):  # a single word says little
        subjects = _extend_phrase(counts, keywords, holders, n, first)
        demand = _choose_demand(counts, subjects) if len(subjects) == 1 else ""
    spelled = [_spelling(counts, subject) for subject in subjects]
    for phrase in (_join_subjects(spelled), spelled[0]):
        has_action = any(phrase.endswith(action) for action in ACTIONS)
        full = phrase if not demand or has_action or demand.split()[0] in phrase else f"{phrase} {demand}"
        if len(full) <= MAX_CHARS:
            return full
    return spelled[0]


def disambiguate_titles(named: Sequence[tuple[str, Sequence[Keyword]]]) -> list[str]:
    """Make the titles of a run's themes distinct: add the next keyword of its own where an earlier theme has a title.

    :param named: title and keywords of each theme
    :return: the titles, in the same order
    """
    taken: set[str] = set()
    repeats: Counter[str] = Counter()
    final = []
    for title, keywords in named:
        others = (
            f"{title} ({k.word})" for k in keywords if k.word not in title and len(title) + len(k.word) < MAX_CHARS - 2
        )
        chosen = next((each for each in (title, *others) if without_spaces(each) not in taken), "")
        while not chosen or without_spaces(chosen) in taken:
            repeats[title] += 1
            chosen = f"{title[: MAX_CHARS - 7]} ({repeats[title] + 1})"
        taken.add(without_spaces(chosen))
        final.append(chosen)
    return final


def _best_phrase(
    counts: PhraseCounts, keywords: Sequence[Keyword], holders: Holders, n: int, exclude: Set[str] = frozenset()
) -> str:
    """Return the phrase with the highest score, without spaces; "" if there is none.

    :param n: members of the theme
    :param exclude: words it must not hold
    """
    leading = {k.word for k in keywords[:5] if k.count >= MAJORITY * max(other.count for other in keywords[:5])}
    scores = {
        phrase: _score_phrase(counts, phrase, leading, holders, n)
        for phrase in counts.phrases
        if not counts.content_words[phrase] & exclude and len(phrase) <= MAX_CHARS - 8 and not NOISE.search(phrase)
    }
    return max(scores, key=lambda phrase: (scores[phrase], -len(phrase), phrase), default="")


def _is_shared(counts: PhraseCounts, phrase: str, holders: Holders, n: int) -> bool:
    """Do several titles hold the phrase, or does a fair share of the members use all of its words?"""
    if counts.phrases[phrase] > 1 or n < SMALL_THEME:
        return True
    both = set.intersection(*(holders.get(word, set()) for word in counts.content_words[phrase]))
    return len(both) >= MIN_PHRASE_SHARE * n


def _score_phrase(counts: PhraseCounts, phrase: str, leading: Set[str], holders: Holders, n: int) -> float:
    """Return the keyness that the phrase covers, times the log of its titles, times factors for what weakens a title.

    :param leading: the most common of the strongest keywords
    """
    core = counts.content_words[phrase]
    spelled = _spelling(counts, phrase)
    rare_names = [word for word in core & counts.proper_nouns if not n or len(holders.get(word, ())) < MAJORITY * n]
    unknown_words = sum(word not in counts.keyword_scores and word not in ACTIONS for word in core)
    is_generic = spelled.split()[-1] in GENERIC_HEADS or counts.heads[phrase] in GENERIC_HEADS
    return (
        sum(score for word, score in counts.keyword_scores.items() if word in phrase)
        * float(np.log1p(counts.phrases[phrase]))
        * (1.0 if core & leading else 0.4)
        * (1.0 if " " in spelled else SINGLE_WORD_FACTORS.get(len(phrase), 0.7))
        * (0.3 if is_generic else 1.0)
        * (1.0 if _is_shared(counts, phrase, holders, n) else 0.35)
        * 0.5 ** len(rare_names)
        * 0.6**unknown_words
    )


def _second_subject(
    counts: PhraseCounts, keywords: Sequence[Keyword], holders: Holders, n: int, first: str, left: Set[int]
) -> str:
    """Return a second subject that is true of another quarter of the members; "" if there is none.

    :param left: indices of the members that the first subject is not true of
    """
    rest = [Keyword(k.word, k.score, len(holders[k.word] & left)) for k in keywords]
    fresh = [k for k in rest if k.word not in first and k.count >= max(2, 0.25 * n)]
    if not fresh:
        return ""
    others = {word for word in counts.keyword_scores if word not in {k.word for k in fresh}}
    second = _best_phrase(counts, fresh, holders, n, counts.content_words[first] | others)
    is_telling = (
        second and counts.phrases[second] >= 3 and len(second) >= 3 and counts.heads[second] not in GENERIC_HEADS
    )
    return second if is_telling else ""


def _extend_phrase(
    counts: PhraseCounts, keywords: Sequence[Keyword], holders: Holders, n: int, first: str
) -> list[str]:
    """Return a longer phrase with a single word that several titles hold; else the word and a second subject; else it.

    :param first: the single word
    """
    longer = [
        phrase
        for phrase in counts.phrases
        if first in phrase and " " in _spelling(counts, phrase) and _is_shared(counts, phrase, holders, n)
    ]
    if longer:
        leading = {word for word in counts.keyword_scores if word in first}
        return [max(longer, key=lambda p: (_score_phrase(counts, p, leading, holders, n), -len(p), p))]
    others = counts.content_words[first] | {word for word in counts.keyword_scores if word in first}
    fresh = [k for k in keywords if k.word not in others and len(holders[k.word]) >= MIN_PHRASE_SHARE * n]
    others |= counts.proper_nouns | {word for word in counts.keyword_scores if word not in {k.word for k in fresh}}
    second = _best_phrase(counts, fresh, holders, n, others) if fresh else ""
    is_telling = second and counts.phrases[second] > 1 and counts.heads[second] not in GENERIC_HEADS
    return [first, second] if is_telling else [first]


def _covered(core: Set[str], holders: Holders) -> set[int]:
    return set().union(*(holders.get(word, set()) for word in core))


def _choose_demand(counts: PhraseCounts, subjects: Sequence[str]) -> str:
    """Return what is demanded most for the subject; else most in its titles; else 개선 or the like; else "".

    A harm is not improved (대책) and people are helped (지원).
    """
    last = subjects[-1]
    head, core = counts.heads[last], [word for subject in subjects for word in counts.content_words[subject]]
    is_single_word = " " not in _spelling(counts, last) and len(subjects) == 1
    is_harm, is_people = last.endswith(HARMS), last.endswith(PEOPLE)
    of_subject = {
        demand: times
        for demand, times in counts.demands_by_noun.get(head, Counter[str]()).items()
        if times >= max(2.0, MIN_DEMAND_SHARE * max(counts.keyword_counts[head], counts.phrases[last]))
        and not (is_harm and demand.split()[-1] in IMPROVEMENTS)
    }
    of_titles = {
        demand: times
        for word in core
        for demand, times in counts.demands_by_keyword.get(word, Counter[str]()).items()
        if times >= max(2.0, MIN_LOOSE_DEMAND_SHARE * counts.keyword_counts[word])
        and demand.split()[-1] not in IMPROVEMENTS
        and not is_people
    }
    for demands in (of_subject, of_titles):
        if demands and len(subjects) == 1:
            return min((demand in GENERIC_ACTIONS, -times, demand) for demand, times in demands.items())[2]
    excess = max(
        counts.improvements_by_keyword[word] - max(2.0, MIN_IMPROVEMENT_SHARE * counts.keyword_counts[word])
        for word in core
    )
    wants_improvement = excess >= 0
    if wants_improvement and (is_harm or is_people):
        return "" if len(subjects) > 1 else "대책" if is_harm else "지원"
    rare = [
        (demand in GENERIC_ACTIONS, -times, demand)
        for demand, times in counts.demands_by_noun.get(head, {}).items()
        if times > 1
    ]
    if is_single_word and rare:
        return min(rare)[2]
    is_name = head in counts.proper_nouns or last.endswith(("자", "인"))
    return "개선" if wants_improvement and not is_name else ""


def _spelling(counts: PhraseCounts, phrase: str) -> str:
    """Return the most common spacing of a phrase."""
    return max(counts.spellings[phrase].items(), key=lambda pair: (pair[1], pair[0]))[0]


def _join_subjects(subjects: Sequence[str]) -> str:
    if len(subjects) == 1:
        return subjects[0]
    return f"{subjects[0]}{hangeul.get_josa(subjects[0], '와/과')} {subjects[1]}"


def _fallback_title(titles: Sequence[str], keywords: Sequence[Keyword]) -> str:
    """Return a title where there is no phrase: the first keywords that fit, or the most central title."""
    two = "·".join(keyword.word for keyword in keywords[:2])
    for text in (two, *(k.word for k in keywords[:1]), *(" ".join(title.split()) for title in titles)):
        if text:
            return text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…"
    return "이름 없는 묶음"
