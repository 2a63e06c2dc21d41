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
    return np.asarray(normalize(svd.fit_transform(matrix)))


def centred(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Encoder rows of unit length less the mean of those that are there, of unit length again; zero rows stay zero.

    Raw rows of such models lie in a narrow cone; without its axis the cosine tells subjects apart.
    """
    unit = normalize(np.asarray(rows, dtype=np.float32))
    there = unit.any(axis=1)
    if there.any():
        unit[there] -= unit[there].mean(axis=0)
    return np.asarray(normalize(unit))
