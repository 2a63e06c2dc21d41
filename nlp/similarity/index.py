"""Ideas that ask the same: by their words and, where an encoder's vectors are there, by their meaning.

Words alone answer at once and need no model; vectors come from one memory-mapped file that a worker rebuilds
(`nlp.similarity.embedding_store`), so no process holds a copy of its own.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph
from sklearn.preprocessing import normalize

from nlp.batches import gen_batches
from nlp.records import IdeaText
from nlp.similarity.scores import joined_score
from nlp.text.cleaning import clean
from nlp.text.tokens import search_tokens

TITLE_WEIGHT = 3
BODY_CHARS = 1_000
SAME = 0.4  # least score that puts two ideas before an analyst as asking the same; on labelled pairs 7 of 10 are right
CANDIDATES = 20  # fellows of each idea that are looked at for groups
TELLING_SHARE = 0.01  # a word in more of the ideas than this brings no candidates for groups: it says too little
LONGEST_CHAIN = 50  # ideas of a group; more than an analyst can judge at a glance, and chains that long drift
STRICTER = 0.1  # by so much the least score grows where a chain is longer
COPIES = 0.9  # ideas of this score are nearly one text; they stay together however many they are
BATCH_SIZE = 512  # ideas compared at once
Ints = np.ndarray[Any, np.dtype[np.intp]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


class Meaning(Protocol):
    """Vectors for likeness of meaning: centred, of unit length, title and body side by side."""

    def places(self, keys: Sequence[int]) -> np.ndarray[Any, Any]: ...
    def rows(self, places: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]: ...
    def cosines(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]: ...


@dataclass(frozen=True)
class Similar:
    """An idea like another. `score` 0..1, 1 is the same text; `words` and `meaning` (None: no vector) are its sides."""

    key: int
    score: float
    words: float
    meaning: float | None


class SimilarIndex:
    """Ideas to be asked for their likes.

    :param ideas: keys must differ; an idea without a known word can only be found by its meaning
    :param meaning: vectors of these ideas as far as there are any
    :param tagger: mecab, or one of KoNLPy's others by name
    """

    def __init__(self, ideas: Sequence[IdeaText], meaning: Meaning | None = None, tagger: str = "mecab") -> None:
        self._tagger = tagger
        self.keys = np.array([idea.key for idea in ideas], dtype=np.int64)
        if len(set(self.keys.tolist())) != len(self.keys):
            raise ValueError("two ideas have the same key")
        self._at = {int(key): row for row, key in enumerate(self.keys)}
        self._vocabulary: dict[str, int] = {}
        counts = self._learn(ideas)
        holds = np.bincount(counts.indices, minlength=counts.shape[1])
        self._idf = np.log((1 + len(ideas)) / (1 + holds)) + 1  # smoothed, Salton & Buckley 1988
        self._rows = self._weighed(counts)
        self._lists = self._rows.tocsc()  # one posting list per word
        self._meaning = meaning
        self._vector_at = (
            meaning.places(self.keys.tolist()) if meaning is not None else np.full(len(self.keys), -1, dtype=np.intp)
        )
        self._known = np.flatnonzero(self._vector_at >= 0)

    def __len__(self) -> int:
        return len(self.keys)

    def similar_ideas(
        self, text: IdeaText, k: int = 5, vector: np.ndarray[Any, Any] | None = None, without: Iterable[int] = ()
    ) -> list[Similar]:
        """The `k` ideas most like a text, best first; never one that shares nothing with it.

        :param vector: the text's own row, from `Meaning.rows` or `nlp.similarity.embedding_store.VectorFile.row_of`
        :param without: keys that are not wanted, such as the text's own
        """
        if not len(self) or k < 1:
            return []
        words = self._words(self._weighed(self._counts([text])))
        meaning, known = self._meanings(vector)
        scores = joined_score(words, meaning, known)
        for key in without:
            if key in self._at:
                scores[self._at[key]] = -1.0
        best = _top(scores, k)
        return [
            Similar(
                int(self.keys[row]),
                round(float(min(scores[row], 1.0)), 4),
                round(float(words[row]), 4),
                round(float(meaning[row]), 4) if known[row] else None,
            )
            for row in best
            if scores[row] > 0
        ]

    def duplicate_groups(self, threshold: float = SAME) -> tuple[tuple[int, ...], ...]:
        """Groups of ideas that ask the same, largest first, each in the order of its keys.

        Two ideas stand in one group if a chain of pairs joins them whose score is at least `threshold`. A chain of more
        than `LONGEST_CHAIN` ideas no longer says that its ends ask the same (among many ideas nearly all are chained
        somehow), so there only stronger pairs count, by steps up to `COPIES`, at which even a flood may stay together.
        """
        pairs, scores = self._alike(threshold)
        groups: list[tuple[int, ...]] = []
        for least in np.arange(threshold, COPIES, STRICTER):
            pairs = pairs[:, scores >= least]
            scores = scores[scores >= least]
            labels, sizes = self._chained(pairs)
            is_long = (sizes > LONGEST_CHAIN)[labels]
            groups += self._groups(labels, (sizes > 1)[labels] & ~is_long)
            longer = is_long[pairs[0]]
            pairs, scores = pairs[:, longer], scores[longer]
        labels, sizes = self._chained(pairs[:, scores >= COPIES])
        groups += self._groups(labels, (sizes > 1)[labels])
        return tuple(sorted(groups, key=lambda group: (-len(group), group)))

    def _chained(self, pairs: Ints) -> tuple[Ints, Ints]:
        """(label of each idea's chain, size of each chain) over (2, n_pairs) rows."""
        joined = sparse.coo_matrix((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), shape=(len(self), len(self)))
        _n, labels = csgraph.connected_components(joined, directed=False)
        return labels, np.bincount(labels)

    def _groups(self, labels: Ints, wanted: np.ndarray[Any, Any]) -> list[tuple[int, ...]]:
        """Keys of the `wanted` rows of each label."""
        groups: dict[int, list[int]] = {}
        for row in np.flatnonzero(wanted):
            groups.setdefault(int(labels[row]), []).append(int(self.keys[row]))
        return [tuple(sorted(group)) for group in groups.values()]

    def _alike(self, threshold: float) -> tuple[Ints, Floats]:
        """(2, n_pairs) rows that score enough, and how much; by telling words, in pieces that bound the memory.

        Ideas of the very same words are paired whatever those are: of copies without end no word tells anything.
        """
        common = np.bincount(self._rows.indices, minlength=self._rows.shape[1]) > max(50, TELLING_SHARE * len(self))
        telling = self._rows @ sparse.diags((~common).astype(np.float32))
        lists = telling.T.tocsr()
        twins = self._twins()
        pairs, scores = [twins], [np.ones(twins.shape[1], dtype=np.float32)]
        for batch in gen_batches(len(self), BATCH_SIZE):
            near = (telling[batch] @ lists).tocsr()
            for row in range(near.shape[0]):
                span = slice(near.indptr[row], near.indptr[row + 1])
                fellows = near.indices[span][_top(near.data[span], CANDIDATES + 1)]
                fellows = fellows[fellows < batch.start + row]
                if len(fellows):
                    found = self._pair_scores(batch.start + row, fellows)
                    good = found >= threshold
                    pairs.append(np.stack([np.full(good.sum(), batch.start + row), fellows[good]]))
                    scores.append(found[good])
        return np.concatenate(pairs, axis=1), np.concatenate(scores)

    def _twins(self) -> Ints:
        """(2, n_pairs): each idea with the first that has the same words as often."""
        first: dict[bytes, int] = {}
        pairs = []
        for row in np.flatnonzero(np.diff(self._rows.indptr)).tolist():
            span = slice(self._rows.indptr[row], self._rows.indptr[row + 1])
            words = self._rows.indices[span].tobytes() + self._rows.data[span].tobytes()
            if first.setdefault(words, row) != row:
                pairs.append((row, first[words]))
        return np.array(pairs, dtype=np.intp).reshape(-1, 2).T

    def _pair_scores(self, row: int, others: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        words = (self._rows[others] @ self._rows[[row]].T).toarray().ravel()
        if self._meaning is None or self._vector_at[row] < 0:
            return np.asarray(words)
        own = self._meaning.rows(self._vector_at[[row]])[0]
        places = self._vector_at[others]
        known = places >= 0
        meaning = np.where(known, self._meaning.rows(np.where(known, places, 0)) @ own, np.float32(0))
        return joined_score(words, meaning, known)

    def _learn(self, ideas: Sequence[IdeaText]) -> sparse.csr_matrix:
        """The counts of `_counts`, with the words numbered in alphabetical order, whatever order the ideas came in."""
        counts = self._counts(ideas, learn=True)
        words = sorted(self._vocabulary)
        place = np.empty(len(words), dtype=np.int32)
        place[[self._vocabulary[word] for word in words]] = np.arange(len(words), dtype=np.int32)
        self._vocabulary = {word: column for column, word in enumerate(words)}
        return sparse.csr_matrix((counts.data, place[counts.indices], counts.indptr), shape=counts.shape)

    def _counts(self, texts: Sequence[IdeaText], learn: bool = False) -> sparse.csr_matrix:
        """(n_texts, n_words): how often each word stands in each text. Unknown words are learnt or left out."""
        columns, often, ends = array("i"), array("f"), array("q", [0])
        known = self._vocabulary
        for text in texts:
            for word, n in _counted(text, self._tagger).items():
                column = known.setdefault(word, len(known)) if learn else known.get(word)
                if column is not None:
                    columns.append(column)
                    often.append(n)
            ends.append(len(columns))
        parts = (np.frombuffer(often, np.float32), np.frombuffer(columns, np.int32), np.frombuffer(ends, np.int64))
        return sparse.csr_matrix(parts, shape=(len(texts), max(len(known), 1)))

    def _weighed(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """TF-IDF rows of unit length, sublinear in the count, each in the order of its words."""
        data = ((1 + np.log(counts.data)) * self._idf[counts.indices]).astype(np.float32)
        rows = sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
        rows.sort_indices()
        return sparse.csr_matrix(normalize(rows)) if counts.shape[0] else rows

    def _words(self, query: sparse.csr_matrix) -> np.ndarray[Any, Any]:
        scores = np.zeros(len(self), dtype=np.float32)
        for column, weight in zip(query.indices, query.data, strict=True):
            span = slice(self._lists.indptr[column], self._lists.indptr[column + 1])
            scores[self._lists.indices[span]] += weight * self._lists.data[span]
        return scores

    def _meanings(self, vector: Floats | None) -> tuple[Floats, Floats]:
        """Mean of the two cosines for each idea, and 1 where it is known, else 0."""
        meaning, known = np.zeros((2, len(self)), dtype=np.float32)
        if vector is not None and self._meaning is not None and len(self._known):
            meaning[self._known] = self._meaning.cosines(vector)[self._vector_at[self._known]]
            known[self._known] = 1.0
        return meaning, known


def trigram_similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """Share of trigrams in common, as PostgreSQL's pg_trgm counts them."""
    return len(first & second) / len(first | second) if first or second else 0.0


def trigrams(text: str) -> frozenset[str]:
    """pg_trgm's trigrams: of each word in lower case, with two blanks before and one behind."""
    words = "".join(letter if letter.isalnum() else " " for letter in clean(text).lower()).split()
    return frozenset(f"  {word} "[place : place + 3] for word in words for place in range(len(word) + 1))


def _counted(idea: IdeaText, tagger: str) -> Counter[str]:
    counts = Counter(search_tokens(idea.title, tagger) * TITLE_WEIGHT)
    counts.update(search_tokens(clean(idea.body[: 2 * BODY_CHARS])[:BODY_CHARS], tagger))
    return counts


def _top(scores: np.ndarray[Any, Any], k: int) -> np.ndarray[Any, Any]:
    """Places of the `k` highest, best first, ties by place."""
    if k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.lexsort((places, -scores[places]))][:k]
