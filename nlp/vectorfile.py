"""Encoder vectors in one memory-mapped file: written by a worker, read by every process without a copy of its own.

The file holds float32 rows ready for likeness of meaning (centred, unit length, title and body side by side); beside
it lie the keys, and a small JSON file that names both. Only that one is replaced, in one step: whoever opened the older
files keeps reading them.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.encode import IdeaVectors

NAME = "vectors.json"
PIECE = 8_192
Floats = np.ndarray[Any, np.dtype[np.float32]]


class VectorFile:
    """Rows of `folder`, mapped into memory. `identity` is that of the encoder.

    :raise FileNotFoundError: nothing was written there yet
    """

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / NAME).read_text(encoding="utf-8"))
        self.identity, self.stamp = str(said["identity"]), str(said["stamp"])
        self._means = np.array(said["means"], dtype=np.float32)
        self.keys = np.load(folder / f"vectors-{self.stamp}.keys.npy")
        self._map: Floats = np.load(folder / f"vectors-{self.stamp}.npy", mmap_mode="r" if len(self.keys) else None)
        self._at = {int(key): row for row, key in enumerate(self.keys)}

    def __len__(self) -> int:
        return len(self.keys)

    def places(self, keys: Sequence[int]) -> np.ndarray[Any, Any]:
        """For each of `keys` its row, or -1 where there is none."""
        return np.array([self._at.get(int(key), -1) for key in keys], dtype=np.intp)

    def rows(self, places: np.ndarray[Any, Any]) -> Floats:
        return np.asarray(self._map[places])

    def cosines(self, row: Floats) -> Floats:
        """Mean of the title's and of the body's cosine with every row of the file."""
        return np.asarray(self._map @ row)

    def row_of(self, title: Floats, body: Floats) -> Floats:
        """What `cosines` wants, of a new text's own encoder vectors; zeros where a text is empty."""
        return _side_by_side(title[None, :], body[None, :], self._means)[0]


def write_vectors(folder: Path, vectors: IdeaVectors) -> VectorFile:
    """Write the file anew and put it in the old one's place."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = uuid.uuid4().hex
    means = np.stack([_mean(vectors.titles), _mean(vectors.bodies)])
    shape = (len(vectors), 2 * vectors.titles.shape[1])
    target = folder / f"vectors-{stamp}.npy"
    if len(vectors):
        written = np.lib.format.open_memmap(target, mode="w+", dtype=np.float32, shape=shape)
        for start in range(0, len(vectors), PIECE):
            span = slice(start, start + PIECE)
            written[span] = _side_by_side(vectors.titles[span], vectors.bodies[span], means)
        written.flush()
        del written
    else:  # nothing cannot be mapped
        np.save(target, np.zeros(shape, dtype=np.float32))
    np.save(folder / f"vectors-{stamp}.keys.npy", np.asarray(vectors.keys, dtype=np.int64))
    said = {"identity": vectors.identity, "stamp": stamp, "means": means.tolist()}
    draft = folder / f"vectors-{stamp}.json"
    draft.write_text(json.dumps(said), encoding="utf-8")
    os.replace(draft, folder / NAME)
    for old in folder.glob("vectors-*.npy"):
        if not old.name.startswith(f"vectors-{stamp}"):
            old.unlink(missing_ok=True)
    return VectorFile(folder)


def _unit(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)


def _mean(rows: np.ndarray[Any, Any]) -> Floats:
    """Mean direction of the rows that are there; subtracting it lets the cosine tell subjects apart."""
    total, n = np.zeros(rows.shape[1]), 0
    for start in range(0, len(rows), PIECE):
        unit = _unit(np.asarray(rows[start : start + PIECE], dtype=np.float32))
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
        return np.asarray(self._rows @ row)


def as_meaning(vectors: IdeaVectors) -> _Held:
    """Vectors made ready for likeness without a file."""
    return _Held(vectors)
