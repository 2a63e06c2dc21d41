"""Ideas and labels from files, for the commands: every fault of a file is named, none is passed over."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.records import IdeaText
from nlp.similarity.encoders import Encoder, IdeaVectors, content_hash, encode_ideas
from nlp.text.cleaning import to_paragraphs


class InputError(Exception):
    """A file that cannot be used; the message says which and why."""


def read_ideas(path: Path) -> dict[str, IdeaText]:
    """Ideas by their own id. :raise InputError: no file, a broken line, a missing column, an id twice"""
    ideas: dict[str, IdeaText] = {}
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, heading, body = str(row["id"]), str(row["title"] or ""), str(row.get("body") or "")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: needs a JSON object with id, title and body") from error
        if name in ideas:
            raise InputError(f"{path}, line {number}: the id {name} stands there twice")
        ideas[name] = IdeaText(len(ideas), heading, to_paragraphs(body))
    return ideas


def read_labels(path: Path, column: str) -> dict[str, str]:
    """Labels by idea id, empty ones left out. :raise InputError: no file, a missing column, a short row, an id twice"""
    rows = csv.DictReader(io.StringIO(_text(path), newline=""))
    try:
        if not rows.fieldnames or not {"id", column} <= set(rows.fieldnames):
            raise InputError(f"{path}: needs the columns id and {column}")
        labels: dict[str, str] = {}
        for row in rows:
            name, label = row["id"], row[column]
            if name is None or label is None:
                raise InputError(f"{path}, line {rows.line_num}: the row ends before the column {column}")
            if name in labels:
                raise InputError(f"{path}, line {rows.line_num}: the id {name} stands there twice")
            labels[name] = label.strip()
    except csv.Error as error:
        raise InputError(f"{path}, line {rows.line_num}: {error}") from error
    return {name: label for name, label in labels.items() if label}


def cached_vectors(encoder: Encoder, ideas: Sequence[IdeaText], path: Path) -> IdeaVectors:
    """Vectors of the ideas, those that `path` holds not encoded again; what is new is added to the file.

    :raise InputError: a file that holds something else, or another encoder's vectors
    """
    hashes = [content_hash(idea.title, idea.body) for idea in ideas]
    known = _kept(path, encoder.identity) if path.exists() else {}
    new = {name: idea for name, idea in zip(hashes, ideas, strict=True) if name not in known}
    fresh = encode_ideas(encoder, [IdeaText(n, i.title, i.body) for n, i in enumerate(new.values())])
    rows = np.stack([fresh.titles, fresh.bodies], axis=1)
    known.update(zip(new, rows, strict=True))
    if new:
        np.savez(path, identity=encoder.identity, hashes=np.array(list(known)), rows=np.stack(list(known.values())))
    both = np.stack([known[name] for name in hashes])
    keys = np.array([idea.key for idea in ideas], dtype=np.int64)
    return IdeaVectors(encoder.identity, keys, both[:, 0], both[:, 1])


def _kept(path: Path, identity: str) -> dict[str, np.ndarray[Any, Any]]:
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["identity"]) != identity:
                raise InputError(f"{path} holds vectors of {kept['identity']}, not of {identity}")
            return dict(zip(kept["hashes"].tolist(), kept["rows"], strict=True))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} holds no vectors: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
