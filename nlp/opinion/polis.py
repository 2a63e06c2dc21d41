"""The published recipe of Polis (Small et al. 2021), for those who compare: groups and group-informed consensus.

A gap is filled by the mean vote on its idea, two principal components are taken, people are moved outward by the
square root of ideas over votes, and k-means with 2 to 5 groups is chosen by its silhouette. The service's 100 base
clusters and its memory of earlier runs are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from nlp.opinion.cells import Cells, Floats, Labels

N_COMPONENTS = 2
N_STARTS = 10
SILHOUETTE_SAMPLE = 5_000  # people; the exact value takes time and memory with the square of their number
MIN_GROUP = 2


def polis_positions(cells: Cells, seed: int) -> Floats:
    """Return (n_people, 2) positions.

    A gap filled by its idea's mean is 0 once the mean is taken off: so the filled matrix is never made.
    """
    n_people, n_ideas = cells.shape
    votes = cells.totals()
    means = (votes[:, 0] - votes[:, 1]) / np.maximum(votes.sum(axis=1), 1)
    value = cells.agree - cells.disagree - _columns_times(sum(cells.kinds), means)
    centred = sparse.csr_array(value, dtype=np.float64)
    if min(n_people, n_ideas) <= N_COMPONENTS + 1:
        left, scale, _right = np.linalg.svd(centred.toarray(), full_matrices=False)
    else:
        start = np.random.default_rng(seed).normal(size=min(n_people, n_ideas))
        left, scale, _right = svds(centred, k=N_COMPONENTS, v0=start) if centred.nnz else _nothing(n_people)
    order = np.argsort(-scale, kind="stable")[:N_COMPONENTS]
    positions = left[:, order] * scale[order]
    sign = np.where(np.sum(positions**3, axis=0) < 0, -1.0, 1.0)
    outward = np.sqrt(n_ideas / np.maximum(cells.votes_per_person(), 1))
    return np.asarray(positions * sign * outward[:, None])


def polis_labels(positions: Floats, n_groups: int | None, seed: int) -> Labels:
    """Return (n_people,) group numbers; all 0 where no grouping is possible."""
    best, best_score = np.zeros(len(positions), dtype=np.int64), -1.0
    n_different = len(np.unique(positions.round(9), axis=0))
    for k in [n_groups] if n_groups else range(2, 6):
        if not 2 <= k <= min(n_different, len(positions) - 1):
            continue
        with threadpool_limits(limits=1):
            labels = KMeans(k, n_init=N_STARTS, random_state=seed).fit_predict(positions)
        if np.bincount(labels, minlength=k).min() < MIN_GROUP:
            continue
        sample = min(SILHOUETTE_SAMPLE, len(positions))
        score = silhouette_score(positions, labels, sample_size=sample, random_state=seed)
        if score > best_score:
            best, best_score = labels.astype(np.int64), float(score)
    return best


def group_informed_consensus(counts: Floats) -> Floats:
    """Return ∏ (agreeing + 1) / (all votes + 2) over the groups, (n_ideas,): the published formula.

    :param counts: (n_groups, n_ideas, 3) votes
    """
    return np.asarray(np.prod((counts[..., 0] + 1) / (counts.sum(axis=-1) + 2), axis=0))


def _columns_times(cells: Any, factors: Floats) -> Any:
    scaled = sparse.csr_array(cells, copy=True)
    scaled.data = scaled.data * factors[scaled.indices]
    return scaled


def _nothing(n_people: int) -> tuple[Floats, Floats, Floats]:
    return np.zeros((n_people, N_COMPONENTS)), np.zeros(N_COMPONENTS), np.zeros((N_COMPONENTS, 0))
