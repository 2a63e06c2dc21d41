"""Find compounds that a corpus has of its own: nouns that its authors put side by side far more often than by chance.

The shipped lexicon cannot know 자원순환센터 or 임산부배려석, and the dictionary splits what it does not know at wrong
places (성소 + 수자). A pair of adjacent nouns is a compound if its normalised pointwise mutual information (Bouma 2009)
is high, or if other authors write it as one word. Pairs are counted over distinct ideas of distinct people, so that a
flood makes no compound. A second round pairs what the first has joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from itertools import pairwise

import numpy as np

from nlp.text.stopwords import stop_words
from nlp.text.tokens import PhraseMatcher

MIN_IDEAS = 6  # distinct ideas, and authors, that must hold a pair; with fewer, new ideas upset the old themes
MIN_IDEA_SHARE = 0.001  # ... and their share of the ideas learned from
MIN_NPMI = 0.6
MIN_WHOLE = 2  # authors who write a pair as two words, and ideas that write it as one, where that makes it a compound
MIN_WHOLE_CHARS = 3  # letters of such a word: two nouns of one syllable each are too often adjacent by chance
PARTICLES = frozenset("과와은는이가을를의에도만로")  # 반려 + 견과 is 반려견 with a particle where 반려견 is a word
SAMPLE = 10_000  # ideas learned from
N_ROUNDS = 2
MAX_PARTS = 3  # beyond, it is a slogan
Pair = tuple[str, str]
Run = tuple[str, ...]


def split_noun_runs(noun_runs: str) -> list[Run]:
    """Split `TokenizedIdea.noun_runs` into runs, each a tuple of nouns."""
    return [tuple(line.split(" ")) for line in noun_runs.split("\n")] if noun_runs else []


def find_compounds(
    noun_runs: Sequence[str],
    words: Sequence[Iterable[str]],
    authors: Sequence[Hashable],
    random_state: int = 0,
) -> dict[str, tuple[str, ...]]:
    """Find the compounds of some distinct ideas.

    :param noun_runs: of each idea its `TokenizedIdea.noun_runs`
    :param words: of each idea its nouns, which tell how common they are
    :param authors: of each idea its author
    :param random_state: seed of the sample, where there are more than `SAMPLE` ideas
    :return: {compound: its parts}
    """
    indices = _sample(len(noun_runs), random_state)
    runs_of = [set(split_noun_runs(noun_runs[index])) for index in indices]
    document_frequency = Counter[str]()
    for index, runs in zip(indices, runs_of, strict=True):
        document_frequency.update({*words[index], *(noun for run in runs for noun in run)})
    parts: dict[str, tuple[str, ...]] = {}
    for _ in range(N_ROUNDS):
        scores = _score_pairs(runs_of, [authors[index] for index in indices], document_frequency, parts)
        parts |= {a + b: (*parts.get(a, (a,)), *parts.get(b, (b,))) for a, b in sorted(scores)}
        runs_of = [{_join(run, scores) for run in runs} for runs in runs_of]
        document_frequency.update(
            word for runs in runs_of for word in {noun for run in runs for noun in run} & parts.keys()
        )
    return parts


class CompoundFinder:
    """Finds the compounds of a corpus in noun runs, which come again in many ideas: each is looked at once.

    :param parts: {compound: its parts}
    """

    def __init__(self, parts: Mapping[str, Run]) -> None:
        self.parts = parts
        self._matcher = PhraseMatcher(parts)
        self._known: dict[str, list[str]] = {}

    def find(self, noun_runs: str) -> list[str]:
        """Return the compounds of `TokenizedIdea.noun_runs`, in their order."""
        found: list[str] = []
        for line in noun_runs.split("\n") if noun_runs else ():
            compounds = self._known.get(line)
            if compounds is None:
                compounds = self._known[line] = self._matcher.find_all(line.split(" "))
            found += compounds
        return found


def merge_compounds(words: tuple[str, ...], noun_runs: str, compounds: CompoundFinder) -> tuple[str, ...]:
    """Return an idea's words with its compounds in place of their parts, each as often as it occurs."""
    found = compounds.find(noun_runs)
    if not found:
        return words
    replaced: dict[str, int] = {}
    for part in (part for word in found for part in compounds.parts[word]):
        replaced[part] = replaced.get(part, 0) + 1
    kept = []
    for word in words:
        if word in replaced and replaced[word] > 0:
            replaced[word] -= 1
        else:
            kept.append(word)
    return (*kept, *found)


def _sample(n: int, random_state: int) -> list[int]:
    if n <= SAMPLE:
        return list(range(n))
    return sorted(np.random.default_rng(random_state).permutation(n)[:SAMPLE].tolist())


def _n_parts(pair: Pair, parts: Mapping[str, Run]) -> int:
    return sum(len(parts.get(noun, (noun,))) for noun in pair)


def _score_pairs(
    runs_of: Sequence[Set[Run]],
    authors: Sequence[Hashable],
    document_frequency: Counter[str],
    parts: Mapping[str, Run],
) -> dict[Pair, float]:
    """Return the pairs that are compounds, with their NPMI: ln(p(ab) / p(a)p(b)) / -ln p(ab) (Bouma 2009).

    Probabilities are shares of all nouns of ideas.
    """
    pairs_of = [{pair for run in runs for pair in pairwise(run)} for runs in runs_of]
    pair_frequency = Counter(pair for pairs in pairs_of for pair in pairs)
    candidates = {
        pair
        for pair, n in pair_frequency.items()
        if n >= MIN_WHOLE and pair[0] != pair[1] and _n_parts(pair, parts) <= MAX_PARTS
    }
    authors_of: dict[Pair, set[Hashable]] = {pair: set() for pair in candidates}
    for pairs, author in zip(pairs_of, authors, strict=True):
        for pair in pairs & candidates:
            authors_of[pair].add(author)
    min_ideas, total = max(MIN_IDEAS, MIN_IDEA_SHARE * len(runs_of)), sum(document_frequency.values())
    scores = {}
    for pair in candidates:
        word, n, n_authors = "".join(pair), pair_frequency[pair], len(authors_of[pair])
        expected = document_frequency[pair[0]] * document_frequency[pair[1]]
        npmi = float(np.log(n * total / expected) / -np.log(n / total))
        is_written_whole = (
            n_authors >= MIN_WHOLE and document_frequency[word] >= MIN_WHOLE and len(word) >= MIN_WHOLE_CHARS
        )
        is_collocation = n >= min_ideas and n_authors >= MIN_IDEAS and npmi >= MIN_NPMI
        if word not in stop_words() and (is_written_whole or is_collocation):
            scores[pair] = npmi
    known = {"".join(pair) for pair in scores} | document_frequency.keys()
    return {(a, b): score for (a, b), score in scores.items() if b[-1] not in PARTICLES or (a + b)[:-1] not in known}


def _join(run: Run, scores: Mapping[Pair, float]) -> Run:
    """Return the run with its best pairs joined, none of them overlapping."""
    here = sorted((-scores[pair], index) for index, pair in enumerate(pairwise(run)) if pair in scores)
    begins: set[int] = set()
    for _score, index in here:
        if not {index - 1, index + 1} & begins:
            begins.add(index)
    return tuple(
        noun + run[index + 1] if index in begins else noun for index, noun in enumerate(run) if index - 1 not in begins
    )
