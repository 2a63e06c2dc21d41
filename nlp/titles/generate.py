"""Generate a theme's title: a noun phrase of its members' own titles that most are about, and what they ask for.

1. The subject. Candidates are runs of nouns as people wrote them, in any spacing. A phrase *covers* the members that
   use all of its words, in title or text; a compound holds its parts. It passes where half of the members hold its core
   word and a third all of its words. The best one covers many keywords (`nlp.titles.keywords`) and stands in many
   titles. Where none passes, two phrases that together cover most members, and share some, are named.
2. The demand, with its direction (`nlp.titles.demands`): asked for by a fair share of the members, and opposed by
   hardly any, or the other way round (도입 반대). Where members want both, none is named.
3. Otherwise two keywords joined by "·", and the title is weak: an analyst should look at it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import hangeul
import numpy as np

from nlp.records import Keyword
from nlp.text.tokens import PhraseMatcher, lexicon
from nlp.titles.demands import (
    ACTIONS,
    ANIMALS,
    FAMILIES,
    GENERIC_ACTIONS,
    HARMS,
    IMPROVEMENTS,
    OPPOSITES,
    OTHER_PEOPLE,
    PEOPLE,
    PLACES,
    PLANS,
    PUNISHMENTS,
    SAME_KIND,
    STEMS,
    SUPPORT,
)
from nlp.titles.phrases import NO_COMPOUNDS, PhraseCounts, count_phrases, without_spaces

MAX_CHARS = 30
SINGLE_WORD_FACTORS = {1: 0.1, 2: 0.35, 3: 0.5}  # factor of a single word by its syllables: 길, 장애, 장애인
MIN_COVERAGE = 0.5  # share of the members that must hold the core word of the subject
MIN_PHRASE_COVERAGE = 0.3  # ... all words of the subject, or each of two subjects
MIN_BOTH_COVERAGE = 0.6  # ... or one of two subjects
MIN_MIXTURE_COVERAGE = 0.75  # share of the members that two subjects without common members must cover to be named
MIN_PAIR_LEAD = 2.0  # how many times the score of a single subject the first of two must have to be taken instead
MIN_SHARED = 0.2  # share of the smaller of two subjects' members that hold the other one too; fewer: a mixture
MIN_ASPECT_COVERAGE = 0.2  # share of the members that must hold an aspect of a single word
MIN_ASPECT_SHARED = 0.2  # share of an aspect's members that must hold the subject too
MAX_BARE_CHARS = 2  # letters of a word that is no title by itself: 겨울
MIN_HARM_COVERAGE = 0.2  # share of the members that must write of a harm to the subject for it to be named
MIN_HARMED = 4  # ... and at least so many members
MIN_LONGER_COVERAGE = 0.25  # share of the members that must hold a longer phrase for it to stand in for its core word
PART_FACTOR = 0.5  # score of a part of a keyword, as a share of the keyword's
MIN_FULL_SHARE = 0.4  # share of the members that say a word in full, of those who say its end, for both to be one
MIN_SHORT_CHARS = 3  # ... and letters of that end: 고양이 is 길고양이, but 병원 is no 정신병원
SMALL_THEME = 10  # members below which a phrase of one title may be the subject
MIN_WANTING = 3  # members that must want an improvement, or two in a small theme
MIN_OWN_DEMAND_SHARE = 0.2  # share of the members that must ask for it of the subject itself
MIN_LOOSE_DEMAND_SHARE = 0.3  # ... or anywhere in a text about the subject
MIN_IMPROVEMENT_SHARE = 0.2  # share that must want any improvement, where no single demand leads
MIN_PAIR_IMPROVEMENT_SHARE = 0.3  # ... of two subjects
# Demands of a sentence that are about its whole subject; others (설치, 금지) are about the noun before them.
LOOSE_ACTIONS = frozenset(
    "처벌 엄벌 수사 재수사 조사 진상조사 징계 파면 해임 구속 철회 백지화 보상 사퇴 탄핵 퇴출 해산".split()
)
REJECTIONS = frozenset("반대 철회 백지화 폐지 폐쇄 취소 중단 해산 퇴출 처벌 엄벌 탄핵 해임 파면 사퇴".split())
AGAINST_HARM = (
    IMPROVEMENTS | LOOSE_ACTIONS | frozenset("대책 방지 예방 저감 감축 줄이기 제거 퇴치 단속 금지 해결".split())
)
MIN_FAMILY_SHARE = 0.3  # share of the members that must ask for any demand of a family
MIN_OWN_OF_FAMILY = 2  # members that must ask it of the subject itself
MIN_FAMILY_LEAD = 0.15  # ... and the one of them that is named
MAX_DISSENT = 1 / 3  # of those who ask for it, how many may want the opposite
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
DEMANDED = ACTIONS | PLANS
PROPOSALS = frozenset(
    "개선안 개선점 개선방안 방안 방법 대안 해소 아이디어".split()
)  # a title with one wants improvement
ACTIVITIES = tuple("신고 치료 입원 수술 수업 시위 집회 근무 판결 재판 선거 투표".split())  # are not improved
NOISE = re.compile("청원|요구|촉구|공감|요망|대통령님|제안서|적발|부탁|장관님|호소|도움|억울|고발")  # says nothing
_BETWEEN = ("", "의", "에서", "에", "을", "를", "들", "들의", "들을")  # between two nouns that are one phrase
N_WEAK_KEYWORDS = 5  # keywords that a weak title may be made of
Rows = frozenset[int]


@dataclass(frozen=True)
class Title:
    """A theme's title and what it rests on.

    :param is_weak: no rule was passed; an analyst should look at it
    :param core: words of its subject, any of which its representatives should hold
    :param requests: indices of the titles given whose authors ask for what the title says
    """

    text: str
    is_weak: bool = False
    core: tuple[str, ...] = ()
    requests: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Theme:
    """What the rules look at: counts over the titles, and the words of all members."""

    counts: PhraseCounts
    members: Sequence[Set[str]]
    keywords: Set[str]
    parts: Mapping[str, Sequence[str]]
    _holders: dict[str, Rows] = field(default_factory=dict)
    _covered: dict[str, Rows] = field(default_factory=dict)

    @cached_property
    def rows_by_word(self) -> dict[str, set[int]]:
        rows: dict[str, set[int]] = {}
        for row, words in enumerate(self.members):
            for word in words:
                rows.setdefault(word, set()).add(row)
        return rows

    def holders(self, word: str) -> Rows:
        """Return the members that use the word, a compound that holds it, or all parts of a compound that it is."""
        if word not in self._holders:
            rows = self.rows_by_word.items()
            found = frozenset[int]().union(*(holding for other, holding in rows if word in other))
            found |= self._said_in_short(word, found)
            parts = [part for part in self.parts.get(word) or lexicon().get(word, ()) if len(part) > 1]
            if len(parts) > 1:
                found |= frozenset.intersection(*map(self.holders, parts))
            self._holders[word] = found
        return self._holders[word]

    def _said_in_short(self, word: str, found: Rows) -> Rows:
        """Return the members that use only the end of a word, where it is said in full so often that both are one."""
        if word in STEMS:
            return frozenset(self.rows_by_word.get(STEMS[word], ()))
        ends = (word[at:] for at in range(1, len(word) - MIN_SHORT_CHARS + 1))
        short = next((self.rows_by_word[end] for end in ends if end in self.rows_by_word), set[int]())
        return frozenset(short) if len(found) >= MIN_FULL_SHARE * len(found | short) else frozenset()

    def is_single_word(self, phrase: str) -> bool:
        """Is a phrase one word, or the name and office of one person?"""
        return " " not in self.spelling(phrase) or phrase.endswith(OTHER_PEOPLE)

    def core_words(self, phrase: str) -> list[str]:
        """Return the words of a phrase that name its subject: all but its actions, if there are others."""
        words = sorted(self.counts.content_words[phrase])
        return [word for word in words if word not in DEMANDED] or words

    def covered(self, phrase: str) -> Rows:
        """Return the members that use all words of a phrase, but for its actions."""
        if phrase not in self._covered:
            words = self.core_words(phrase)
            self._covered[phrase] = frozenset.intersection(*map(self.holders, words)) if words else frozenset()
        return self._covered[phrase]

    def core_coverage(self, phrase: str) -> float:
        """Return the share of the members that use the most common word of a phrase, 0..1."""
        return max((len(self.holders(word)) for word in self.core_words(phrase)), default=0) / max(1, len(self.members))

    def coverage(self, phrase: str) -> float:
        """Return the share of the members that a phrase covers, 0..1."""
        return len(self.covered(phrase)) / max(1, len(self.members))

    def spelling(self, phrase: str) -> str:
        """Return the most common spacing of a phrase."""
        return max(self.counts.spellings[phrase].items(), key=lambda pair: (pair[1], pair[0]))[0]


def generate_title(
    titles: Sequence[str],
    keywords: Sequence[Keyword],
    member_words: Sequence[Set[str]] = (),
    compounds: PhraseMatcher = NO_COMPOUNDS,
    requests: Sequence[Sequence[str]] = (),
    parts: Mapping[str, Sequence[str]] | None = None,
) -> Title:
    """Return a title for a theme; never empty, never longer than MAX_CHARS.

    :param titles: cleaned titles, the most central first
    :param keywords: the theme's keywords, the strongest first
    :param member_words: the words of each counted member; none: those of the titles
    :param compounds: nouns that these ideas use as one word, however the tagger splits them
    :param requests: of each title the sentences of its text that ask for something
    :param parts: compounds -> their parts
    """
    counts = PhraseCounts(_marks(keywords, member_words), compounds)
    for index, text in enumerate(titles):
        count_phrases(text, counts, requests[index] if index < len(requests) else ())
    members = member_words or [reading.nouns for reading in counts.readings]
    theme = _Theme(counts, members, {keyword.word for keyword in keywords}, parts or {})
    subjects = _choose_subjects(theme)
    if not subjects:
        return _weak_title(theme, titles, keywords)
    if len(subjects) == 1 and (other := _other_half(theme, subjects[0])):
        return Title(f"{theme.spelling(subjects[0])}·{theme.spelling(other)}", True, (subjects[0], other))
    core = tuple(sorted({word for subject in subjects[:1] for word in theme.core_words(subject)}))
    subjects, demand = _with_demand(theme, subjects)
    if len(subjects) == 1 and not demand and len(subjects[0]) <= MAX_BARE_CHARS:
        return _weak_title(theme, titles, keywords)
    return Title(_joined(theme, subjects, demand), False, core, frozenset(_askers(theme, demand)))


def _with_demand(theme: _Theme, subjects: Sequence[str]) -> tuple[Sequence[str], str]:
    """Return what a theme is about, and what its members ask for, "" for nothing.

    A single word with neither a demand nor most of the members behind it says little, so it is completed.
    """
    if len(subjects) == 1:
        subject = subjects[0]
        demand = _choose_demand(theme, subject)
        if not demand and theme.coverage(subject) >= MIN_BOTH_COVERAGE:
            demand = _improvement(theme, subject, in_title=True)
        if demand or not theme.is_single_word(subject):
            return subjects, demand or _remedy(theme, subject)
        subjects = _complete(theme, subject)
    if len(subjects) == 1:
        return subjects, _choose_demand(theme, subjects[0]) or _improvement(theme, subjects[0])
    rows = frozenset[int]().union(*map(theme.covered, subjects))
    wanted = {_improvement(theme, subject, rows, min_share=MIN_PAIR_IMPROVEMENT_SHARE) for subject in subjects}
    return subjects, wanted.pop() if len(wanted) == 1 else ""


def _remedy(theme: _Theme, subject: str) -> str:
    return _improvement(theme, subject) if subject.endswith(HARMS) else ""


def _other_half(theme: _Theme, subject: str) -> str:
    """Return what the members without a subject are about, where hardly any are about both: a mixture; else ""."""
    rows = theme.covered(subject)
    if len(rows) > MIN_BOTH_COVERAGE * len(theme.members):
        return ""
    others = []
    for phrase in theme.counts.phrases:
        found = theme.covered(phrase)
        if (
            _is_candidate(theme, phrase)
            and theme.counts.heads[phrase] not in NO_HEADS
            and not _overlaps(theme, phrase, subject)
            and len(found & rows) < MIN_SHARED * len(found)
            and len(found | rows) >= MIN_MIXTURE_COVERAGE * len(theme.members)
        ):
            others.append(phrase)
    return _best(theme, others)


def _marks(keywords: Sequence[Keyword], member_words: Sequence[Set[str]]) -> dict[str, float]:
    """Return the keywords with their scores, and the parts of keywords that a third of the members use.

    Keywords leave out 고양이 beside 길고양이: all members say it, and it must be known to be what they are about.
    """
    marks = {keyword.word: keyword.score for keyword in keywords}
    vocabulary = Counter(chain.from_iterable(member_words))
    for part in [word for word in vocabulary if word not in marks and any(word in mark for mark in marks)]:
        n_holders = sum(any(part in word for word in words) for words in member_words)
        if n_holders >= MIN_PHRASE_COVERAGE * len(member_words):
            marks[part] = PART_FACTOR * max(keyword.score for keyword in keywords if part in keyword.word)
    return marks


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


def _choose_subjects(theme: _Theme) -> list[str]:
    """Return one phrase whose core word half of the members hold, two that cover most of them together, or none.

    Two are also taken where the first of them says far more than any that half of the members hold.
    """
    candidates = [
        phrase for phrase in theme.counts.phrases if _is_candidate(theme, phrase) and _is_asked(theme, phrase)
    ]
    single = _best(theme, [phrase for phrase in candidates if theme.core_coverage(phrase) >= MIN_COVERAGE])
    named = [phrase for phrase in candidates if theme.counts.heads[phrase] not in NO_HEADS]
    first = _best(theme, named)
    rest = [
        phrase
        for phrase in named
        if first and not _overlaps(theme, phrase, first) and _cover_together(theme, first, phrase)
    ]
    second = _best(theme, rest)
    if single and not (second and _score_phrase(theme, first) >= MIN_PAIR_LEAD * _score_phrase(theme, single)):
        return [single]
    return [first, second] if second else []


def _is_candidate(theme: _Theme, phrase: str, min_coverage: float = MIN_PHRASE_COVERAGE) -> bool:
    """Is a phrase short, in enough titles, true of enough members, and more than a generic word?"""
    marks, is_unbroken = theme.counts.keyword_scores, phrase in theme.counts.unbroken
    return (
        len(phrase) <= MAX_CHARS - 8
        and phrase not in GENERIC_HEADS
        and theme.coverage(phrase) >= min_coverage
        and (
            theme.counts.phrases[phrase] > 1
            or phrase in marks
            or (is_unbroken and _is_made_of_keywords(theme, phrase))
            or (
                is_unbroken
                and len(theme.members) < SMALL_THEME
                and theme.coverage(phrase) >= MIN_COVERAGE
                and all(word in marks for word in theme.counts.content_words[phrase])
            )
        )
        and NOISE.search(phrase) is None
    )


def _is_made_of_keywords(theme: _Theme, phrase: str) -> bool:
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


def _cover_together(theme: _Theme, first: str, second: str) -> bool:
    """Are most members about one of two subjects, and some about both?"""
    one, other = theme.covered(first), theme.covered(second)
    is_most = len(one | other) >= MIN_BOTH_COVERAGE * len(theme.members)
    return is_most and len(one & other) >= MIN_SHARED * min(len(one), len(other))


def _complete(theme: _Theme, subject: str) -> list[str]:
    """Return a longer phrase in place of a single word, or the word and an aspect that a fair share of members hold."""
    subject_rows = theme.covered(subject)
    longer: list[str] = []
    aspects: list[str] = []
    for phrase in theme.counts.phrases:
        if theme.counts.content_words[phrase] & theme.counts.proper_nouns or theme.counts.heads[phrase] in ACTIONS:
            continue
        if phrase.startswith(subject) and phrase != subject and _is_candidate(theme, phrase, MIN_LONGER_COVERAGE):
            longer.append(phrase)
        elif (
            theme.counts.heads[phrase] not in GENERIC_HEADS
            and _is_candidate(theme, phrase, MIN_ASPECT_COVERAGE)
            and not _overlaps(theme, phrase, subject)
            and len(subject_rows & theme.covered(phrase)) >= MIN_ASPECT_SHARED * len(theme.covered(phrase))
        ):
            aspects.append(phrase)
    if whole := _best(theme, longer):
        return [whole]
    if harm := _harm(theme, subject):
        return [harm]
    return [subject, aspect] if (aspect := _best(theme, aspects)) else [subject]


def _harm(theme: _Theme, subject: str) -> str:
    """Return the subject with the harm that a fair share of its members write of (기업 갑질); "" if there is none."""
    rows = theme.covered(subject)
    found = {
        word: len(theme.holders(word))
        for word in theme.rows_by_word
        if word.endswith(HARMS)
        and len(theme.holders(word) & rows) >= MIN_HARMED
        and word not in GENERIC_HEADS
        and not any(word in other or other in word for other in theme.core_words(subject))
    }
    harm = max(found, key=lambda word: (found[word], -len(word), word), default="")
    if not harm or found[harm] < MIN_HARM_COVERAGE * len(theme.members):
        return ""
    return theme.counts.add_phrase(f"{theme.spelling(subject)} {harm}", (*theme.core_words(subject), harm), harm)


def _as_one_phrase(theme: _Theme, subject: str, aspect: str) -> list[str]:
    """Return subject and aspect in the order in which a title says them right after each other, or nothing.

    Only particles may stand between: 국회의원의 급여, 여경을 채용.
    """
    for one, other in ((subject, aspect), (aspect, subject)):
        for reading in theme.counts.readings:
            _before, found, after = reading.title.partition(one)
            if found and any(after.startswith(f"{particle}{other}") for particle in _BETWEEN):
                return [one, other]
    return []


def _overlaps(theme: _Theme, phrase: str, subject: str) -> bool:
    """Does a phrase repeat a subject, or say no more than a part of it, or name the same kind of thing?

    불법 주차 beside 주차장 does not: it says more.
    """
    words, others = theme.counts.content_words[phrase], theme.counts.content_words[subject]
    return any(other in word or _is_same_kind(word, other) for word in words for other in others) or all(
        any(word in other for other in others) for word in words
    )


def _is_same_kind(word: str, other: str) -> bool:
    return any(word in kind and other in kind for kind in SAME_KIND)


def _best(theme: _Theme, phrases: Iterable[str]) -> str:
    """Return the phrase with the highest score, without spaces; "" if there is none."""
    scores = {phrase: _score_phrase(theme, phrase) for phrase in phrases}
    return max(scores, key=lambda phrase: (scores[phrase], -len(phrase), phrase), default="")


def _score_phrase(theme: _Theme, phrase: str) -> float:
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


def _is_asked(theme: _Theme, phrase: str) -> bool:
    """Is a phrase that ends with a demand (경유차 폐지) what members ask for? Others name a subject and need not be."""
    action = theme.counts.heads[phrase]
    if action not in DEMANDED:
        return True
    wanted, opposed = _supporters(theme, action, against=False), _supporters(theme, action, against=True)
    enough = max(2, MIN_LOOSE_DEMAND_SHARE * len(theme.counts.readings))
    if len(wanted) >= enough and len(opposed) <= MAX_DISSENT * len(wanted):
        return True
    return action in PLANS and len(opposed) >= enough and len(wanted) <= MAX_DISSENT * len(opposed)


def _supporters(theme: _Theme, action: str, against: bool) -> Rows:
    """Return the readings that ask for an action, or that oppose it or ask for its opposite; complaints oppose it."""
    opposite = OPPOSITES.get(action, "")
    return frozenset(
        row
        for row, reading in enumerate(theme.counts.readings)
        for _object, demand in reading.demands
        if (demand.action == action and demand.is_against is against)
        or (opposite and demand.action == opposite and demand.is_against is not against)
    )


def _choose_demand(theme: _Theme, subject: str) -> str:
    """Return what a fair share of the members ask for, with its direction; "" if there is nothing."""
    action = theme.counts.heads[subject]
    if action in DEMANDED:
        return _stance(theme, action)
    n = len(theme.counts.readings)
    own, loose, labels = _count_demands(theme, subject)
    named = [
        (demand[0] in GENERIC_ACTIONS, -own[demand], -loose[demand], labels[demand].most_common(1)[0][0])
        for demand in loose
        if (
            own[demand] >= max(2, MIN_OWN_DEMAND_SHARE * n)
            or (_is_loose(demand) and loose[demand] >= max(2, MIN_LOOSE_DEMAND_SHARE * n))
        )
        and (own[demand] > 1 or not subject.endswith(OTHER_PEOPLE))
        and _is_undisputed(theme, demand)
        and _fits(subject, demand)
    ]
    return min(named)[-1] if named else _family_demand(theme, subject, own, loose)


def _family_demand(
    theme: _Theme, subject: str, own: Counter[tuple[str, bool]], loose: Counter[tuple[str, bool]]
) -> str:
    """Return the most common demand of a family that a fair share of the members ask for; "" if there is none.

    Some must ask it of the subject itself: who wants a member of parliament punished may do so for the president.
    """
    n = len(theme.counts.readings)
    for family in FAMILIES:
        told = loose if family <= LOOSE_ACTIONS | REJECTIONS else own
        counts = {
            demand: told[demand]
            for demand in told
            if not demand[1]
            and demand[0].split()[-1] in family
            and _fits(subject, demand)
            and _is_undisputed(theme, demand)
        }
        n_own = sum(own[demand] for demand in counts)
        if n_own >= MIN_OWN_OF_FAMILY and sum(counts.values()) >= max(MIN_WANTING, MIN_FAMILY_SHARE * n):
            leading = max(counts, key=lambda demand: (counts[demand], demand))
            if counts[leading] >= MIN_FAMILY_LEAD * n:
                return leading[0]
    return ""


def _is_loose(demand: tuple[str, bool]) -> bool:
    action, is_against = demand
    return is_against or action.split()[0] in LOOSE_ACTIONS


def _count_demands(
    theme: _Theme, subject: str
) -> tuple[Counter[tuple[str, bool]], Counter[tuple[str, bool]], dict[tuple[str, bool], Counter[str]]]:
    """Count members by (action, is it opposed): who ask it of the subject; who ask it at all; in which words."""
    own, loose = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    labels: dict[tuple[str, bool], Counter[str]] = {}
    words = theme.counts.content_words[subject] | {subject}
    for reading in theme.counts.readings:
        demands = [(noun, demand) for noun, demand in reading.demands if demand.is_nameable]
        loose.update({(demand.action, demand.is_against) for _noun, demand in demands})
        own.update({(d.action, d.is_against) for noun, d in demands if noun and any(noun in word for word in words)})
        for _noun, demand in demands:
            labels.setdefault((demand.action, demand.is_against), Counter())[demand.label] += 1
    return own, loose, labels


def _is_undisputed(theme: _Theme, demand: tuple[str, bool]) -> bool:
    action, is_against = demand
    wanted, opposed = _supporters(theme, action, is_against), _supporters(theme, action, not is_against)
    return len(opposed) <= MAX_DISSENT * len(wanted)


def _fits(subject: str, demand: tuple[str, bool]) -> bool:
    """Harm is not improved, people and animals are helped and not punished, places are neither."""
    action, is_against = demand
    last = action.split()[-1]
    if last in PUNISHMENTS and subject.endswith(PEOPLE + ANIMALS):
        return False
    if is_against or last not in IMPROVEMENTS:
        return True
    if subject.endswith(HARMS):
        return last in {"강화"} and action != last
    if subject.endswith(PEOPLE + OTHER_PEOPLE + ANIMALS):
        return last in SUPPORT and not subject.endswith(OTHER_PEOPLE)
    return last != "개선" or not PLACES.search(subject)


def _stance(theme: _Theme, action: str) -> str:
    """Return the word that opposes the action a subject ends with, where members do; else ""."""
    wanted, opposed = _supporters(theme, action, against=False), _supporters(theme, action, against=True)
    words = Counter(
        demand.opposing
        for reading in theme.counts.readings
        for _noun, demand in reading.demands
        if demand.action == action and demand.is_against and demand.is_nameable
    )
    is_opposed = len(opposed) >= max(2, MIN_OWN_DEMAND_SHARE * len(theme.counts.readings))
    return words.most_common(1)[0][0] if words and is_opposed and len(wanted) <= MAX_DISSENT * len(opposed) else ""


def _improvement(
    theme: _Theme,
    subject: str,
    rows: Rows = frozenset(),
    in_title: bool = False,
    min_share: float = MIN_IMPROVEMENT_SHARE,
) -> str:
    """Return 개선, or what fits the subject better, where a fair share of the members want any improvement.

    :param rows: members about the subject; none: those that hold a word of it
    :param in_title: only members whose titles hold a word of the subject count
    """
    if theme.counts.heads[subject] in DEMANDED:
        return ""
    is_harm, is_living = subject.endswith(HARMS), subject.endswith(PEOPLE + ANIMALS)
    wanted = AGAINST_HARM if is_harm else SUPPORT if is_living and in_title else IMPROVEMENTS
    words, n = theme.core_words(subject), len(theme.counts.readings)
    rows = rows or frozenset[int]().union(*map(theme.holders, words))
    about = [
        reading
        for row, reading in enumerate(theme.counts.readings)
        if (row in rows and not in_title) or any(word in reading.title for word in words)
    ]
    n_wanting = sum(
        any(d.action.split()[-1] in wanted and not d.is_against for _noun, d in reading.demands)
        or (not is_living and not reading.nouns.isdisjoint(PROPOSALS))
        for reading in about
    )
    n_opposing = sum(any(d.is_against or d.action in REJECTIONS for _noun, d in reading.demands) for reading in about)
    if n_wanting < max(MIN_WANTING if n >= SMALL_THEME else 2, min_share * n):
        return ""
    if not is_harm and n_opposing > MAX_DISSENT * n_wanting:
        return ""
    if is_harm:
        return "대책"
    if is_living:
        return "보호" if subject.endswith(ANIMALS) else "지원"
    is_name = theme.counts.heads[subject] in theme.counts.proper_nouns or subject.endswith(("자", "인", "법"))
    is_refused = is_name or subject.endswith(OTHER_PEOPLE) or PLACES.search(subject) is not None
    return "" if is_refused or subject.endswith(ACTIVITIES) else "개선"


def _askers(theme: _Theme, demand: str) -> Iterable[int]:
    """Yield the readings that ask for a demand in these words, or for any improvement where it says no more."""
    if not demand:
        return
    is_any = demand in {"개선", "지원", "보호", "대책"}
    for row, reading in enumerate(theme.counts.readings):
        if any(
            d.label == demand or d.opposing == demand or (is_any and d.action.split()[-1] in IMPROVEMENTS)
            for _noun, d in reading.demands
        ):
            yield row


def _joined(theme: _Theme, subjects: Sequence[str], demand: str) -> str:
    """Return subjects and demand as one phrase of at most MAX_CHARS letters."""
    spelled = [_with_space(theme.spelling(subject), theme.counts.heads[subject]) for subject in subjects]
    if len(subjects) == 1:
        phrase = spelled[0]
    elif together := _as_one_phrase(theme, subjects[0], subjects[1]):
        phrase = " ".join(theme.spelling(subject) for subject in together)
    else:
        phrase = f"{spelled[0]}{hangeul.get_josa(spelled[0], '와/과')} {spelled[1]}"
    is_said = not demand or demand.split()[0] in phrase
    for text in (phrase if is_said else f"{phrase} {demand}", phrase):
        if len(text) <= MAX_CHARS:
            return text
    return spelled[0]


def _with_space(spelled: str, head: str) -> str:
    """Return a phrase with a space before the action it ends with: 버스노선 신설."""
    before = spelled.removesuffix(head)
    is_action = head in DEMANDED
    return f"{before.rstrip()} {head}" if is_action and len(before.strip()) > 1 and before != spelled else spelled


def _weak_title(theme: _Theme, titles: Sequence[str], keywords: Sequence[Keyword]) -> Title:
    """Return two words or keywords that stand in titles and that many members hold; else a title that fits."""
    chosen: list[str] = []
    for word in [*_weak_words(theme), *_weak_keywords(theme, keywords)]:
        if len(chosen) < 2 and not any(
            word in other or other in word or _is_same_kind(word, other) for other in chosen
        ):
            chosen.append(word)
    spelled = [theme.spelling(word) if word in theme.counts.spellings else word for word in chosen]
    for text in ("·".join(spelled), *spelled[:1], *(" ".join(title.split()) for title in titles)):
        if text:
            return Title(text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…", True, tuple(chosen))
    return Title("이름 없는 묶음", True)


def _weak_words(theme: _Theme) -> list[str]:
    """Return words of titles that a fair share of the members hold, the best first."""
    found = {
        phrase: _score_phrase(theme, phrase)
        for phrase in theme.counts.phrases
        if " " not in theme.spelling(phrase)
        and _is_candidate(theme, phrase)
        and theme.counts.heads[phrase] not in NO_HEADS
        and not theme.counts.content_words[phrase] & theme.counts.proper_nouns
    }
    return sorted(found, key=lambda phrase: (-found[phrase], phrase))


def _weak_keywords(theme: _Theme, keywords: Sequence[Keyword]) -> list[str]:
    """Return the first keywords that stand in titles, those held by the most members first."""
    readings = theme.counts.readings
    written = [k.word for k in keywords if any(k.word in reading.title for reading in readings)]
    written = written or [keyword.word for keyword in keywords]
    telling = [word for word in written if word not in NO_HEADS] or written
    return sorted(telling[:N_WEAK_KEYWORDS], key=lambda word: -len(theme.holders(word)))
