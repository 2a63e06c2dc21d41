"""Near-duplicate detection: the same proposal typed again is one point for the clusters and is counted apart.

Small corpora are compared pair by pair. Large ones compare candidate pairs only: texts that share a rare n-gram, and
texts whose MinHash signatures (Broder 1997) agree in a band of four values, where each text is compared with the first
few of its bucket. So the cost grows linearly with the number of texts, whether they all differ or one text comes a
hundred thousand times. In return a near-duplicate that was reworded a good deal may be missed where more than
`MAX_RARE_TEXTS` texts share its n-grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize

from nlp.batches import gen_batches

TEXT_CHARS = 600
NGRAM_SIZE = 4
N_FEATURES = 2**20
MAX_PAIRWISE_TEXTS = 4_000  # distinct texts compared pair by pair
BATCH_SIZE = 1_000  # rows compared at once, so that memory stays bounded
MAX_RARE_TEXTS = 12  # texts that may share an n-gram for it to make them a candidate pair
N_BINS, BAND_SIZE = 64, 4  # values in a MinHash signature, and how many of them must agree
BAND_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], dtype=np.uint64
)
N_BUCKET_LEADERS = 2  # earlier texts of a bucket that a later one is compared with
Ints = np.ndarray[Any, Any]


def find_near_duplicates(texts: Sequence[str], threshold: float = 0.58) -> dict[int, int]:
    """Find texts that repeat an earlier one.

    :param threshold: smallest cosine, 0..1, of the character 4-gram counts of two near-duplicates
    :return: {index of a near-duplicate: index of the canonical text, the first of its group}; canonical texts are no
        keys
    """
    flat = ["".join(text.split())[:TEXT_CHARS] for text in texts]
    first_index: dict[str, int] = {}
    same = [first_index.setdefault(text, n) if len(text) >= NGRAM_SIZE else n for n, text in enumerate(flat)]
    distinct = sorted(set(same))
    rows = ngram_counts([flat[index] for index in distinct])
    pairs = _all_pairs(rows, threshold) if len(distinct) <= MAX_PAIRWISE_TEXTS else _candidate_pairs(rows, threshold)
    canonical = np.arange(len(distinct))
    for later, earlier in pairs:  # in order, so that a duplicate of a duplicate leads to the canonical text
        if canonical[later] == later:
            canonical[later] = canonical[earlier]
    canonical_index = {index: distinct[canonical[row]] for row, index in enumerate(distinct)}
    return {index: canonical_index[exact] for index, exact in enumerate(same) if canonical_index[exact] != index}


def ngram_counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return unit rows of hashed character 4-gram counts; texts shorter than that have an empty row.

    :return: (n_texts, 2**20) float32
    """
    blocks = [_ngram_block(texts[batch]) for batch in gen_batches(len(texts), BATCH_SIZE)]
    if not blocks:
        return sparse.csr_matrix((0, N_FEATURES), dtype=np.float32)
    return sparse.csr_matrix(normalize(sparse.vstack(blocks, format="csr"), copy=False))


def _ngram_block(texts: Sequence[str]) -> sparse.csr_matrix:
    """Hash all texts of a batch as one run of code points: a hash is computed from numbers, no string is made.

    :return: (n_texts, 2**20) float32 counts
    """
    lengths = np.array([len(text) for text in texts])
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(texts)), lengths)
    if len(codes) < NGRAM_SIZE:
        return sparse.csr_matrix((len(texts), N_FEATURES), dtype=np.float32)
    n = len(codes) - NGRAM_SIZE + 1
    hashes = np.zeros(n, dtype=np.uint64)
    for offset in range(NGRAM_SIZE):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[offset : offset + n] + np.uint64(1)
    hashes ^= hashes >> np.uint64(29)
    within = owner[:n] == owner[NGRAM_SIZE - 1 :]
    columns = (hashes[within] % np.uint64(N_FEATURES)).astype(np.int32)
    counted = sparse.coo_matrix(
        (np.ones(len(columns), dtype=np.float32), (owner[:n][within], columns)), shape=(len(texts), N_FEATURES)
    )
    return counted.tocsr()


def _all_pairs(rows: sparse.csr_matrix, threshold: float) -> list[tuple[int, int]]:
    """Return (later, earlier) of every pair of near-duplicates, in order."""
    pairs: list[tuple[int, int]] = []
    for batch in gen_batches(rows.shape[0], BATCH_SIZE):
        cosines = sparse.coo_matrix(rows[batch] @ rows[: batch.stop].T)
        near = (cosines.data >= threshold) & (cosines.col < cosines.row + batch.start)
        pairs += sorted(zip((cosines.row[near] + batch.start).tolist(), cosines.col[near].tolist(), strict=True))
    return pairs


def _candidate_pairs(rows: sparse.csr_matrix, threshold: float) -> list[tuple[int, int]]:
    """Return the same for pairs that share a rare n-gram or a band of their signatures."""
    candidates = np.unique(np.vstack([_sharing_rare_ngram(rows), _sharing_band(rows)]), axis=0)
    cosines = np.concatenate(
        [np.zeros(0)]
        + [
            np.asarray(rows[part[:, 0]].multiply(rows[part[:, 1]]).sum(axis=1)).ravel()
            for part in np.array_split(candidates, max(1, len(candidates) // 20_000))
        ]
    )
    return [(int(later), int(earlier)) for later, earlier in candidates[cosines >= threshold]]


def _sharing_rare_ngram(rows: sparse.csr_matrix) -> Ints:
    """Return pairs whose shared rare n-grams are at least a fifth of all n-grams of the shorter text.

    :return: (n_pairs, 2) row indices, later and earlier
    """
    document_frequency = np.bincount(rows.indices, minlength=rows.shape[1])
    rare = sparse.csr_matrix((rows.data > 0, rows.indices, rows.indptr), shape=rows.shape)[
        :, np.flatnonzero((document_frequency >= 2) & (document_frequency <= MAX_RARE_TEXTS))
    ].astype(np.float32)
    shared = sparse.tril(rare @ rare.T, k=-1).tocoo()
    sizes = np.diff(rows.indptr)
    enough = shared.data >= np.maximum(1, 0.2 * np.minimum(sizes[shared.row], sizes[shared.col]))
    return np.column_stack([shared.row[enough], shared.col[enough]]).astype(np.int64)


def _sharing_band(rows: sparse.csr_matrix) -> Ints:
    """Return pairs with an equal band of MinHash values; each text with the first `N_BUCKET_LEADERS` of its bucket.

    :return: (n_pairs, 2) row indices, later and earlier
    """
    n = rows.shape[0]
    mixed = (rows.indices.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(20)
    owner = np.repeat(np.arange(n), np.diff(rows.indptr))
    signature = np.full((n, N_BINS), np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(signature, (owner, (mixed % np.uint64(N_BINS)).astype(np.intp)), mixed)
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for start in range(0, N_BINS, BAND_SIZE):
        band = signature[:, start : start + BAND_SIZE]
        whole = np.flatnonzero((band != np.iinfo(np.uint64).max).all(axis=1))
        if not len(whole):
            continue
        band_hash = band[whole] @ BAND_MULTIPLIERS  # wraps around; a chance collision is caught by the cosine
        _values, bucket = np.unique(band_hash, return_inverse=True)
        order = np.argsort(bucket, kind="stable")  # by bucket, then by row
        begins = np.r_[0, np.flatnonzero(np.diff(bucket[order])) + 1]
        of_bucket = np.repeat(begins, np.diff(np.r_[begins, len(order)]))
        for leader in range(N_BUCKET_LEADERS):
            at = of_bucket + leader
            later = np.flatnonzero(np.arange(len(order)) > at)
            pairs.append(np.column_stack([whole[order[later]], whole[order[at[later]]]]))
    return np.vstack(pairs)
