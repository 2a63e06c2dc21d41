"""Count what a theme's titles say: noun phrases that may name it, as whole words, and what they demand."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nlp.text.stopwords import stop_words
from nlp.text.tokens import Morpheme, PhraseMatcher, merge_phrases, morphemes
from nlp.titles.demands import ACTIONS, PLANS, Demand, find_demands, is_subject

MAX_PHRASE_MORPHEMES = 4
MAX_DEMAND_DISTANCE = 4  # morphemes from a subject to what is demanded for it
UNITS = frozenset(
    {"호", "호선", "기", "인", "가구"}
)  # a title may begin with a number and one of these: 9호선, 3기 신도시
_TAGS = frozenset({"NNG", "NNP", "SL", "XSN", "XPN", "XR"})
_LETTER = re.compile(r"[\w*]")
NO_COMPOUNDS = PhraseMatcher(())
_ACTION_MATCHER = PhraseMatcher(word for word in ACTIONS | PLANS if word.endswith("화") or len(word) > 2)


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
    :param proper_nouns: names of places and people within phrases
    :param readings: what each member says, in the order of the titles
    """

    keyword_scores: Mapping[str, float]
    compounds: PhraseMatcher = NO_COMPOUNDS
    phrases: Counter[str] = field(default_factory=Counter)
    spellings: dict[str, Counter[str]] = field(default_factory=_counters)
    content_words: dict[str, frozenset[str]] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    proper_nouns: set[str] = field(default_factory=set)
    readings: list[Reading] = field(default_factory=list)


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
    for words in _candidate_phrases(title, found, counts.keyword_scores):
        phrase = " ".join(title[words[0].start : words[-1].end].split())
        letters = without_spaces(phrase)
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
    return merge_phrases(merge_phrases(morphemes(text), _ACTION_MATCHER), compounds)


def _demands_with_objects(found: Sequence[Morpheme]) -> Iterable[tuple[str, Demand]]:
    """Yield each demand of a sentence with the noun right before it, "" for none."""
    for index, demand in find_demands(found):
        near = [w.surface for w in found[max(0, index - MAX_DEMAND_DISTANCE) : index] if is_subject(w)]
        yield (near[-1] if near else ""), demand


def _candidate_phrases(
    text: str, found: Sequence[Morpheme], keyword_scores: Mapping[str, float]
) -> Iterable[Sequence[Morpheme]]:
    """Yield runs of at most MAX_PHRASE_MORPHEMES adjacent nouns that hold a keyword and are whole words."""
    start = 0
    while start < len(found):
        end = start
        while end < len(found) and _continues_run(text, found, start, end):
            end += 1
        if any(word.surface in keyword_scores for word in found[start:end]):
            for first in range(start, end):
                if _can_begin(text, found[first]):
                    yield from _prefixes(text, found[first:end], found[end : end + 1], keyword_scores)
        start = max(end, start + 1)


def _prefixes(
    text: str, run: Sequence[Morpheme], after: Sequence[Morpheme], keyword_scores: Mapping[str, float]
) -> Iterable[Sequence[Morpheme]]:
    """Yield the beginnings of a run that hold a keyword, end where a written word ends, and hold no stop word."""
    has_keyword = False
    for last, word in enumerate(run[:MAX_PHRASE_MORPHEMES]):
        if (word.surface in stop_words() and word.surface not in ACTIONS) or _is_single_syllable_word(text, word):
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
        and word.surface not in ACTIONS | {"제", "저희", "우리"}
        and not (word.start and _LETTER.match(text[word.start - 1]))
    )


def _can_end(
    text: str, word: Morpheme, last: int, after: Sequence[Morpheme], keyword_scores: Mapping[str, float]
) -> bool:
    """May a title end with it, the `last`-th morpheme after its first? An action only if it is a keyword."""
    if (
        word.tag in {"XPN", "SN"}
        or word.surface in {"들", "적", "용", "별", "속", "앞", "뒤", "밑"}
        or (last == 0 and len(word.surface) == 1)
    ):
        return False
    if word.surface in ACTIONS and not (last and word.surface in keyword_scores):
        return False
    if word.end == len(text) or not _LETTER.match(text[word.end]):
        return True
    # Only what is no part of the word itself may be written with it: particles, 하다, 이다.
    next_one = after[0] if after and after[0].start == word.end else None
    return next_one is not None and (next_one.tag[0] in "JEV" or next_one.tag in {"XSV", "XSA"})


def _is_single_syllable_word(text: str, word: Morpheme) -> bool:
    """Is it one syllable between spaces or marks (내, 남, '속')? If it is a noun at all, it rarely names anything."""
    is_joined = any(_LETTER.match(side) for side in (text[word.start - 1 : word.start], text[word.end : word.end + 1]))
    return len(word.surface) == 1 and not is_joined


def without_spaces(phrase: str) -> str:
    """Return the phrase without its spaces."""
    return phrase.replace(" ", "")
