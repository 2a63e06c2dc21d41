"""From tokens to vectors: TF-IDF with the title weighed, then latent semantic analysis."""

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


def as_is(tokens: Sequence[str]) -> Sequence[str]:
    """The analyzer of a vectorizer whose documents are token lists already."""
    return tokens


def tfidf(documents: Sequence[Sequence[str]]) -> tuple[sparse.csr_matrix, np.ndarray[Any, Any]]:
    """TF-IDF rows of unit length (Salton & Buckley 1988, sublinear tf), and the words of the columns.

    :param documents: tokens of each text; none may be empty
    :return: (n_texts, n_words) matrix, (n_words,) array of str
    """
    small = len(documents) < SMALL_CORPUS
    vectorizer = TfidfVectorizer(
        analyzer=as_is, sublinear_tf=True, min_df=1 if small else 2, max_df=1.0 if small else 0.4
    )
    try:
        matrix = vectorizer.fit_transform(documents)
    except ValueError:  # every word stands in one text only, or in nearly all: keep them rather than nothing
        vectorizer.set_params(min_df=1, max_df=1.0)
        matrix = vectorizer.fit_transform(documents)
    return sparse.csr_matrix(matrix), vectorizer.get_feature_names_out()


def latent(matrix: sparse.csr_matrix, n_components: int, random_state: int) -> np.ndarray[Any, Any]:
    """Latent semantic vectors of unit length (Deerwester et al. 1990); rows without a word stay zero.

    :return: (n_texts, ≤ n_components) array
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


def centred(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Encoder rows of unit length less the mean of those that are there, of unit length again; zero rows stay zero.

    Raw rows of such models lie in a narrow cone; without its axis the cosine tells subjects apart.
    """
    unit = normalize(np.asarray(rows, dtype=np.float32))
    there = unit.any(axis=1)
    if there.any():
        unit[there] -= unit[there].mean(axis=0)
    return np.asarray(normalize(unit))


WORDS_WEIGHT = 0.7  # of the words' block beside the encoder's of length 1, for texts as long as proposals
FEW_WORDS, MANY_WORDS = 8, 24  # distinct words of an idea: from headlines, where words only mislead, to proposals


def idea_vectors(
    matrix: sparse.csr_matrix, encoded: Sequence[np.ndarray[Any, Any]], n_components: int, random_state: int
) -> np.ndarray[Any, Any]:
    """One row of unit length for each idea: what it means beside the words it uses.

    :param matrix: (n, n_words) TF-IDF; :param encoded: no blocks, or encoder rows (n, d) of titles and of bodies
    :return: (n, ≤ d + n_components) float32
    """
    weight = words_weight(matrix) if encoded else 1.0
    if encoded and not np.any([block.any(axis=1) for block in encoded], axis=0).all():
        weight = max(weight, WORDS_WEIGHT)  # words are all that ties those without a vector to the others
    blocks = [weight * latent(matrix, n_components, random_state)] if weight > 0 else []
    if encoded:
        blocks.append(normalize(np.sum([centred(block) for block in encoded], axis=0)))
    return np.asarray(normalize(np.hstack(blocks)), dtype=np.float32)


def words_weight(matrix: sparse.csr_matrix) -> float:
    """How much words count beside meaning; follows the mean number of distinct words of an idea."""
    words = matrix.nnz / max(matrix.shape[0], 1)
    return WORDS_WEIGHT * float(np.clip((words - FEW_WORDS) / (MANY_WORDS - FEW_WORDS), 0.0, 1.0))
