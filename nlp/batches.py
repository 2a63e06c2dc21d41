"""Slices of a long sequence, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator


def gen_batches(n: int, batch_size: int) -> Iterator[slice]:
    """Yield consecutive slices of `batch_size` items that cover 0..n; the last may be shorter.

    Like `sklearn.utils.gen_batches`, which web processes must not import; an `n` of 0 gives no batch.
    """
    for start in range(0, n, batch_size):
        yield slice(start, min(start + batch_size, n))
