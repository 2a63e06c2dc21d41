"""Generate a theme's title: a noun phrase of its members' own titles that most are about, and what they ask for.

1. The subject (`nlp.titles.phrase_choice`). Candidates are runs of nouns as people wrote them, in any spacing, with or
   without a particle between two of them. A phrase *covers* the members that use all of its words, in title or text
   (`nlp.titles.coverage`). It passes where half of the members hold its core word and three in ten all of its words.
   The best one covers many keywords (`nlp.titles.keywords`) and stands in many titles. Where none passes, or two say
   far more, two that together cover most members, and share some, are named.
2. The demand, with its direction (`nlp.titles.demand_choice`): asked for by a fair share of the members, and opposed by
   hardly any, or the other way round (도입 반대). Where members want both, none is named. A single word without one is
   completed: by a longer phrase, by the harm that members write of (기업 갑질), or by a second phrase.
3. Otherwise two keywords joined by "·", and the title is weak: an analyst should look at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain

import hangeul

from nlp.records import Keyword
from nlp.text.tokens import PhraseMatcher
from nlp.titles.coverage import DEMANDED, ThemeWords
from nlp.titles.demand_choice import MIN_PAIR_IMPROVEMENT_SHARE, askers, choose_demand, improvement
from nlp.titles.demands import HARMS
from nlp.titles.phrase_choice import (
    MIN_BOTH_COVERAGE,
    MIN_PHRASE_COVERAGE,
    NO_HEADS,
    as_one_phrase,
    choose_subjects,
    complete,
    is_candidate,
    is_same_kind,
    other_half,
    score_phrase,
)
from nlp.titles.phrases import NO_COMPOUNDS, PhraseCounts, count_phrases, without_spaces

MAX_CHARS = 30
MAX_BARE_CHARS = 2  # letters of a word that is no title by itself: 겨울
PART_FACTOR = 0.5  # score of a part of a keyword, as a share of the keyword's
N_WEAK_KEYWORDS = 5  # keywords that a weak title may be made of


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
    theme = ThemeWords(counts, members, {keyword.word for keyword in keywords}, parts or {})
    subjects = choose_subjects(theme)
    if not subjects:
        return _weak_title(theme, titles, keywords)
    if len(subjects) == 1 and (other := other_half(theme, subjects[0])):
        both = f"{theme.spelling(subjects[0])}·{theme.spelling(other)}"
        if len(both) <= MAX_CHARS:
            return Title(both, True, (subjects[0], other))
    core = tuple(sorted({word for subject in subjects[:1] for word in theme.core_words(subject)}))
    subjects, demand = _with_demand(theme, subjects)
    if len(subjects) == 1 and not demand and len(subjects[0]) <= MAX_BARE_CHARS:
        return _weak_title(theme, titles, keywords)
    return Title(_joined(theme, subjects, demand), False, core, frozenset(askers(theme, demand)))


def _with_demand(theme: ThemeWords, subjects: list[str]) -> tuple[list[str], str]:
    """Return what a theme is about, and what its members ask for, "" for nothing.

    A single word without a demand says little, so it is completed. 개선 is a demand only of what most are about.
    """
    if len(subjects) == 1:
        subject = subjects[0]
        demand = choose_demand(theme, subject)
        if not demand and theme.coverage(subject) >= MIN_BOTH_COVERAGE:
            demand = improvement(theme, subject, in_title=True)
        if demand or not theme.is_single_word(subject):
            return subjects, demand or _remedy(theme, subject)
        subjects = complete(theme, subject)
    if len(subjects) == 1:
        return subjects, choose_demand(theme, subjects[0]) or improvement(theme, subjects[0])
    rows = frozenset[int]().union(*map(theme.covered, subjects))
    wanted = {improvement(theme, subject, rows, min_share=MIN_PAIR_IMPROVEMENT_SHARE) for subject in subjects}
    return subjects, wanted.pop() if len(wanted) == 1 else ""


def _remedy(theme: ThemeWords, subject: str) -> str:
    """Return what is wanted against a harm of several words; other phrases need no demand to be understood."""
    return improvement(theme, subject) if subject.endswith(HARMS) else ""


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


def _joined(theme: ThemeWords, subjects: Sequence[str], demand: str) -> str:
    """Return subjects and demand as one phrase of at most MAX_CHARS letters."""
    spelled = [_with_space(theme.spelling(subject), theme.counts.heads[subject]) for subject in subjects]
    if len(subjects) == 1:
        phrase = spelled[0]
    elif together := as_one_phrase(theme, subjects[0], subjects[1]):
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


def _weak_title(theme: ThemeWords, titles: Sequence[str], keywords: Sequence[Keyword]) -> Title:
    """Return two words or keywords that stand in titles and that many members hold; else a title that fits."""
    chosen: list[str] = []
    for word in [*_weak_words(theme), *_weak_keywords(theme, keywords)]:
        if len(chosen) < 2 and not any(word in other or other in word or is_same_kind(word, other) for other in chosen):
            chosen.append(word)
    spelled = [theme.spelling(word) if word in theme.counts.spellings else word for word in chosen]
    for text in ("·".join(spelled), *spelled[:1], *(" ".join(title.split()) for title in titles)):
        if text:
            return Title(text if len(text) <= MAX_CHARS else text[: MAX_CHARS - 1] + "…", True, tuple(chosen))
    return Title("이름 없는 묶음", True)


def _weak_words(theme: ThemeWords) -> list[str]:
    """Return words of titles that a fair share of the members hold, the best first."""
    found = {
        phrase: score_phrase(theme, phrase)
        for phrase in theme.counts.phrases
        if " " not in theme.spelling(phrase)
        and is_candidate(theme, phrase)
        and theme.counts.heads[phrase] not in NO_HEADS
        and not theme.counts.content_words[phrase] & theme.counts.proper_nouns
    }
    return sorted(found, key=lambda phrase: (-found[phrase], phrase))


def _weak_keywords(theme: ThemeWords, keywords: Sequence[Keyword]) -> list[str]:
    """Return the first keywords that stand in titles, those held by the most members first."""
    readings = theme.counts.readings
    written = [k.word for k in keywords if any(k.word in reading.title for reading in readings)]
    written = written or [keyword.word for keyword in keywords]
    telling = [word for word in written if word not in NO_HEADS] or written
    return sorted(telling[:N_WEAK_KEYWORDS], key=lambda word: -len(theme.holders(word)))
