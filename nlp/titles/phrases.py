"""Count what a theme's titles say: noun phrases that may name it, as whole words, and what they demand."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from nlp.text.stopwords import stop_words
from nlp.text.tokens import Morpheme, PhraseMatcher, merge_phrases, morphemes
from nlp.titles.demands import ACTIONS, PLANS, STEMS, Demand, find_demands, is_subject

MAX_PHRASE_MORPHEMES = 4
MAX_DEMAND_DISTANCE = 4  # morphemes from a subject to what is demanded for it
UNITS = frozenset(
    {"호", "호선", "기", "인", "가구"}
)  # a title may begin with a number and one of these: 9호선, 3기 신도시
_TAGS = frozenset({"NNG", "NNP", "SL", "XSN", "XPN", "XR"})
_VERB_TAGS = ("V", "XSV", "XSA", "E")
_NO_BEGINNINGS = ACTIONS | {"제", "저희", "우리"}
_NO_ENDINGS = frozenset("들 적 용 별 속 앞 뒤 밑 옆 위 안".split())
_JOINING_PARTICLES = frozenset({"의", "에서", "에", "을", "를"})  # between two nouns that make one phrase
_LETTER = re.compile(r"[\w*]")
NO_COMPOUNDS = PhraseMatcher(())
_ACTION_MATCHER = PhraseMatcher(word for word in (*ACTIONS, *PLANS, *STEMS) if word.endswith("화") or len(word) > 2)


def _counters() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass(frozen=True)
class Reading:
    """What one member says.

    :param title: its letters, without spaces
    :param nouns: of its title
    :param demands: of its title and its requests, each with the noun that it is asked for
    """

    title: str
    nouns: frozenset[str]
    demands: frozenset[tuple[str, Demand]]


@dataclass
class PhraseCounts:
    """Counts over a theme's titles. A phrase is known by its letters without spaces, so that spacing does not matter.

    :param keyword_scores: the theme's keywords -> their keyness
    :param compounds: nouns that these ideas use as one word, however the tagger splits them
    :param phrases: titles that hold a phrase
    :param spellings: phrase -> titles that hold it in each spacing
    :param content_words: phrase -> its morphemes of at least two letters
    :param heads: phrase -> its last noun, or ""
    :param unbroken: phrases that stand somewhere without a particle within
    :param proper_nouns: names of places and people within phrases
    :param readings: what each member says, in the order of the titles
    """

    keyword_scores: Mapping[str, float]
    compounds: PhraseMatcher = NO_COMPOUNDS
    phrases: Counter[str] = field(default_factory=Counter)
    spellings: dict[str, Counter[str]] = field(default_factory=_counters)
    content_words: dict[str, frozenset[str]] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    unbroken: set[str] = field(default_factory=set)
    proper_nouns: set[str] = field(default_factory=set)
    readings: list[Reading] = field(default_factory=list)

    def add_phrase(self, spelled: str, words: Sequence[str], head: str) -> str:
        """Add a phrase that is made of words of several titles; return it without spaces."""
        letters = without_spaces(spelled)
        self.spellings[letters][spelled] += 1
        self.content_words[letters] = frozenset(words)
        self.heads[letters] = head
        return letters


def count_phrases(title: str, counts: PhraseCounts, requests: Sequence[str] = ()) -> None:
    """Add the phrases and demands of one member to `counts`, each once.

    :param requests: sentences of its body that ask for something; read for demands, never for phrases
    """
    found = _read(title, counts.compounds)
    demands = set(_demands_with_objects(found))
    for sentence in requests:
        demands.update(_demands_with_objects(_read(sentence, counts.compounds)))
    nouns = frozenset(word.surface for word in found if word.is_noun)
    whole = without_spaces(title)
    counts.readings.append(Reading(whole, nouns, frozenset(demands)))
    if not any(word in whole for word in counts.keyword_scores):
        return
    seen = set()
    for words, is_unbroken in _candidate_phrases(title, found, counts.keyword_scores):
        phrase = _spelled(title, words, is_unbroken)
        letters = without_spaces(phrase)
        if is_unbroken:
            counts.unbroken.add(letters)
        if letters in seen:
            continue
        seen.add(letters)
        counts.spellings[letters][phrase] += 1
        if letters not in counts.content_words:
            counts.content_words[letters] = frozenset(w.surface for w in words if len(w.surface) > 1)
            counts.heads[letters] = words[-1].surface if words[-1].is_noun else ""
            counts.proper_nouns.update(w.surface for w in words if w.is_proper)
    counts.phrases.update(seen)


def _read(text: str, compounds: PhraseMatcher) -> list[Morpheme]:
    """Return the morphemes of a sentence, with actions and compounds as one noun each.

    A compound never takes in a verb: the stop word 해주 would make a noun of "처벌해 주세요", and its demand was lost.
    """
    found = merge_phrases(morphemes(text), _ACTION_MATCHER)
    return merge_phrases(found, compounds, lambda span: not any(word.tag.startswith(_VERB_TAGS) for word in span))


def _demands_with_objects(found: Sequence[Morpheme]) -> Iterable[tuple[str, Demand]]:
    """Yield each demand of a sentence with the noun right before it, "" for none."""
    for index, demand in find_demands(found):
        near = [w.surface for w in found[max(0, index - MAX_DEMAND_DISTANCE) : index] if is_subject(w)]
        yield (near[-1] if near else ""), demand


def _spelled(title: str, words: Sequence[Morpheme], is_unbroken: bool) -> str:
    """Return a phrase as it is written, with a space in place of a particle within."""
    if is_unbroken:
        return " ".join(title[words[0].start : words[-1].end].split())
    spelled = title[words[0].start : words[0].end]
    for before, word in pairwise(words):
        spelled += f"{' ' if before.end < word.start else ''}{title[word.start : word.end]}"
    return " ".join(spelled.split())


def _candidate_phrases(
    text: str, found: Sequence[Morpheme], keyword_scores: Mapping[str, float]
) -> Iterable[tuple[Sequence[Morpheme], bool]]:
    """Yield runs of at most MAX_PHRASE_MORPHEMES adjacent nouns that hold a keyword and are whole words.

    Two runs with a particle between them are also one phrase: 보건소에서 난임 주사를 says 보건소 난임 주사.

    :return: the morphemes, and whether they stand without a particle
    """
    runs: list[tuple[int, int]] = []
    start = 0
    while start < len(found):
        end = start
        while end < len(found) and _continues_run(text, found, start, end):
            end += 1
        if end > start:
            runs.append((start, end))
        start = max(end, start + 1)
    for number, (start, end) in enumerate(runs):
        if any(word.surface in keyword_scores for word in found[start:end]):
            for first in range(start, end):
                if _can_begin(text, found[first]):
                    for words in _prefixes(text, found[first:end], found[end : end + 1], keyword_scores):
                        yield words, True
        if number and start - runs[number - 1][1] == 1 and found[start - 1].surface in _JOINING_PARTICLES:
            owner = _last_written_word(text, found[slice(*runs[number - 1])])
            for words in _joined(text, owner, found[start:end], found[end : end + 1], keyword_scores):
                yield words, False


def _last_written_word(text: str, run: Sequence[Morpheme]) -> Sequence[Morpheme]:
    """Return the nouns of a run's last written word, without 들."""
    starts = [at for at, word in enumerate(run) if _can_begin(text, word)]
    last = run[starts[-1] :] if starts else ()
    return last[:-1] if last and last[-1].surface == "들" else last


def _joined(
    text: str,
    owner: Sequence[Morpheme],
    run: Sequence[Morpheme],
    after: Sequence[Morpheme],
    keyword_scores: Mapping[str, float],
) -> Iterable[Sequence[Morpheme]]:
    """Yield phrases of a noun and the beginning of the run that belongs to it, where one of them holds a keyword."""
    if not owner or len(owner) >= MAX_PHRASE_MORPHEMES or any(_is_empty(text, word) for word in owner):
        return
    has_keyword = any(word.surface in keyword_scores for word in owner)
    for last, word in enumerate(run[: MAX_PHRASE_MORPHEMES - len(owner)]):
        if _is_empty(text, word):
            return
        has_keyword = has_keyword or word.surface in keyword_scores
        following = [*run[last + 1 : last + 2], *after]
        if has_keyword and _can_end(text, word, last + len(owner), following, keyword_scores):
            yield [*owner, *run[: last + 1]]


def _prefixes(
    text: str, run: Sequence[Morpheme], after: Sequence[Morpheme], keyword_scores: Mapping[str, float]
) -> Iterable[Sequence[Morpheme]]:
    """Yield the beginnings of a run that hold a keyword, end where a written word ends, and hold no stop word."""
    has_keyword = False
    for last, word in enumerate(run[:MAX_PHRASE_MORPHEMES]):
        if _is_empty(text, word):
            return
        has_keyword = has_keyword or word.surface in keyword_scores
        if has_keyword and _can_end(text, word, last, [*run[last + 1 : last + 2], *after], keyword_scores):
            yield run[: last + 1]


def _continues_run(text: str, found: Sequence[Morpheme], start: int, at: int) -> bool:
    """Does found[at] continue, or begin, the run of nouns that starts at `start`?"""
    word = found[at]
    if at > start and text[found[at - 1].end : word.start].strip():
        return False
    if word.tag == "SN":
        return at + 1 < len(found) and found[at + 1].start == word.end and found[at + 1].surface in UNITS
    counted = at > start and found[at - 1].tag == "SN" and found[at - 1].end == word.start
    return word.tag in _TAGS or (counted and word.surface in UNITS)


def _can_begin(text: str, word: Morpheme) -> bool:
    """May a title begin with it? Part of a word and an action may not."""
    return (
        word.tag != "XSN"
        and word.surface not in _NO_BEGINNINGS
        and not (word.start and _LETTER.match(text[word.start - 1]))
    )


def _can_end(
    text: str, word: Morpheme, last: int, after: Sequence[Morpheme], keyword_scores: Mapping[str, float]
) -> bool:
    """May a title end with it, the `last`-th morpheme after its first? An action only if it is a keyword."""
    if word.tag in {"XPN", "SN"} or word.surface in _NO_ENDINGS or (last == 0 and len(word.surface) == 1):
        return False
    if word.surface in ACTIONS and not (last and word.surface in keyword_scores):
        return False
    if word.end == len(text) or not _LETTER.match(text[word.end]):
        return True
    # Only what is no part of the word itself may be written with it: particles, 하다, 이다.
    next_one = after[0] if after and after[0].start == word.end else None
    return next_one is not None and (next_one.tag[0] in "JEV" or next_one.tag in {"XSV", "XSA"})


def _is_empty(text: str, word: Morpheme) -> bool:
    """Is it a word that no title holds: a stop word, a syllable by itself?"""
    return word.surface in _empty_words() or (len(word.surface) == 1 and _stands_alone(text, word))


@cache
def _empty_words() -> frozenset[str]:
    return frozenset(stop_words()) - ACTIONS


def _stands_alone(text: str, word: Morpheme) -> bool:
    """Is it between spaces or marks? A syllable that is so (내, 남, '속') rarely names anything, if it is a noun."""
    sides = (text[word.start - 1 : word.start], text[word.end : word.end + 1])
    return not any(_LETTER.match(side) for side in sides)


def without_spaces(phrase: str) -> str:
    """Return the phrase without its spaces."""
    return phrase.replace(" ", "")
