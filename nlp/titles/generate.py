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

import hangeul
import numpy as np

from nlp.records import Keyword
from nlp.text.tokens import PhraseMatcher
from nlp.titles.demands import (
    ACTIONS,
    ANIMALS,
    GENERIC_ACTIONS,
    HARMS,
    IMPROVEMENTS,
    OPPOSITES,
    OTHER_PEOPLE,
    PEOPLE,
    PLACES,
    PLANS,
    SUPPORT,
)
from nlp.titles.phrases import NO_COMPOUNDS, PhraseCounts, count_phrases, without_spaces

MAX_CHARS = 30
SINGLE_WORD_FACTORS = {1: 0.1, 2: 0.35, 3: 0.5}  # factor of a single word by its syllables: 길, 장애, 장애인
MIN_COVERAGE = 0.5  # share of the members that must hold the core word of the subject
MIN_PHRASE_COVERAGE = 1 / 3  # ... all words of the subject, or each of two subjects
MIN_BOTH_COVERAGE = 0.6  # ... or one of two subjects
MIN_SHARED = 0.2  # share of the smaller of two subjects' members that hold the other one too; fewer: a mixture
MIN_ASPECT_COVERAGE = 0.2  # share of the members that must hold an aspect of a single word
MIN_ASPECT_SHARED = 0.2  # share of an aspect's members that must hold the subject too
SMALL_THEME = 10  # members below which a phrase of one title may be the subject
MIN_WANTING = 3  # members that must want an improvement, or two in a small theme
MIN_OWN_DEMAND_SHARE = 0.15  # share of the members that must ask for it of the subject itself
MIN_LOOSE_DEMAND_SHARE = 0.3  # ... or anywhere in a text about the subject
MIN_IMPROVEMENT_SHARE = 0.2  # share that must want any improvement, where no single demand leads
# Demands of a sentence that are about its whole subject; others (설치, 금지) are about the noun before them.
LOOSE_ACTIONS = frozenset(
    "처벌 엄벌 수사 재수사 조사 진상조사 징계 파면 해임 구속 철회 백지화 보상 사퇴 탄핵 퇴출 해산".split()
)
REJECTIONS = frozenset("반대 철회 백지화 폐지 폐쇄 취소 중단 해산 퇴출 처벌 엄벌 탄핵 해임 파면 사퇴".split())
AGAINST_HARM = (
    IMPROVEMENTS | LOOSE_ACTIONS | frozenset("대책 방지 예방 저감 감축 줄이기 제거 퇴치 단속 금지 해결".split())
)
MAX_DISSENT = 1 / 3  # of those who ask for it, how many may want the opposite
# Words that say too little to end a title.
GENERIC_HEADS = frozenset(
    "제안서 정책 사업 발생 시스템 프로그램 서비스 계획 업체 사건 사회 관련 마을 사이트 사용량 활동 사용자 이용자 제도 "
    "대상 지역 기타 여러분 센터 부족 현실 실태 발언 청원 국민청원 촉구 호소 요구 건의서 방향 수단 종류 경우 피해 대안 "
    "동의 공감 청와대 대통령 장관 자리 책임 억울 반성 규정 개인 단체 기관 지자체 자치구 결과 안건 이중 사람들 "
    "장애 엄마 아들 딸 동생 죽음 국민 소식 이야기 고소 조사 대리 시도 지정 강력 처벌 자유 금지 부재 국내 시각 회원 "
    "능력 보호 안전 행사 방안 방법 아이디어 프로젝트 선생 공사 위 활성화 시설 서울 시민 평가 국가 절차 "
    "분야 용지 가까이 정서 직업 근무".split()
)
NOISE = re.compile("청원|요구|촉구|공감|요망|대통령님|제안서|적발|부탁|장관님|호소|도움|억울|고발")  # says nothing
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
    parts: Mapping[str, Sequence[str]]
    _holders: dict[str, Rows] = field(default_factory=dict)

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
            parts = [part for part in self.parts.get(word, ()) if len(part) > 1]
            if len(parts) > 1:
                found |= frozenset.intersection(*map(self.holders, parts))
            self._holders[word] = found
        return self._holders[word]

    def core_words(self, phrase: str) -> list[str]:
        """Return the words of a phrase that name its subject: all but its actions, if there are others."""
        words = sorted(self.counts.content_words[phrase])
        return [word for word in words if word not in ACTIONS and word not in PLANS] or words

    def covered(self, phrase: str) -> Rows:
        """Return the members that use all words of a phrase, but for its actions."""
        words = self.core_words(phrase)
        return frozenset.intersection(*map(self.holders, words)) if words else frozenset()

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
    counts = PhraseCounts({keyword.word: keyword.score for keyword in keywords}, compounds)
    for index, text in enumerate(titles):
        count_phrases(text, counts, requests[index] if index < len(requests) else ())
    theme = _Theme(counts, member_words or [reading.nouns for reading in counts.readings], parts or {})
    subjects = _choose_subjects(theme)
    if not subjects:
        return _weak_title(titles, keywords, counts)
    demand = _choose_demand(theme, subjects[0]) if len(subjects) == 1 else ""
    if len(subjects) == 1 and not demand and " " not in theme.spelling(subjects[0]):  # a single word says little
        subjects += [aspect] if (aspect := _aspect(theme, subjects[0])) else []
    core = tuple(sorted({word for subject in subjects[:1] for word in theme.core_words(subject)}))
    return Title(_joined(theme, subjects, demand), False, core, frozenset(_askers(theme, demand)))


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
    """Return one phrase whose core word half of the members hold, two that cover most of them together, or none."""
    candidates = [
        phrase for phrase in theme.counts.phrases if _is_candidate(theme, phrase) and _is_asked(theme, phrase)
    ]
    if best := _best(theme, [phrase for phrase in candidates if theme.core_coverage(phrase) >= MIN_COVERAGE]):
        return [best]
    named = [phrase for phrase in candidates if theme.counts.heads[phrase] not in GENERIC_HEADS | ACTIONS]
    first = _best(theme, named)
    rest = [
        phrase
        for phrase in named
        if first and not _overlaps(theme, phrase, first) and _cover_together(theme, first, phrase)
    ]
    second = _best(theme, rest)
    return [first, second] if second else []


def _is_candidate(theme: _Theme, phrase: str, min_coverage: float = MIN_PHRASE_COVERAGE) -> bool:
    """Is a phrase short, in enough titles, true of enough members, and more than a generic word?"""
    marks = theme.counts.keyword_scores
    is_shared = theme.counts.phrases[phrase] > 1 or phrase in marks or _is_made_of_keywords(theme, phrase)
    is_small = len(theme.members) < SMALL_THEME and all(word in marks for word in theme.counts.content_words[phrase])
    return (
        len(phrase) <= MAX_CHARS - 8
        and NOISE.search(phrase) is None
        and phrase not in GENERIC_HEADS
        and (is_shared or is_small)
        and theme.coverage(phrase) >= min_coverage
    )


def _is_made_of_keywords(theme: _Theme, phrase: str) -> bool:
    """Is a phrase nothing but keywords, all of which a fair share of the members use: 주택 공급, 광화문 광장?"""
    words = theme.counts.content_words[phrase]
    return (
        sum(map(len, words)) == len(phrase)
        and all(word in theme.counts.keyword_scores for word in words)
        and theme.coverage(phrase) >= MIN_PHRASE_COVERAGE
    )


def _cover_together(theme: _Theme, first: str, second: str) -> bool:
    """Are most members about one of two subjects, and some about both?"""
    one, other = theme.covered(first), theme.covered(second)
    is_most = len(one | other) >= MIN_BOTH_COVERAGE * len(theme.members)
    return is_most and len(one & other) >= MIN_SHARED * min(len(one), len(other))


def _aspect(theme: _Theme, subject: str) -> str:
    """Return another phrase that a fair share of the members hold, mostly with the subject; "" if there is none."""
    subject_rows = theme.covered(subject)
    return _best(
        theme,
        [
            phrase
            for phrase in theme.counts.phrases
            if _is_candidate(theme, phrase, MIN_ASPECT_COVERAGE)
            and theme.counts.heads[phrase] not in GENERIC_HEADS | ACTIONS
            and not _overlaps(theme, phrase, subject)
            and len(subject_rows & theme.covered(phrase)) >= MIN_ASPECT_SHARED * len(theme.covered(phrase))
        ],
    )


def _overlaps(theme: _Theme, phrase: str, other: str) -> bool:
    """Do two phrases share a word, or a part of one?"""
    words, others = theme.counts.content_words[phrase], theme.counts.content_words[other]
    return any(a in b or b in a for a in words for b in others)


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
    unknown_words = sum(word not in counts.keyword_scores and word not in ACTIONS | PLANS for word in core)
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
    if action not in ACTIONS and action not in PLANS:
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
    """Return what a fair share of the members ask for, with its direction; else 개선 or the like; else ""."""
    action = theme.counts.heads[subject]
    if action in ACTIONS | PLANS:
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
        and _is_undisputed(theme, demand)
        and _fits(subject, demand)
    ]
    return min(named)[-1] if named else _improvement(theme, subject)


def _is_loose(demand: tuple[str, bool]) -> bool:
    action, is_against = demand
    return is_against or action.split()[0] in LOOSE_ACTIONS


def _count_demands(
    theme: _Theme, subject: str
) -> tuple[Counter[tuple[str, bool]], Counter[tuple[str, bool]], dict[tuple[str, bool], Counter[str]]]:
    """Count members by (action, is it opposed): who ask it of the subject itself; who ask it at all; in which words."""
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
    """Harm is not improved, people and animals are helped, places are neither."""
    action, is_against = demand
    last = action.split()[-1]
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


def _improvement(theme: _Theme, subject: str) -> str:
    """Return 개선, or what fits the subject better, where a fair share of the members want any improvement."""
    is_harm, is_living = subject.endswith(HARMS), subject.endswith(PEOPLE + ANIMALS)
    wanted = AGAINST_HARM if is_harm else SUPPORT if is_living else IMPROVEMENTS
    words, n = theme.core_words(subject), len(theme.counts.readings)
    about = [reading for reading in theme.counts.readings if any(word in reading.title for word in words)]
    n_wanting = sum(
        any(d.action.split()[-1] in wanted and not d.is_against for _noun, d in reading.demands) for reading in about
    )
    n_opposing = sum(any(d.is_against or d.action in REJECTIONS for _noun, d in reading.demands) for reading in about)
    if n_wanting < max(MIN_WANTING if n >= SMALL_THEME else 2, MIN_IMPROVEMENT_SHARE * n):
        return ""
    if not is_harm and n_opposing > MAX_DISSENT * n_wanting:
        return ""
    if is_harm:
        return "대책"
    if is_living:
        return "보호" if subject.endswith(ANIMALS) else "지원"
    is_name = theme.counts.heads[subject] in theme.counts.proper_nouns or subject.endswith(("자", "인", "법"))
    is_refused = is_name or subject.endswith(OTHER_PEOPLE) or PLACES.search(subject) is not None
    return "" if is_refused else "개선"


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
    spelled = [theme.spelling(subject) for subject in subjects]
    phrase = spelled[0] if len(spelled) == 1 else f"{spelled[0]}{hangeul.get_josa(spelled[0], '와/과')} {spelled[1]}"
    is_said = not demand or demand.split()[0] in phrase
    for text in (phrase if is_said else f"{phrase} {demand}", phrase):
        if len(text) <= MAX_CHARS:
            return text
    return spelled[0]


def _weak_title(titles: Sequence[str], keywords: Sequence[Keyword], counts: PhraseCounts) -> Title:
    """Return two keywords that stand in titles, held by the most members; else a title that fits."""
    written = [k for k in keywords if any(k.word in reading.title for reading in counts.readings)] or list(keywords)
    telling = [k for k in written if k.word not in GENERIC_HEADS | ACTIONS] or written
    words: list[str] = []
    for word in [k.word for k in sorted(telling[:5], key=lambda k: -k.count)]:
        if len(words) < 2 and not any(word in other or other in word for other in words):
            words.append(word)
    for text in ("·".join(words), *words[:1], *(" ".join(title.split()) for title in titles)):
        if text:
            return Title(text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…", True, tuple(words))
    return Title("이름 없는 묶음", True)
