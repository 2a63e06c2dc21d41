"""Near-copies: the same proposal typed again. They are one point for the clusters and keep their count.

Small corpora are compared pair by pair. In large ones only likely pairs are: texts that share a rare piece, and texts
whose sketches (MinHash, Broder 1997) agree in four places, of which each is held against the first few of its like.
So cost grows with the number of texts, whether they are all different or one text a hundred thousand times; in return
a copy that was reworded a good deal may be missed where more than `RARE` texts share its pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize

from nlp.batches import gen_batches

TEXT_CHARS = 600
GRAM = 4
N_FEATURES = 2**20
EXACT_UP_TO = 4_000  # distinct texts compared pair by pair
BATCH_SIZE = 1_000  # rows compared at once, so that memory stays bounded
RARE = 12  # texts that may share a piece for it to make them a likely pair
BINS, BAND = 64, 4  # numbers in a sketch, and how many of them must agree
MIX = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], dtype=np.uint64)
LEADERS = 2  # earlier texts of a bucket that a later one is held against
Ints = np.ndarray[Any, Any]


def near_copies(texts: Sequence[str], threshold: float = 0.58) -> dict[int, int]:
    """Texts that repeat an earlier one: cosine of their character 4-gram counts is at least `threshold`.

    :return: {place of the copy: place of the first of its group}; the first ones are no keys
    """
    flat = ["".join(text.split())[:TEXT_CHARS] for text in texts]
    place_of: dict[str, int] = {}
    same = [place_of.setdefault(text, n) if len(text) >= GRAM else n for n, text in enumerate(flat)]
    distinct = sorted(set(same))
    rows = gram_counts([flat[place] for place in distinct])
    pairs = _all_pairs(rows, threshold) if len(distinct) <= EXACT_UP_TO else _likely_pairs(rows, threshold)
    first = np.arange(len(distinct))
    for later, earlier in pairs:  # by place, so that a copy of a copy leads to the first
        if first[later] == later:
            first[later] = first[earlier]
    origin = {place: distinct[first[row]] for row, place in enumerate(distinct)}
    return {place: origin[twin] for place, twin in enumerate(same) if origin[twin] != place}


def gram_counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """Unit rows of hashed character 4-gram counts; texts shorter than that have an empty row.

    :return: (n_texts, 2**20) float32
    """
    blocks = [_gram_block(texts[batch]) for batch in gen_batches(len(texts), BATCH_SIZE)]
    if not blocks:
        return sparse.csr_matrix((0, N_FEATURES), dtype=np.float32)
    return sparse.csr_matrix(normalize(sparse.vstack(blocks, format="csr"), copy=False))


def _gram_block(texts: Sequence[str]) -> sparse.csr_matrix:
    """All texts of a block as one run of code points: the hash of a gram is a number, no string is made."""
    lengths = np.array([len(text) for text in texts])
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(texts)), lengths)
    if len(codes) < GRAM:
        return sparse.csr_matrix((len(texts), N_FEATURES), dtype=np.float32)
    n = len(codes) - GRAM + 1
    hashes = np.zeros(n, dtype=np.uint64)
    for offset in range(GRAM):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[offset : offset + n] + np.uint64(1)
    hashes ^= hashes >> np.uint64(29)
    within = owner[:n] == owner[GRAM - 1 :]
    columns = (hashes[within] % np.uint64(N_FEATURES)).astype(np.int32)
    counted = sparse.coo_matrix(
        (np.ones(len(columns), dtype=np.float32), (owner[:n][within], columns)), shape=(len(texts), N_FEATURES)
    )
    return counted.tocsr()


def _all_pairs(rows: sparse.csr_matrix, threshold: float) -> list[tuple[int, int]]:
    """(later, earlier) of every pair that is alike, in order."""
    pairs: list[tuple[int, int]] = []
    for batch in gen_batches(rows.shape[0], BATCH_SIZE):
        alike = sparse.coo_matrix(rows[batch] @ rows[: batch.stop].T)
        near = (alike.data >= threshold) & (alike.col < alike.row + batch.start)
        pairs += sorted(zip((alike.row[near] + batch.start).tolist(), alike.col[near].tolist(), strict=True))
    return pairs


def _likely_pairs(rows: sparse.csr_matrix, threshold: float) -> list[tuple[int, int]]:
    """The same for the pairs that share a rare piece or much of their sketch."""
    likely = np.unique(np.vstack([_sharing_rare(rows), _sharing_sketch(rows)]), axis=0)
    cosines = np.concatenate(
        [np.zeros(0)]
        + [
            np.asarray(rows[piece[:, 0]].multiply(rows[piece[:, 1]]).sum(axis=1)).ravel()
            for piece in np.array_split(likely, max(1, len(likely) // 20_000))
        ]
    )
    return [(int(later), int(earlier)) for later, earlier in likely[cosines >= threshold]]


def _sharing_rare(rows: sparse.csr_matrix) -> Ints:
    """Pairs (later, earlier) that share at least a fifth of a text's pieces, counting rare pieces alone."""
    times = np.bincount(rows.indices, minlength=rows.shape[1])
    rare = sparse.csr_matrix((rows.data > 0, rows.indices, rows.indptr), shape=rows.shape)[
        :, np.flatnonzero((times >= 2) & (times <= RARE))
    ].astype(np.float32)
    shared = sparse.tril(rare @ rare.T, k=-1).tocoo()
    sizes = np.diff(rows.indptr)
    enough = shared.data >= np.maximum(1, 0.2 * np.minimum(sizes[shared.row], sizes[shared.col]))
    return np.column_stack([shared.row[enough], shared.col[enough]]).astype(np.int64)


def _sharing_sketch(rows: sparse.csr_matrix) -> Ints:
    """Pairs (later, earlier) with a band of equal least hashes; each against the first `LEADERS` of its bucket."""
    n = rows.shape[0]
    mixed = (rows.indices.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(20)
    owner = np.repeat(np.arange(n), np.diff(rows.indptr))
    sketch = np.full((n, BINS), np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(sketch, (owner, (mixed % np.uint64(BINS)).astype(np.intp)), mixed)
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for start in range(0, BINS, BAND):
        band = sketch[:, start : start + BAND]
        whole = np.flatnonzero((band != np.iinfo(np.uint64).max).all(axis=1))
        if not len(whole):
            continue
        mixed_band = band[whole] @ MIX  # wraps round; bands that meet by chance are told apart by their cosine
        _values, bucket = np.unique(mixed_band, return_inverse=True)
        order = np.argsort(bucket, kind="stable")  # by bucket, and by place within
        begins = np.r_[0, np.flatnonzero(np.diff(bucket[order])) + 1]
        of_bucket = np.repeat(begins, np.diff(np.r_[begins, len(order)]))
        for leader in range(LEADERS):
            at = of_bucket + leader
            later = np.flatnonzero(np.arange(len(order)) > at)
            pairs.append(np.column_stack([whole[order[later]], whole[order[at[later]]]]))
    return np.vstack(pairs)
