"""Compounds that a corpus has of its own: nouns that its people put side by side far more often than chance would.

The shipped lexicon cannot know 자원순환센터 or 임산부배려석, and the dictionary cuts what it does not know at odd
places (성소 + 수자). Pairs of adjacent nouns are words where their normalised pointwise mutual information (Bouma 2009)
is high, or where others write them as one; counted over distinct ideas of distinct people, so that no flood makes a
word. A second round pairs what the first has joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from itertools import pairwise

import numpy as np

from nlp.text.stopwords import stop_words
from nlp.text.tokens import PhraseMatcher

LEAST_IDEAS = 6  # distinct ideas, and people, that must hold a pair; with fewer, new ideas upset the old themes
LEAST_SHARE = 0.001  # ... and their share of the ideas that are learned from
LEAST_NPMI = 0.6
LEAST_WHOLE = 2  # ideas that hold a pair, and ideas that write it as one word, where that is what makes it one
SHORTEST_WHOLE = 3  # letters of such a word: two nouns of one syllable each are too often a chance
ENDINGS = frozenset("과와은는이가을를의에도만로")  # 반려 + 견과 is 반려견 with a particle where 반려견 is a word
SAMPLE = 10_000  # ideas that are learned from
ROUNDS = 2
MOST_PARTS = 3  # beyond, it is a slogan
Pair = tuple[str, str]
Run = tuple[str, ...]


def split_noun_runs(noun_runs: str) -> list[Run]:
    """The noun runs of `nlp.text.tokenized.TokenizedIdea.noun_runs`, each a tuple of nouns."""
    return [tuple(line.split(" ")) for line in noun_runs.split("\n")] if noun_runs else []


def find_compounds(
    noun_runs: Sequence[str],
    words: Sequence[Iterable[str]],
    people: Sequence[Hashable],
    random_state: int = 0,
) -> dict[str, tuple[str, ...]]:
    """Learn the compounds of ideas of which none repeats another.

    :param noun_runs: of each idea its `TokenizedIdea.noun_runs`
    :param words: of each idea its nouns, which tell how common they are
    :param people: who wrote each idea
    :return: {joined word: its parts}
    """
    places = _sample(len(noun_runs), random_state)
    of_idea = [set(split_noun_runs(noun_runs[place])) for place in places]
    holds = Counter[str]()
    for place, found in zip(places, of_idea, strict=True):
        holds.update({*words[place], *(noun for run in found for noun in run)})
    parts: dict[str, tuple[str, ...]] = {}
    for _ in range(ROUNDS):
        scores = _words_among(of_idea, [people[place] for place in places], holds, parts)
        parts |= {a + b: (*parts.get(a, (a,)), *parts.get(b, (b,))) for a, b in sorted(scores)}
        of_idea = [{_join(run, scores) for run in found} for found in of_idea]
        holds.update(word for found in of_idea for word in {noun for run in found for noun in run} & parts.keys())
    return parts


def merge_compounds(
    words: tuple[str, ...], noun_runs: str, compounds: PhraseMatcher, parts: Mapping[str, Run]
) -> tuple[str, ...]:
    """An idea's words with its compounds in place of their parts, each as often as it stands there."""
    found = [word for run in split_noun_runs(noun_runs) for word in compounds.find_all(run) if word in parts]
    if not found:
        return words
    spent = Counter(part for word in found for part in parts[word])
    kept = []
    for word in words:
        if spent[word] > 0:
            spent[word] -= 1
        else:
            kept.append(word)
    return (*kept, *found)


def _sample(n: int, random_state: int) -> list[int]:
    if n <= SAMPLE:
        return list(range(n))
    return sorted(np.random.default_rng(random_state).permutation(n)[:SAMPLE].tolist())


def _n_parts(pair: Pair, parts: Mapping[str, Run]) -> int:
    return sum(len(parts.get(noun, (noun,))) for noun in pair)


def _words_among(
    of_idea: Sequence[Set[Run]], people: Sequence[Hashable], holds: Counter[str], parts: Mapping[str, Run]
) -> dict[Pair, float]:
    """The pairs that are words, with their NPMI: ln(p(ab) / p(a)p(b)) / -ln p(ab), in shares of all nouns of ideas."""
    pairs = [{pair for run in found for pair in pairwise(run)} for found in of_idea]
    times = Counter(pair for found in pairs for pair in found)
    often = {
        pair
        for pair, n in times.items()
        if n >= LEAST_WHOLE and pair[0] != pair[1] and _n_parts(pair, parts) <= MOST_PARTS
    }
    who: dict[Pair, set[Hashable]] = {pair: set() for pair in often}
    for found, person in zip(pairs, people, strict=True):
        for pair in found & often:
            who[pair].add(person)
    least, total = max(LEAST_IDEAS, LEAST_SHARE * len(of_idea)), sum(holds.values())
    scores = {}
    for pair in often:
        word, n, n_people = "".join(pair), times[pair], len(who[pair])
        score = float(np.log(n * total / (holds[pair[0]] * holds[pair[1]])) / -np.log(n / total))
        whole = n_people >= LEAST_WHOLE and holds[word] >= LEAST_WHOLE and len(word) >= SHORTEST_WHOLE
        if word not in stop_words() and (whole or (n >= least and n_people >= LEAST_IDEAS and score >= LEAST_NPMI)):
            scores[pair] = score
    known = {"".join(pair) for pair in scores} | holds.keys()
    return {(a, b): score for (a, b), score in scores.items() if b[-1] not in ENDINGS or (a + b)[:-1] not in known}


def _join(run: Run, scores: Mapping[Pair, float]) -> Run:
    """The run with its best pairs as one noun each, none within another."""
    here = sorted((-scores[pair], place) for place, pair in enumerate(pairwise(run)) if pair in scores)
    begins: set[int] = set()
    for _score, place in here:
        if not {place - 1, place + 1} & begins:
            begins.add(place)
    return tuple(
        noun + run[place + 1] if place in begins else noun for place, noun in enumerate(run) if place - 1 not in begins
    )
