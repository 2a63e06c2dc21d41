"""What a theme's titles say: runs of nouns that may name it, as whole words, and what is asked for them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nlp.text.stopwords import stop_words
from nlp.text.tokens import Morpheme, PhraseMatcher, merge_phrases, morphemes
from nlp.titles.demands import ACTIONS, BETTER, asks_of, is_subject

MAX_WORDS = 4  # morphemes of a phrase
REACH = 4  # morphemes from a subject to what is asked for it
UNITS = frozenset(
    {"호", "호선", "기", "인", "가구"}
)  # 9호선, 3기 신도시, 1인 가구: what a number may begin a title with
_TAGS = frozenset({"NNG", "NNP", "SL", "XSN", "XPN", "XR"})
_LETTER = re.compile(r"[\w*]")
NO_COMPOUNDS = PhraseMatcher(())


def _counters() -> defaultdict[str, Counter[str]]:
    return defaultdict(Counter)


@dataclass
class Heard:
    """What a theme's titles say: phrases by their letters alone, and requests."""

    weight: Mapping[str, float]
    compounds: PhraseMatcher = NO_COMPOUNDS  # nouns that these ideas use as one word, however the tagger splits them
    phrases: Counter[str] = field(default_factory=Counter)
    spelled: dict[str, Counter[str]] = field(default_factory=_counters)
    cores: dict[str, frozenset[str]] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    proper: set[str] = field(default_factory=set)
    named: Counter[str] = field(default_factory=Counter)  # titles that name a keyword
    asked: dict[str, Counter[str]] = field(default_factory=_counters)  # by noun, titles that ask so for it
    told: dict[str, Counter[str]] = field(default_factory=_counters)  # by keyword, what its titles ask for anywhere
    better: Counter[str] = field(default_factory=Counter)  # by keyword, titles that ask for anything better


def hear(text: str, heard: Heard) -> None:
    """Count the phrases and the requests of one title, each once; a title without a keyword says nothing here."""
    letters = letters_of(text)
    if not any(word in letters for word in heard.weight):
        return
    found = merge_phrases(morphemes(text), heard.compounds)
    keys = [(place, word.surface) for place, word in enumerate(found) if word.surface in heard.weight]
    heard.named.update({word for _place, word in keys})
    told: set[str] = set()
    for place, ask in asks_of(found):
        near = [w.surface for w in found[max(0, place - REACH) : place] if is_subject(w)]
        for word in near[-1:]:
            heard.asked[word][ask] += 1
        told.add(ask)
    for word in {word for _place, word in keys} if told else ():
        heard.told[word].update(told)
        heard.better[word] += any(ask.split()[-1] in BETTER for ask in told)
    once = set()
    for words in _windows(text, found, heard.weight):
        phrase = " ".join(text[words[0].start : words[-1].end].split())
        letters = letters_of(phrase)
        if letters in once:
            continue
        once.add(letters)
        heard.spelled[letters][phrase] += 1
        if letters not in heard.cores:
            heard.cores[letters] = frozenset(w.surface for w in words if len(w.surface) > 1)
            heard.heads[letters] = words[-1].surface if words[-1].is_noun else ""
            heard.proper.update(w.surface for w in words if w.is_proper)
    heard.phrases.update(once)


def _windows(text: str, found: Sequence[Morpheme], weight: Mapping[str, float]) -> Iterable[Sequence[Morpheme]]:
    """Runs of at most MAX_WORDS nouns with only spaces between, that hold a keyword and are whole words."""
    start = 0
    while start < len(found):
        end = start
        while end < len(found) and _joins(text, found, start, end):
            end += 1
        if any(word.surface in weight for word in found[start:end]):
            for first in range(start, end):
                if _begins(text, found[first]):
                    yield from _from(text, found[first:end], found[end : end + 1], weight)
        start = max(end, start + 1)


def _from(
    text: str, run: Sequence[Morpheme], after: Sequence[Morpheme], weight: Mapping[str, float]
) -> Iterable[Sequence[Morpheme]]:
    """The beginnings of a run that hold a keyword, end where a written word does and hold no word that says nothing."""
    held = False
    for last, word in enumerate(run[:MAX_WORDS]):
        if (word.surface in stop_words() and word.surface not in ACTIONS) or _is_lone(text, word):
            return
        held = held or word.surface in weight
        if held and _ends(text, word, last, [*run[last + 1 : last + 2], *after], weight):
            yield run[: last + 1]


def _joins(text: str, found: Sequence[Morpheme], start: int, at: int) -> bool:
    """Does found[at] go on with, or begin, the run of nouns that starts at `start`?"""
    word = found[at]
    if at > start and text[found[at - 1].end : word.start].strip():
        return False
    if word.tag == "SN":
        return at + 1 < len(found) and found[at + 1].start == word.end and found[at + 1].surface in UNITS
    counted = at > start and found[at - 1].tag == "SN" and found[at - 1].end == word.start
    return word.tag in _TAGS or (counted and word.surface in UNITS)


def _begins(text: str, word: Morpheme) -> bool:
    """May a title begin with it? Half a word and a request may not."""
    return (
        word.tag != "XSN" and word.surface not in ACTIONS and not (word.start and _LETTER.match(text[word.start - 1]))
    )


def _ends(text: str, word: Morpheme, last: int, after: Sequence[Morpheme], weight: Mapping[str, float]) -> bool:
    """May a title end with it, being the `last`-th after its first word? A request only if it marks the theme."""
    if word.tag in {"XPN", "SN"} or word.surface in {"들", "적", "용", "별"} or (last == 0 and len(word.surface) == 1):
        return False
    if word.surface in ACTIONS and not (last and word.surface in weight):
        return False
    if word.end == len(text) or not _LETTER.match(text[word.end]):
        return True
    # Only what is no part of the word itself may be written with it: particles, 하다, 이다.
    next_one = after[0] if after and after[0].start == word.end else None
    return next_one is not None and (next_one.tag[0] in "JEV" or next_one.tag in {"XSV", "XSA"})


def _is_lone(text: str, word: Morpheme) -> bool:
    """One syllable between spaces: 내, 남, 때; where it is a noun it is rarely one that names anything."""
    return len(word.surface) == 1 and text[max(0, word.start - 1) : word.end + 1].strip() == word.surface


def letters_of(phrase: str) -> str:
    return phrase.replace(" ", "")
