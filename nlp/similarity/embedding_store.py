"""Encoder vectors in one memory-mapped file: written by a worker, read by every process without a copy of its own.

The file holds float32 rows ready for likeness of meaning (centred, unit length, title and body side by side); beside
it lie the keys, and a small JSON file that names both. Only that one is replaced, in one step: whoever opened the older
files keeps reading them, and a writer that is killed leaves the older ones in force. Writers take turns by a lock that
ends with its process; each sweeps away what no longer counts, the leavings of killed ones among it.
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
from nlp.similarity.encoders import IdeaVectors

NAME = "vectors.json"
LOCK = "writing.lock"
BATCH_SIZE = 8_192  # rows written or averaged at once
READS = 5  # how often a reader looks again after the files it was told of have been replaced
Floats = np.ndarray[Any, np.dtype[np.float32]]


class VectorFile:
    """Rows of `folder`, mapped into memory. `identity` is that of the encoder; `keys` ascend.

    :raise FileNotFoundError: nothing was written there yet
    :raise ValueError: what lies there is damaged
    """

    def __init__(self, folder: Path) -> None:
        said, self.keys, self._map = _read(folder)
        self.identity, self.stamp = str(said["identity"]), str(said["stamp"])
        self._means = np.array(said["means"], dtype=np.float32)

    def __len__(self) -> int:
        return len(self.keys)

    def places(self, keys: Sequence[int]) -> np.ndarray[Any, Any]:
        """For each of `keys` its row, or -1 where there is none."""
        wanted = np.asarray(keys, dtype=np.int64)
        if not len(self):
            return np.full(len(wanted), -1, dtype=np.intp)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self) - 1)
        return np.where(self.keys[at] == wanted, at, -1)

    def rows(self, places: np.ndarray[Any, Any]) -> Floats:
        return np.asarray(self._map[places])

    def cosines(self, row: Floats) -> Floats:
        """Mean of the title's and of the body's cosine with every row of the file."""
        return _products(self._map, row)

    def row_of(self, title: Floats, body: Floats) -> Floats:
        """What `cosines` wants, of a new text's own encoder vectors; zeros where a text is empty."""
        return _side_by_side(title[None, :], body[None, :], self._means)[0]


_OPENED: dict[Path, tuple[tuple[int, int], VectorFile]] = {}


def opened_vectors(folder: Path) -> VectorFile | None:
    """The file as it is now, kept open by this process until it is rebuilt; None where none can be read."""
    try:
        found = (folder / NAME).stat()
        mark = (found.st_ino, found.st_mtime_ns)
        held = _OPENED.get(folder)
        if held is None or held[0] != mark:
            held = _OPENED[folder] = (mark, VectorFile(folder))
    except (OSError, ValueError):
        _OPENED.pop(folder, None)
        return None
    return held[1]


def write_vectors(folder: Path, vectors: IdeaVectors) -> VectorFile:
    """Write the file anew and put it in the old one's place. Waits while another process or thread writes here."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _sweep(folder)
        stamp = uuid.uuid4().hex
        means = np.stack([_mean(vectors.titles), _mean(vectors.bodies)])
        order = np.argsort(vectors.keys, kind="stable")
        np.save(folder / f"vectors-{stamp}.keys.npy", np.asarray(vectors.keys, dtype=np.int64)[order])
        _write_rows(folder / f"vectors-{stamp}.npy", vectors, order, means)
        said = {"identity": vectors.identity, "stamp": stamp, "means": means.tolist()}
        draft = folder / f"vectors-{stamp}.json"
        draft.write_text(json.dumps(said), encoding="utf-8")
        os.replace(draft, folder / NAME)
        _sweep(folder)
        return VectorFile(folder)


def _write_rows(target: Path, vectors: IdeaVectors, order: np.ndarray[Any, Any], means: Floats) -> None:
    shape = (len(vectors), 2 * vectors.titles.shape[1])
    if not len(vectors):  # nothing cannot be mapped
        np.save(target, np.zeros(shape, dtype=np.float32))
        return
    written = np.lib.format.open_memmap(target, mode="w+", dtype=np.float32, shape=shape)
    for batch in gen_batches(len(vectors), BATCH_SIZE):
        places = order[batch]
        written[batch] = _side_by_side(vectors.titles[places], vectors.bodies[places], means)
    written.flush()


def _read(folder: Path) -> tuple[dict[str, Any], np.ndarray[Any, Any], Floats]:
    """What the folder says, its keys and its mapped rows."""
    for _ in range(READS):
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        try:
            stamp = said["stamp"]
            keys = np.load(folder / f"vectors-{stamp}.keys.npy")
            return said, keys, np.load(folder / f"vectors-{stamp}.npy", mmap_mode="r" if len(keys) else None)
        except FileNotFoundError:  # rebuilt between our two looks: the newer files have other names
            continue
        except (EOFError, KeyError, TypeError) as error:
            raise ValueError(f"the vector file in {folder} is damaged: {error}") from error
    raise FileNotFoundError(folder / NAME)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer at a time. The lock goes with the process that holds it, however that ends."""
    with (folder / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Take away every file that the description does not name. Only for whoever is `_alone`."""
    try:
        stamp = str(json.loads((folder / NAME).read_text(encoding="utf-8"))["stamp"])
    except (OSError, ValueError, KeyError, TypeError):
        stamp = "none"
    for lying in folder.glob("vectors-*"):
        if not lying.name.startswith(f"vectors-{stamp}"):
            lying.unlink(missing_ok=True)


def _products(rows: Floats, row: Floats) -> Floats:
    """Row by row on one thread: the time is that of reading the memory, and `@` wakes BLAS threads that fight over the
    cores (8 ms of processor time for 1,000 rows instead of 0.1)."""
    return np.asarray(np.vecdot(rows, row))


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def _mean(rows: np.ndarray[Any, Any]) -> Floats:
    """Mean direction of the rows that are there; subtracting it lets the cosine tell subjects apart."""
    total, n = np.zeros(rows.shape[1]), 0
    for batch in gen_batches(len(rows), BATCH_SIZE):
        unit = _unit(np.asarray(rows[batch], dtype=np.float32))
        there = unit.any(axis=1)
        total, n = total + unit[there].sum(axis=0), n + int(there.sum())
    return np.asarray(total / max(n, 1), dtype=np.float32)


def _side_by_side(titles: np.ndarray[Any, Any], bodies: np.ndarray[Any, Any], means: Floats) -> Floats:
    """Both halves centred and of length 1/√2, so that a product of two rows is the mean of two cosines."""
    halves = []
    for rows, mean in zip((titles, bodies), means, strict=True):
        unit = _unit(np.asarray(rows, dtype=np.float32))
        there = unit.any(axis=1, keepdims=True)
        halves.append(_unit(np.where(there, unit - mean, 0.0).astype(np.float32)) / np.float32(np.sqrt(2)))
    return np.hstack(halves)


class _Held:
    """The same as a `VectorFile`, in memory: for commands that encode, judge and end."""

    def __init__(self, vectors: IdeaVectors) -> None:
        means = np.stack([_mean(vectors.titles), _mean(vectors.bodies)])
        self._rows = _side_by_side(np.asarray(vectors.titles), np.asarray(vectors.bodies), means)
        self.places = vectors.places

    def rows(self, places: np.ndarray[Any, Any]) -> Floats:
        return np.asarray(self._rows[places])

    def cosines(self, row: Floats) -> Floats:
        return _products(self._rows, row)


def as_meaning(vectors: IdeaVectors) -> _Held:
    """Vectors made ready for likeness without a file."""
    return _Held(vectors)
