"""Choose what a theme is about: a phrase that most members use, or two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from nlp.titles.coverage import DEMANDED, ThemeWords
from nlp.titles.demand_choice import is_asked
from nlp.titles.demands import ACTIONS, HARMS, SAME_KIND

MAX_PHRASE_CHARS = 22  # letters of a subject; a demand comes after it
MAX_HARM_CHARS = 6
SINGLE_WORD_FACTORS = {1: 0.1, 2: 0.35, 3: 0.5}  # factor of a single word by its syllables: 길, 장애, 장애인
MIN_COVERAGE = 0.5  # share of the members that must hold the core word of the subject
MIN_PHRASE_COVERAGE = 0.3  # ... all words of the subject, or each of two subjects
MIN_BOTH_COVERAGE = 0.6  # ... or one of two subjects
MIN_MIXTURE_COVERAGE = 0.75  # share of the members that two subjects without common members must cover to be named
MIN_PAIR_LEAD = 2.0  # how many times the score of a single subject the first of two must have to be taken instead
MIN_SHARED = 0.2  # share of the smaller of two subjects' members that hold the other one too; fewer: a mixture
MIN_ASPECT_COVERAGE = 0.2  # share of the members that must hold an aspect of a single word
MIN_ASPECT_SHARED = 0.2  # share of an aspect's members that must hold the subject too
MIN_HARM_COVERAGE = 0.2  # share of the members that must write of a harm to the subject for it to be named
MIN_HARMED = 4  # ... and at least so many members
MIN_LONGER_COVERAGE = 0.25  # share of the members that must hold a longer phrase for it to stand in for its core word
SMALL_THEME = 10  # members below which a phrase of one title may be the subject
# Words that say too little to end a title.
GENERIC_HEADS = frozenset(
    "제안서 정책 사업 발생 시스템 프로그램 서비스 계획 업체 사건 사회 관련 마을 사이트 사용량 활동 사용자 이용자 제도 "
    "대상 지역 기타 여러분 센터 부족 현실 실태 발언 청원 국민청원 촉구 호소 요구 건의서 방향 수단 종류 경우 피해 대안 "
    "동의 공감 청와대 대통령 장관 자리 책임 억울 반성 규정 개인 단체 기관 지자체 자치구 결과 안건 이중 사람들 "
    "장애 엄마 아들 딸 동생 죽음 국민 소식 이야기 고소 조사 대리 시도 지정 강력 처벌 자유 금지 부재 국내 시각 회원 "
    "능력 보호 안전 행사 방안 방법 아이디어 프로젝트 선생 공사 위 활성화 시설 서울 시민 평가 국가 절차 "
    "공공 일반 현장 상징 과정 주민 세대 단지 구역 발표 분야 용지 가까이 정서 직업 근무".split()
)
NO_HEADS = GENERIC_HEADS | ACTIONS
NOISE = re.compile("청원|요구|촉구|공감|요망|대통령님|제안서|적발|부탁|장관님|호소|도움|억울|고발")  # says nothing
_BETWEEN = ("", "의", "에서", "에", "을", "를", "들", "들의", "들을")  # between two nouns that are one phrase


def choose_subjects(theme: ThemeWords) -> list[str]:
    """Return one phrase whose core word half of the members hold, two that cover most of them together, or none.

    Two are also taken where the first of them says far more than any that half of the members hold.
    """
    candidates = [phrase for phrase in theme.counts.phrases if is_candidate(theme, phrase) and is_asked(theme, phrase)]
    single = _best(theme, [phrase for phrase in candidates if theme.core_coverage(phrase) >= MIN_COVERAGE])
    named = [phrase for phrase in candidates if theme.counts.heads[phrase] not in NO_HEADS]
    first = _best(theme, named)
    rest = [
        phrase
        for phrase in named
        if first and not _overlaps(theme, phrase, first) and _cover_together(theme, first, phrase)
    ]
    second = _best(theme, rest)
    if single and not (second and score_phrase(theme, first) >= MIN_PAIR_LEAD * score_phrase(theme, single)):
        return [single]
    return [first, second] if second else []


def other_half(theme: ThemeWords, subject: str) -> str:
    """Return what the members without a subject are about, where hardly any are about both: a mixture; else ""."""
    rows = theme.covered(subject)
    if len(rows) > MIN_BOTH_COVERAGE * len(theme.members):
        return ""
    others = []
    for phrase in theme.counts.phrases:
        found = theme.covered(phrase)
        if (
            is_candidate(theme, phrase)
            and theme.counts.heads[phrase] not in NO_HEADS
            and not _overlaps(theme, phrase, subject)
            and len(found & rows) < MIN_SHARED * len(found)
            and len(found | rows) >= MIN_MIXTURE_COVERAGE * len(theme.members)
        ):
            others.append(phrase)
    return _best(theme, others)


def is_candidate(theme: ThemeWords, phrase: str, min_coverage: float = MIN_PHRASE_COVERAGE) -> bool:
    """Is a phrase short, in enough titles, true of enough members, and more than a generic word?"""
    marks, is_unbroken = theme.counts.keyword_scores, phrase in theme.counts.unbroken
    is_shared = theme.counts.phrases[phrase] > 1 or phrase in marks
    if not (is_shared or is_unbroken) or len(phrase) > MAX_PHRASE_CHARS or phrase in GENERIC_HEADS:
        return False
    if not is_shared and not _is_made_of_keywords(theme, phrase):
        is_small = len(theme.members) < SMALL_THEME and theme.coverage(phrase) >= MIN_COVERAGE
        if not is_small or not all(word in marks for word in theme.counts.content_words[phrase]):
            return False
    return theme.coverage(phrase) >= min_coverage and NOISE.search(phrase) is None


def _is_made_of_keywords(theme: ThemeWords, phrase: str) -> bool:
    """Is a phrase nothing but keywords, all of which a fair share of the members use: 주택 공급, 광화문 광장?"""
    words = theme.counts.content_words[phrase]
    return (
        sum(map(len, words)) == len(phrase)
        and all(
            word in theme.keywords
            or (word in theme.counts.keyword_scores and len(theme.holders(word)) >= MIN_COVERAGE * len(theme.members))
            for word in words
        )
        and theme.coverage(phrase) >= MIN_PHRASE_COVERAGE
    )


def _cover_together(theme: ThemeWords, first: str, second: str) -> bool:
    """Are most members about one of two subjects, and some about both?"""
    one, other = theme.covered(first), theme.covered(second)
    is_most = len(one | other) >= MIN_BOTH_COVERAGE * len(theme.members)
    return is_most and len(one & other) >= MIN_SHARED * min(len(one), len(other))


def complete(theme: ThemeWords, subject: str) -> list[str]:
    """Return a longer phrase in place of a single word, or the word and an aspect that a fair share of members hold."""
    subject_rows = theme.covered(subject)
    longer: list[str] = []
    aspects: list[str] = []
    for phrase in theme.counts.phrases:
        if theme.counts.content_words[phrase] & theme.counts.proper_nouns or theme.counts.heads[phrase] in ACTIONS:
            continue
        if phrase.startswith(subject) and phrase != subject:
            if _adds_a_word(theme, phrase, subject) and is_candidate(theme, phrase, MIN_LONGER_COVERAGE):
                longer.append(phrase)
        elif (
            theme.counts.heads[phrase] not in GENERIC_HEADS
            and is_candidate(theme, phrase, MIN_ASPECT_COVERAGE)
            and not _overlaps(theme, phrase, subject)
            and len(subject_rows & theme.covered(phrase)) >= MIN_ASPECT_SHARED * len(theme.covered(phrase))
        ):
            aspects.append(phrase)
    if whole := _best(theme, longer):
        return [whole]
    if harm := _harm(theme, subject):
        return [harm]
    return [subject, aspect] if (aspect := _best(theme, aspects)) else [subject]


def _adds_a_word(theme: ThemeWords, phrase: str, subject: str) -> bool:
    """Does a longer phrase hold a word that the subject does not: 전기차 충전기, but not LG전자 LG?"""
    return any(word not in subject and subject not in word for word in theme.counts.content_words[phrase])


def _harm(theme: ThemeWords, subject: str) -> str:
    """Return the subject with the harm that a fair share of its members write of (기업 갑질); "" if there is none."""
    rows = theme.covered(subject)
    found = {
        word: len(theme.holders(word))
        for word in theme.rows_by_word
        if word.endswith(HARMS)
        and len(word) <= MAX_HARM_CHARS
        and len(theme.holders(word) & rows) >= MIN_HARMED
        and word not in GENERIC_HEADS
        and not any(word in other or other in word for other in theme.core_words(subject))
    }
    harm = max(found, key=lambda word: (found[word], -len(word), word), default="")
    if not harm or found[harm] < MIN_HARM_COVERAGE * len(theme.members):
        return ""
    return theme.counts.add_phrase(f"{theme.spelling(subject)} {harm}", (*theme.core_words(subject), harm), harm)


def as_one_phrase(theme: ThemeWords, subject: str, aspect: str) -> list[str]:
    """Return subject and aspect in the order in which a title says them right after each other, or nothing.

    Only particles may stand between: 국회의원의 급여, 여경을 채용.
    """
    for one, other in ((subject, aspect), (aspect, subject)):
        for reading in theme.counts.readings:
            _before, found, after = reading.title.partition(one)
            if found and any(after.startswith(f"{particle}{other}") for particle in _BETWEEN):
                return [one, other]
    return []


def _overlaps(theme: ThemeWords, phrase: str, subject: str) -> bool:
    """Does a phrase repeat a subject, or say no more than a part of it, or name the same kind of thing?

    불법 주차 beside 주차장 does not: it says more.
    """
    words, others = theme.counts.content_words[phrase], theme.counts.content_words[subject]
    return any(other in word or is_same_kind(word, other) for word in words for other in others) or all(
        any(word in other for other in others) for word in words
    )


def is_same_kind(word: str, other: str) -> bool:
    return any(word in kind and other in kind for kind in SAME_KIND)


def _best(theme: ThemeWords, phrases: Iterable[str]) -> str:
    """Return the phrase with the highest score, without spaces; "" if there is none."""
    scores = {phrase: score_phrase(theme, phrase) for phrase in phrases}
    return max(scores, key=lambda phrase: (scores[phrase], -len(phrase), phrase), default="")


def score_phrase(theme: ThemeWords, phrase: str) -> float:
    """Return the keyness that the phrase covers × log of its titles × factors for what weakens a title."""
    counts, spelled = theme.counts, theme.spelling(phrase)
    core = counts.content_words[phrase]
    rare_names = [
        word for word in core & counts.proper_nouns if len(theme.holders(word)) < MIN_COVERAGE * len(theme.members)
    ]
    unknown_words = sum(word not in counts.keyword_scores and word not in DEMANDED for word in core)
    is_generic = spelled.split()[-1] in GENERIC_HEADS or counts.heads[phrase] in GENERIC_HEADS
    return (
        (1 + sum(score for word, score in counts.keyword_scores.items() if word in phrase))
        * float(np.log1p(counts.phrases[phrase]))
        * theme.coverage(phrase)
        * (1.0 if " " in spelled else SINGLE_WORD_FACTORS.get(len(phrase), 0.7))
        * (0.3 if is_generic else 1.0)
        * 0.5 ** len(rare_names)
        * 0.6**unknown_words
    )
