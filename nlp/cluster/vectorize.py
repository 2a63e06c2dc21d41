"""Turn tokens into vectors: TF-IDF, then latent semantic analysis, joined with embeddings where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

SMALL_CORPUS = 20
SAMPLE = 20_000  # ideas from which the latent space is learned
WORDS_WEIGHT = 0.7  # of the words' block next to the encoder's of length 1, for texts as long as proposals
MIN_WORDS, MAX_WORDS = 8, 24  # distinct words of an idea: from headlines, where words only mislead, to proposals
Floats = np.ndarray[Any, Any]


def identity_analyzer(tokens: Sequence[str]) -> Sequence[str]:
    """Return the tokens: the analyzer of a vectorizer whose documents are token lists already."""
    return tokens


def tfidf(documents: Sequence[Sequence[str]]) -> tuple[sparse.csr_matrix, Floats]:
    """Return TF-IDF rows of unit length (Salton & Buckley 1988, sublinear tf), and the words of the columns.

    :param documents: tokens of each text; none may be empty
    :return: (n_texts, n_words) matrix, (n_words,) array of str
    """
    small = len(documents) < SMALL_CORPUS
    vectorizer = TfidfVectorizer(
        analyzer=identity_analyzer, sublinear_tf=True, min_df=1 if small else 2, max_df=1.0 if small else 0.4
    )
    try:
        matrix = vectorizer.fit_transform(documents)
    except ValueError:  # every word is in one text only, or in nearly all: keep them rather than nothing
        vectorizer.set_params(min_df=1, max_df=1.0)
        matrix = vectorizer.fit_transform(documents)
    return sparse.csr_matrix(matrix), vectorizer.get_feature_names_out()


def latent_vectors(matrix: sparse.csr_matrix, n_components: int, random_state: int) -> Floats:
    """Return latent semantic vectors of unit length (Deerwester et al. 1990); rows without a word stay zero.

    :param matrix: (n_texts, n_words) TF-IDF
    :return: (n_texts, ≤ n_components), or (n_texts, n_words) where there are fewer than three texts or words
    """
    size = min(n_components, matrix.shape[1] - 1, matrix.shape[0] - 1)
    if size < 2:
        return normalize(matrix.toarray())
    svd = TruncatedSVD(n_components=size, n_iter=7, random_state=random_state)
    if matrix.shape[0] <= SAMPLE:
        return np.asarray(normalize(svd.fit_transform(matrix)))
    chosen = np.sort(np.random.default_rng(random_state).permutation(matrix.shape[0])[:SAMPLE])
    svd.set_params(n_iter=3).fit(matrix[chosen])
    return np.asarray(normalize(svd.transform(matrix).astype(np.float32)))


def centre_rows(rows: Floats) -> Floats:
    """Scale encoder rows to unit length, subtract the mean of the non-zero ones, and scale again; zero rows stay zero.

    Raw rows of such models lie in a narrow cone; without its axis the cosine separates subjects.

    :param rows: (n, dimension)
    :return: (n, dimension) float32
    """
    unit = normalize(np.asarray(rows, dtype=np.float32))
    present = unit.any(axis=1)
    if present.any():
        unit[present] -= unit[present].mean(axis=0)
    return np.asarray(normalize(unit))


def idea_vectors(matrix: sparse.csr_matrix, encoded: Sequence[Floats], n_components: int, random_state: int) -> Floats:
    """Return one row of unit length for each idea: its latent words and its meaning side by side.

    :param matrix: (n, n_words) TF-IDF
    :param encoded: encoder rows (n, dimension) of titles and of bodies; empty for words alone
    :return: (n, ≤ dimension + n_components) float32
    """
    weight = words_weight(matrix) if encoded else 1.0
    if encoded and not np.any([block.any(axis=1) for block in encoded], axis=0).all():
        weight = max(weight, WORDS_WEIGHT)  # only words connect those without an embedding to the others
    blocks = [weight * latent_vectors(matrix, n_components, random_state)] if weight > 0 else []
    if encoded:
        blocks.append(normalize(np.sum([centre_rows(block) for block in encoded], axis=0)))
    return np.asarray(normalize(np.hstack(blocks)), dtype=np.float32)


def words_weight(matrix: sparse.csr_matrix) -> float:
    """Return the weight of words next to meaning, 0..WORDS_WEIGHT; it grows with the mean number of distinct words.

    :param matrix: (n, n_words) TF-IDF
    """
    words = matrix.nnz / max(matrix.shape[0], 1)
    return WORDS_WEIGHT * float(np.clip((words - MIN_WORDS) / (MAX_WORDS - MIN_WORDS), 0.0, 1.0))
