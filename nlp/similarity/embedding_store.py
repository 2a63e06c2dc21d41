"""Embeddings in one memory-mapped file: written by a worker, read by every process without a copy of its own.

The file holds float32 rows ready for semantic similarity (centred, unit length, title and body side by side). Next to
it are the keys, and a small JSON manifest that names both. Only the manifest is replaced, in one atomic step: readers
of the older files go on reading them, and a writer that is killed leaves the older files in force. Writers take turns
by a file lock that ends with its process; each removes files that the manifest no longer names, including those of
killed writers.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nlp.batches import gen_batches
from nlp.similarity.encoders import IdeaEmbeddings

MANIFEST = "vectors.json"
LOCK = "writing.lock"
BATCH_SIZE = 8_192  # rows written or averaged at once
MAX_READ_ATTEMPTS = 5  # how often a reader tries again after the files named by the manifest have been replaced
Floats = np.ndarray[Any, np.dtype[np.float32]]
Indices = np.ndarray[Any, Any]


class EmbeddingStore:
    """Rows of `folder`, mapped into memory.

    :ivar identity: that of the encoder
    :ivar keys: (n,) int64, ascending
    :ivar stamp: names this version of the files
    :raise FileNotFoundError: nothing was written there yet
    :raise ValueError: the files are damaged
    """

    def __init__(self, folder: Path) -> None:
        manifest, self.keys, self._map = _read(folder)
        self.identity, self.stamp = str(manifest["identity"]), str(manifest["stamp"])
        self._means = np.array(manifest["means"], dtype=np.float32)

    def __len__(self) -> int:
        return len(self.keys)

    def row_indices(self, keys: Sequence[int]) -> Indices:
        """Return the row of each key, -1 where there is none; (n_keys,) int."""
        wanted = np.asarray(keys, dtype=np.int64)
        if not len(self):
            return np.full(len(wanted), -1, dtype=np.intp)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self) - 1)
        return np.where(self.keys[at] == wanted, at, -1)

    def rows(self, indices: Indices) -> Floats:
        """Return the rows of these indices, (n_indices, 2 * dimension)."""
        return np.asarray(self._map[indices])

    def cosines(self, row: Floats) -> Floats:
        """Return the mean of the title's and the body's cosine with every row of the store.

        :param row: (2 * dimension,), from `rows` or `query_row`
        :return: (n,), -1..1
        """
        return _dot_products(self._map, row)

    def query_row(self, title: Floats, body: Floats) -> Floats:
        """Return what `cosines` expects, from a new text's own embeddings.

        :param title: (dimension,) as the encoder gives it; zeros where the text is empty
        :param body: the same of the body
        :return: (2 * dimension,)
        """
        return _side_by_side(title[None, :], body[None, :], self._means)[0]


_OPENED: dict[Path, tuple[tuple[int, int], EmbeddingStore]] = {}


def open_embeddings(folder: Path) -> EmbeddingStore | None:
    """Return the current store, kept open by this process until it is rebuilt; None where none can be read."""
    try:
        found = (folder / MANIFEST).stat()
        version = (found.st_ino, found.st_mtime_ns)
        held = _OPENED.get(folder)
        if held is None or held[0] != version:
            held = _OPENED[folder] = (version, EmbeddingStore(folder))
    except (OSError, ValueError):
        _OPENED.pop(folder, None)
        return None
    return held[1]


def write_embeddings(folder: Path, embeddings: IdeaEmbeddings) -> EmbeddingStore:
    """Write all files and replace the old ones. Waits while another process or thread writes here."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # vectors tell something of people's texts
    with _writer_lock(folder):
        _remove_stale_files(folder)
        stamp = uuid.uuid4().hex
        means = np.stack([_mean(embeddings.titles), _mean(embeddings.bodies)])
        order = np.argsort(embeddings.keys, kind="stable")
        np.save(folder / f"vectors-{stamp}.keys.npy", np.asarray(embeddings.keys, dtype=np.int64)[order])
        _write_rows(folder / f"vectors-{stamp}.npy", embeddings, order, means)
        manifest = {"identity": embeddings.identity, "stamp": stamp, "means": means.tolist()}
        draft = folder / f"vectors-{stamp}.json"
        draft.write_text(json.dumps(manifest), encoding="utf-8")
        os.replace(draft, folder / MANIFEST)
        _remove_stale_files(folder)
        return EmbeddingStore(folder)


def _write_rows(target: Path, embeddings: IdeaEmbeddings, order: Indices, means: Floats) -> None:
    shape = (len(embeddings), 2 * embeddings.titles.shape[1])
    if not len(embeddings):  # an empty file cannot be mapped
        np.save(target, np.zeros(shape, dtype=np.float32))
        return
    written = np.lib.format.open_memmap(target, mode="w+", dtype=np.float32, shape=shape)
    for batch in gen_batches(len(embeddings), BATCH_SIZE):
        indices = order[batch]
        written[batch] = _side_by_side(embeddings.titles[indices], embeddings.bodies[indices], means)
    written.flush()


def _read(folder: Path) -> tuple[dict[str, Any], Indices, Floats]:
    """Return the folder's manifest, its keys and its mapped rows.

    :raise FileNotFoundError: nothing was written there yet
    :raise ValueError: the files are damaged
    """
    for _ in range(MAX_READ_ATTEMPTS):
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        try:
            stamp = manifest["stamp"]
            keys = np.load(folder / f"vectors-{stamp}.keys.npy")
            return manifest, keys, np.load(folder / f"vectors-{stamp}.npy", mmap_mode="r" if len(keys) else None)
        except FileNotFoundError:  # rebuilt between the two reads: the newer files have other names
            continue
        except (EOFError, KeyError, TypeError) as error:
            raise ValueError(f"the vector file in {folder} is damaged: {error}") from error
    raise FileNotFoundError(folder / MANIFEST)


@contextmanager
def _writer_lock(folder: Path) -> Iterator[None]:
    """Admit one writer at a time. The lock ends with the process that holds it, however that ends."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_stale_files(folder: Path) -> None:
    """Remove every file that the manifest does not name. The caller holds the writer lock."""
    try:
        stamp = str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["stamp"])
    except (OSError, ValueError, KeyError, TypeError):
        stamp = "none"
    for path in folder.glob("vectors-*"):
        if not path.name.startswith(f"vectors-{stamp}"):
            path.unlink(missing_ok=True)


def _dot_products(rows: Floats, row: Floats) -> Floats:
    """Multiply row by row on one thread: memory bandwidth decides the time, and `@` wakes BLAS threads that compete
    for the cores (8 ms of processor time for 1,000 rows instead of 0.1)."""
    return np.asarray(np.vecdot(rows, row))


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def _mean(rows: np.ndarray[Any, Any]) -> Floats:
    """Return the mean direction of the non-zero rows; with it subtracted, cosines separate subjects.

    :param rows: (n, dimension)
    :return: (dimension,) float32
    """
    total, n = np.zeros(rows.shape[1]), 0
    for batch in gen_batches(len(rows), BATCH_SIZE):
        unit = _unit(np.asarray(rows[batch], dtype=np.float32))
        present = unit.any(axis=1)
        total, n = total + unit[present].sum(axis=0), n + int(present.sum())
    return np.asarray(total / max(n, 1), dtype=np.float32)


def _side_by_side(titles: np.ndarray[Any, Any], bodies: np.ndarray[Any, Any], means: Floats) -> Floats:
    """Centre both halves and scale each to length 1/√2, so that a product of two rows is the mean of two cosines.

    :param titles: (n, dimension)
    :param bodies: (n, dimension)
    :param means: (2, dimension), of the titles and of the bodies
    :return: (n, 2 * dimension) float32
    """
    halves = []
    for rows, mean in zip((titles, bodies), means, strict=True):
        unit = _unit(np.asarray(rows, dtype=np.float32))
        present = unit.any(axis=1, keepdims=True)
        halves.append(_unit(np.where(present, unit - mean, 0.0).astype(np.float32)) / np.float32(np.sqrt(2)))
    return np.hstack(halves)


class InMemoryEmbeddings:
    """The same as an `EmbeddingStore` without a file: for commands that encode, evaluate and end."""

    def __init__(self, embeddings: IdeaEmbeddings) -> None:
        means = np.stack([_mean(embeddings.titles), _mean(embeddings.bodies)])
        self._rows = _side_by_side(np.asarray(embeddings.titles), np.asarray(embeddings.bodies), means)
        self.row_indices = embeddings.row_indices

    def rows(self, indices: Indices) -> Floats:
        """Return the rows of these indices, (n_indices, 2 * dimension)."""
        return np.asarray(self._rows[indices])

    def cosines(self, row: Floats) -> Floats:
        """Return the mean of the title's and the body's cosine with every row, (n,), -1..1."""
        return _dot_products(self._rows, row)
