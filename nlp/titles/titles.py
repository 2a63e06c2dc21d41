"""What a theme is called: a noun phrase of its members' own titles, and what most of them ask to be done.

Candidates are runs of nouns as people wrote them, however they spaced them; the best one covers the theme's keywords
(`nlp.titles.keywords`), stands in many titles, and is neither a place nor a word that says nothing. What is asked for
is counted where it follows those words: "대여소를 늘려 주세요" asks for 대여소 확대.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set

import hangeul
import numpy as np

from nlp.records import Keyword
from nlp.text.tokens import PhraseMatcher
from nlp.titles.demands import ACTIONS, BETTER, HARMS, PEOPLE, WEAK
from nlp.titles.phrases import NO_COMPOUNDS, Heard, hear, letters_of

MAX_CHARS = 30
ONE_WORD = {1: 0.1, 2: 0.3, 3: 0.45}  # worth of a word alone by its syllables, beside phrases: 길, 장애, 장애인
LEAST_ASKED = 0.08  # share of the titles that name the subject from which on its own request is told
LEAST_TOLD = 0.3  # ... and from which on what is asked for in the same titles is told, wherever it stands
LEAST_BETTER = 0.2  # share of them that ask for anything better from which on that is told, where no request leads
LEAST_SHARED = 0.12  # share of the members that hold all words of a phrase that only one title says
FEW = 10  # members below which one title is enough
HALF = 0.5
EMPTY = frozenset(
    "제안서 정책 사업 발생 시스템 프로그램 서비스 계획 업체 사건 사회 관련 마을 사이트 사용량 활동 사용자 이용자 제도 "
    "대상 지역 기타 여러분 센터 부족 현실 실태 발언 청원 국민청원 촉구 호소 요구 건의서 방향 수단 종류 경우 피해 대안 "
    "동의 공감 청와대 대통령 장관 자리 책임 억울 반성 규정 개인 단체 기관 지자체 자치구 결과 안건 이중 사람들 "
    "장애 엄마 아들 딸 동생 죽음 국민 소식 이야기".split()
)  # say too little to end a title
NOISE_IN = re.compile(
    "청원|요구|촉구|공감|요망|대통령님|제안서|적발|부탁|장관님|호소"
)  # says nothing wherever it stands


def title(
    titles: Sequence[str],
    words: Sequence[Keyword],
    members: Sequence[Set[str]] = (),
    compounds: PhraseMatcher = NO_COMPOUNDS,
) -> str:
    """A noun phrase for a theme; never empty, never longer than MAX_CHARS.

    :param titles: cleaned titles, the most central first
    :param words: the theme's keywords, the strongest first
    :param members: the words of each member, to see how many of them a phrase is true of; may be empty
    :param compounds: nouns that these ideas use as one word, however the tagger splits them
    """
    heard = Heard({keyword.word: keyword.score for keyword in words}, compounds)
    for text in titles:
        hear(text, heard)
    n = len(members)
    holders = {k.word: {row for row, said in enumerate(members) if k.word in said} for k in words}
    first = _best(heard, words, holders, n)
    if not first:
        return _from_words(titles, words)
    subjects = [first]
    left = set(range(n)) - _covered(heard.cores[first], holders)
    if len(left) > HALF * n and n >= 6:
        subjects += [second] if (second := _second(heard, words, holders, n, first, left)) else []
    ask = _ask(heard, subjects)
    if not ask and len(subjects) == 1 and " " not in _spelling(heard, first):  # a word alone says little
        subjects = _fuller(heard, words, holders, n, first)
        ask = _ask(heard, subjects) if len(subjects) == 1 else ""
    spelled = [_spelling(heard, subject) for subject in subjects]
    for said in (_joined(spelled), spelled[0]):
        asks = any(said.endswith(action) for action in ACTIONS)
        full = said if not ask or asks or ask.split()[0] in said else f"{said} {ask}"
        if len(full) <= MAX_CHARS:
            return full
    return spelled[0]


def told_apart(named: Sequence[tuple[str, Sequence[Keyword]]]) -> list[str]:
    """Titles of a run's themes in their order, with each one's own next keyword where an earlier one has its title."""
    taken: set[str] = set()
    repeats: Counter[str] = Counter()
    final = []
    for said, words in named:
        others = (f"{said} ({k.word})" for k in words if k.word not in said and len(said) + len(k.word) < MAX_CHARS - 2)
        chosen = next((each for each in (said, *others) if letters_of(each) not in taken), "")
        while not chosen or letters_of(chosen) in taken:
            repeats[said] += 1
            chosen = f"{said[: MAX_CHARS - 7]} ({repeats[said] + 1})"
        taken.add(letters_of(chosen))
        final.append(chosen)
    return final


def _best(
    heard: Heard, words: Sequence[Keyword], holders: Mapping[str, set[int]], n: int, but: Set[str] = frozenset()
) -> str:
    """The phrase of most worth, by its letters; "" if there is none. :param but: words it must not hold"""
    leads = {k.word for k in words[:5] if k.count >= HALF * max(other.count for other in words[:5])}
    worth = {
        phrase: _worth(heard, phrase, leads, holders, n)
        for phrase in heard.phrases
        if not heard.cores[phrase] & but and len(phrase) <= MAX_CHARS - 8 and not NOISE_IN.search(phrase)
    }
    return max(worth, key=lambda phrase: (worth[phrase], -len(phrase), phrase), default="")


def _is_shared(heard: Heard, phrase: str, holders: Mapping[str, set[int]], n: int) -> bool:
    """Do several titles say it, or does a fair share of the members use all of its words?"""
    if heard.phrases[phrase] > 1 or n < FEW:
        return True
    both = set.intersection(*(holders.get(word, set()) for word in heard.cores[phrase]))
    return len(both) >= LEAST_SHARED * n


def _worth(heard: Heard, phrase: str, leads: Set[str], holders: Mapping[str, set[int]], n: int) -> float:
    """Keyness that the phrase covers, times how often it is said, less what speaks against it as a title."""
    core = heard.cores[phrase]
    spelled = _spelling(heard, phrase)
    rare = [word for word in core & heard.proper if not n or len(holders.get(word, ())) < HALF * n]
    strangers = sum(word not in heard.weight and word not in ACTIONS for word in core)
    return (
        sum(score for word, score in heard.weight.items() if word in phrase)
        * float(np.log1p(heard.phrases[phrase]))
        * (1.0 if core & leads else 0.4)
        * (1.0 if " " in spelled else ONE_WORD.get(len(phrase), 0.7))
        * (0.3 if spelled.split()[-1] in EMPTY or heard.heads[phrase] in EMPTY else 1.0)
        * (1.0 if _is_shared(heard, phrase, holders, n) else 0.35)
        * 0.5 ** len(rare)
        * 0.6**strangers
    )


def _second(
    heard: Heard, words: Sequence[Keyword], holders: Mapping[str, set[int]], n: int, first: str, left: Set[int]
) -> str:
    """A second subject that is true of a quarter of the members more; "" if there is none."""
    rest = [Keyword(k.word, k.score, len(holders[k.word] & left)) for k in words]
    fresh = [k for k in rest if k.word not in first and k.count >= max(2, 0.25 * n)]
    if not fresh:
        return ""
    others = {word for word in heard.weight if word not in {k.word for k in fresh}}
    second = _best(heard, fresh, holders, n, heard.cores[first] | others)
    telling = second and heard.phrases[second] >= 3 and len(second) >= 3 and heard.heads[second] not in EMPTY
    return second if telling else ""


def _fuller(heard: Heard, words: Sequence[Keyword], holders: Mapping[str, set[int]], n: int, first: str) -> list[str]:
    """A phrase about that word that stands in several titles; else a second subject beside it; else the word."""
    longer = [
        phrase
        for phrase in heard.phrases
        if first in phrase and " " in _spelling(heard, phrase) and _is_shared(heard, phrase, holders, n)
    ]
    if longer:
        leads = {word for word in heard.weight if word in first}
        return [max(longer, key=lambda p: (_worth(heard, p, leads, holders, n), -len(p), p))]
    others = heard.cores[first] | {word for word in heard.weight if word in first}
    fresh = [k for k in words if k.word not in others and len(holders[k.word]) >= LEAST_SHARED * n]
    others |= heard.proper | {word for word in heard.weight if word not in {k.word for k in fresh}}
    second = _best(heard, fresh, holders, n, others) if fresh else ""
    telling = second and heard.phrases[second] > 1 and heard.heads[second] not in EMPTY
    return [first, second] if telling else [first]


def _covered(core: Set[str], holders: Mapping[str, set[int]]) -> set[int]:
    return set().union(*(holders.get(word, set()) for word in core))


def _ask(heard: Heard, subjects: Sequence[str]) -> str:
    """What is most asked for the subject; else what its titles ask for most; else, if they want it better, so."""
    last = subjects[-1]
    head, core = heard.heads[last], [word for subject in subjects for word in heard.cores[subject]]
    one_word = " " not in _spelling(heard, last) and len(subjects) == 1
    harmful, people = last.endswith(HARMS), last.endswith(PEOPLE)
    tied = {
        ask: times
        for ask, times in heard.asked.get(head, Counter[str]()).items()
        if times >= max(2.0, LEAST_ASKED * max(heard.named[head], heard.phrases[last]))
        and not (harmful and ask.split()[-1] in BETTER)
    }
    loose = {
        ask: times
        for word in core
        for ask, times in heard.told.get(word, Counter[str]()).items()
        if times >= max(2.0, LEAST_TOLD * heard.named[word]) and ask.split()[-1] not in BETTER and not people
    }
    for asked in (tied, loose):
        if asked and len(subjects) == 1:
            return min((ask in WEAK, -times, ask) for ask, times in asked.items())[2]
    wanted = max(heard.better[word] - max(2.0, LEAST_BETTER * heard.named[word]) for word in core) >= 0
    if wanted and (harmful or people):
        return "" if len(subjects) > 1 else "대책" if harmful else "지원"
    rare = [(ask in WEAK, -times, ask) for ask, times in heard.asked.get(head, {}).items() if times > 1]
    if one_word and rare:
        return min(rare)[2]
    return "개선" if wanted and head not in heard.proper and not last.endswith(("자", "인")) else ""


def _spelling(heard: Heard, letters: str) -> str:
    return max(heard.spelled[letters].items(), key=lambda pair: (pair[1], pair[0]))[0]


def _joined(subjects: Sequence[str]) -> str:
    if len(subjects) == 1:
        return subjects[0]
    return f"{subjects[0]}{hangeul.get_josa(subjects[0], '와/과')} {subjects[1]}"


def _from_words(titles: Sequence[str], words: Sequence[Keyword]) -> str:
    """Without a phrase: the first keywords that fit, or what the most central title says."""
    two = "·".join(keyword.word for keyword in words[:2])
    for said in (two, *(k.word for k in words[:1]), *(" ".join(text.split()) for text in titles)):
        if said:
            return said if len(said) <= MAX_CHARS else said[: MAX_CHARS - 1] + "…"
    return "이름 없는 묶음"
