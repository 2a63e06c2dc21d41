"""Similarity search over ideas: by their words and, where embeddings exist, by their meaning.

The lexical side answers at once and needs no model. Embeddings come from one memory-mapped file that a worker rebuilds
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
from nlp.similarity.scores import MEANING_WEIGHT, combined_similarity
from nlp.text.cleaning import clean
from nlp.text.synonyms import Synonyms, synonyms_with
from nlp.text.tokens import morphemes, tokens_of_morphemes

TITLE_WEIGHT = 3
BODY_CHARS = 1_000
DUPLICATE_THRESHOLD = (
    0.4  # smallest score of two ideas shown to analysts as duplicates; 7 of 10 labelled ones are right
)
N_CANDIDATES = 20  # neighbours of each idea that are scored for duplicate groups
MAX_DOCUMENT_SHARE = 0.01  # a word in a larger share of the ideas finds no candidates for groups: it says too little
MAX_CHAIN = 50  # ideas of a group; more than an analyst can judge at a glance, and longer chains drift
THRESHOLD_STEP = 0.1  # by which the threshold rises where a chain is longer
COPY_THRESHOLD = 0.9  # ideas of this score are nearly one text; they stay together however many they are
BATCH_SIZE = 512  # ideas compared at once
Ints = np.ndarray[Any, np.dtype[np.intp]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


class Embeddings(Protocol):
    """Embeddings for semantic similarity: centred, of unit length, title and body side by side."""

    def row_indices(self, keys: Sequence[int]) -> np.ndarray[Any, Any]:
        """Return the row of each key, -1 where there is none; (n_keys,) int."""

    def rows(self, indices: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the rows of these indices, (n_indices, 2 * dimension)."""

    def cosines(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the mean of the title's and the body's cosine with every row, (n,), -1..1."""


@dataclass(frozen=True)
class SimilarIdea:
    """An idea found by similarity.

    :param score: 0..1, 1 is the same text
    :param lexical: 0..1, cosine of the words
    :param semantic: -1..1, mean cosine of the title's and the body's embedding; None without one
    """

    key: int
    score: float
    lexical: float
    semantic: float | None


class SimilarityIndex:
    """Similarity index over ideas.

    :param ideas: keys must differ; an idea without a known word can only be found by its meaning
    :param embeddings: of these ideas, as far as there are any
    :param tagger: mecab, or one of KoNLPy's others by name
    :param synonyms: words that count as each other; None: those of `data/synonyms.csv`
    :param meaning_weight: 0..1, share of the score that meaning decides where both ideas have an embedding
    :raise ValueError: two ideas have the same key
    :raise UnknownTaggerError: no tagger of that name here
    """

    def __init__(
        self,
        ideas: Sequence[IdeaText],
        embeddings: Embeddings | None = None,
        tagger: str = "mecab",
        synonyms: Synonyms | None = None,
        meaning_weight: float = MEANING_WEIGHT,
    ) -> None:
        self._tagger = tagger
        self._meaning_weight = meaning_weight
        self._synonyms = synonyms if synonyms is not None else synonyms_with()
        self.keys = np.array([idea.key for idea in ideas], dtype=np.int64)
        if len(set(self.keys.tolist())) != len(self.keys):
            raise ValueError("two ideas have the same key")
        self._row_of = {int(key): row for row, key in enumerate(self.keys)}
        self._vocabulary: dict[str, int] = {}
        counts = self._fit_vocabulary(ideas)
        document_frequency = np.bincount(counts.indices, minlength=counts.shape[1])
        self._idf = np.log((1 + len(ideas)) / (1 + document_frequency)) + 1  # smoothed, Salton & Buckley 1988
        self._rows = self._tfidf(counts)
        self._postings = self._rows.tocsc()  # one posting list per word
        self._embeddings = embeddings
        self._embedding_rows = (
            embeddings.row_indices(self.keys.tolist())
            if embeddings is not None
            else np.full(len(self.keys), -1, dtype=np.intp)
        )
        self._with_embedding = np.flatnonzero(self._embedding_rows >= 0)

    def __len__(self) -> int:
        return len(self.keys)

    def similar_ideas(
        self, text: IdeaText, k: int = 5, vector: np.ndarray[Any, Any] | None = None, exclude: Iterable[int] = ()
    ) -> list[SimilarIdea]:
        """Return the `k` ideas most similar to a text, best first; never one that shares nothing with it.

        :param vector: (2 * dimension,) the text's own row, from `Embeddings.rows` or `EmbeddingStore.query_row`
        :param exclude: keys that are not wanted, such as the text's own
        """
        if not len(self) or k < 1:
            return []
        lexical = self._lexical(self._tfidf(self._counts([text])))
        semantic, has_embedding = self._semantic(vector)
        scores = combined_similarity(lexical, semantic, has_embedding, self._meaning_weight)
        for key in exclude:
            if key in self._row_of:
                scores[self._row_of[key]] = -1.0
        best = _top(scores, k)
        return [
            SimilarIdea(
                int(self.keys[row]),
                round(float(min(scores[row], 1.0)), 4),
                round(float(lexical[row]), 4),
                round(float(semantic[row]), 4) if has_embedding[row] else None,
            )
            for row in best
            if scores[row] > 0
        ]

    def duplicate_groups(self, threshold: float = DUPLICATE_THRESHOLD) -> tuple[tuple[int, ...], ...]:
        """Return groups of ideas that ask for the same, largest first, each sorted by key.

        Two ideas are in one group if a chain of pairs of at least `threshold` connects them. The ends of a chain of
        more than `MAX_CHAIN` ideas may ask for different things (among many ideas nearly all are connected somehow),
        so there the threshold rises by steps up to `COPY_THRESHOLD`, at which even a flood stays together.

        :param threshold: 0..1, smallest score of a pair
        """
        pairs, scores = self._similar_pairs(threshold)
        groups: list[tuple[int, ...]] = []
        for least in np.arange(threshold, COPY_THRESHOLD, THRESHOLD_STEP):
            pairs = pairs[:, scores >= least]
            scores = scores[scores >= least]
            labels, sizes = self._components(pairs)
            is_long = (sizes > MAX_CHAIN)[labels]
            groups += self._groups(labels, (sizes > 1)[labels] & ~is_long)
            longer = is_long[pairs[0]]
            pairs, scores = pairs[:, longer], scores[longer]
        labels, sizes = self._components(pairs[:, scores >= COPY_THRESHOLD])
        groups += self._groups(labels, (sizes > 1)[labels])
        return tuple(sorted(groups, key=lambda group: (-len(group), group)))

    def _components(self, pairs: Ints) -> tuple[Ints, Ints]:
        """Return the label of each idea's connected component, (n,), and the size of each component.

        :param pairs: (2, n_pairs) row indices
        """
        graph = sparse.coo_matrix((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), shape=(len(self), len(self)))
        _n, labels = csgraph.connected_components(graph, directed=False)
        return labels, np.bincount(labels)

    def _groups(self, labels: Ints, wanted: np.ndarray[Any, Any]) -> list[tuple[int, ...]]:
        """Return the keys of the `wanted` rows of each label.

        :param wanted: (n,) bool
        """
        groups: dict[int, list[int]] = {}
        for row in np.flatnonzero(wanted):
            groups.setdefault(int(labels[row]), []).append(int(self.keys[row]))
        return [tuple(sorted(group)) for group in groups.values()]

    def _similar_pairs(self, threshold: float) -> tuple[Ints, Floats]:
        """Return pairs of at least `threshold`, found by rare words, in batches that bound the memory.

        Ideas of exactly the same words are paired whatever those are: among very many copies no word is rare.

        :return: (2, n_pairs) row indices, (n_pairs,) scores
        """
        document_frequency = np.bincount(self._rows.indices, minlength=self._rows.shape[1])
        is_common = document_frequency > max(50, MAX_DOCUMENT_SHARE * len(self))
        rare = self._rows @ sparse.diags((~is_common).astype(np.float32))
        postings = rare.T.tocsr()
        exact = self._exact_duplicates()
        pairs, scores = [exact], [np.ones(exact.shape[1], dtype=np.float32)]
        for batch in gen_batches(len(self), BATCH_SIZE):
            near = (rare[batch] @ postings).tocsr()
            for row in range(near.shape[0]):
                span = slice(near.indptr[row], near.indptr[row + 1])
                candidates = near.indices[span][_top(near.data[span], N_CANDIDATES + 1)]
                candidates = candidates[candidates < batch.start + row]
                if len(candidates):
                    found = self._pair_scores(batch.start + row, candidates)
                    good = found >= threshold
                    pairs.append(np.stack([np.full(good.sum(), batch.start + row), candidates[good]]))
                    scores.append(found[good])
        return np.concatenate(pairs, axis=1), np.concatenate(scores)

    def _exact_duplicates(self) -> Ints:
        """Return each idea with the first that has the same words as often, (2, n_pairs) row indices."""
        first: dict[bytes, int] = {}
        pairs = []
        for row in np.flatnonzero(np.diff(self._rows.indptr)).tolist():
            span = slice(self._rows.indptr[row], self._rows.indptr[row + 1])
            words = self._rows.indices[span].tobytes() + self._rows.data[span].tobytes()
            if first.setdefault(words, row) != row:
                pairs.append((row, first[words]))
        return np.array(pairs, dtype=np.intp).reshape(-1, 2).T

    def _pair_scores(self, row: int, others: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the similarity of a row with others, (n_others,)."""
        lexical = (self._rows[others] @ self._rows[[row]].T).toarray().ravel()
        if self._embeddings is None or self._embedding_rows[row] < 0:
            return np.asarray(lexical)
        own = self._embeddings.rows(self._embedding_rows[[row]])[0]
        indices = self._embedding_rows[others]
        has_embedding = indices >= 0
        cosines = self._embeddings.rows(np.where(has_embedding, indices, 0)) @ own
        meaning = np.where(has_embedding, cosines, np.float32(0))
        return combined_similarity(lexical, meaning, has_embedding, self._meaning_weight)

    def _fit_vocabulary(self, ideas: Sequence[IdeaText]) -> sparse.csr_matrix:
        """Return the word counts, with columns in alphabetical order, whatever order the ideas came in."""
        counts = self._counts(ideas, learn=True)
        words = sorted(self._vocabulary)
        column_of = np.empty(len(words), dtype=np.int32)
        column_of[[self._vocabulary[word] for word in words]] = np.arange(len(words), dtype=np.int32)
        self._vocabulary = {word: column for column, word in enumerate(words)}
        return sparse.csr_matrix((counts.data, column_of[counts.indices], counts.indptr), shape=counts.shape)

    def _counts(self, texts: Sequence[IdeaText], learn: bool = False) -> sparse.csr_matrix:
        """Return how often each word occurs in each text, (n_texts, n_words) float32.

        :param learn: add unknown words to the vocabulary; otherwise they are left out
        """
        columns, counts, ends = array("i"), array("f"), array("q", [0])
        known = self._vocabulary
        for text in texts:
            for word, n in _word_counts(text, self._tagger, self._synonyms).items():
                column = known.setdefault(word, len(known)) if learn else known.get(word)
                if column is not None:
                    columns.append(column)
                    counts.append(n)
            ends.append(len(columns))
        parts = (np.frombuffer(counts, np.float32), np.frombuffer(columns, np.int32), np.frombuffer(ends, np.int64))
        return sparse.csr_matrix(parts, shape=(len(texts), max(len(known), 1)))

    def _tfidf(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return TF-IDF rows of unit length, sublinear in the count, with sorted column indices."""
        data = ((1 + np.log(counts.data)) * self._idf[counts.indices]).astype(np.float32)
        rows = sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
        rows.sort_indices()
        return sparse.csr_matrix(normalize(rows)) if counts.shape[0] else rows

    def _lexical(self, query: sparse.csr_matrix) -> Floats:
        """Return the cosine of each idea with a query, (n,) 0..1.

        :param query: (1, n_words) TF-IDF row
        """
        scores = np.zeros(len(self), dtype=np.float32)
        for column, weight in zip(query.indices, query.data, strict=True):
            span = slice(self._postings.indptr[column], self._postings.indptr[column + 1])
            scores[self._postings.indices[span]] += weight * self._postings.data[span]
        return scores

    def _semantic(self, vector: Floats | None) -> tuple[Floats, Floats]:
        """Return the mean of the two cosines for each idea, (n,), and 1 where it is known, else 0, (n,)."""
        semantic, has_embedding = np.zeros((2, len(self)), dtype=np.float32)
        if vector is not None and self._embeddings is not None and len(self._with_embedding):
            cosines = self._embeddings.cosines(vector)
            semantic[self._with_embedding] = cosines[self._embedding_rows[self._with_embedding]]
            has_embedding[self._with_embedding] = 1.0
        return semantic, has_embedding


def trigram_similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """Return the share of trigrams in common, 0..1, as PostgreSQL's pg_trgm counts them."""
    return len(first & second) / len(first | second) if first or second else 0.0


def trigrams(text: str) -> frozenset[str]:
    """Return pg_trgm's trigrams: of each word in lower case, padded with two blanks before and one behind."""
    words = "".join(letter if letter.isalnum() else " " for letter in clean(text).lower()).split()
    return frozenset(f"  {word} "[start : start + 3] for word in words for start in range(len(word) + 1))


def _word_counts(idea: IdeaText, tagger: str, synonyms: Synonyms) -> Counter[str]:
    """Return how often each search token and each group of synonyms occurs, those of the title `TITLE_WEIGHT` times."""
    counts: Counter[str] = Counter()
    for text, times in ((clean(idea.title), TITLE_WEIGHT), (clean(idea.body[: 2 * BODY_CHARS])[:BODY_CHARS], 1)):
        found = morphemes(text, tagger)
        counts.update(tokens_of_morphemes(found) * times)
        groups = synonyms.found_in([morpheme.surface for morpheme in found])
        counts.update([f"={group[0]}" for group in groups] * times)  # no search token has a sign
    return counts


def _top(scores: np.ndarray[Any, Any], k: int) -> np.ndarray[Any, Any]:
    """Return the indices of the `k` highest scores, best first, ties by index."""
    if k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        indices = np.flatnonzero(scores >= least)
    else:
        indices = np.arange(len(scores))
    return indices[np.lexsort((indices, -scores[indices]))][:k]
