"""Read ideas and labels from files, for the commands. Every fault of a file is reported; none is ignored."""

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
from nlp.similarity.encoders import Encoder, IdeaEmbeddings, content_hash, encode_ideas
from nlp.text.cleaning import to_paragraphs


class InputError(Exception):
    """A file that cannot be used; the message says which and why."""


def read_ideas(path: Path) -> dict[str, IdeaText]:
    """Read ideas from JSONL, by their own `id` or `external_id`; keys count from 0.

    :raise InputError: no file, a broken line, a missing column, an id twice
    """
    ideas: dict[str, IdeaText] = {}
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name = str(row["id"] if "id" in row else row["external_id"])
            heading, body = str(row["title"] or ""), str(row.get("body") or "")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: needs a JSON object with id, title and body") from error
        if name in ideas:
            raise InputError(f"{path}, line {number}: the id {name} stands there twice")
        ideas[name] = IdeaText(len(ideas), heading, to_paragraphs(body))
    return ideas


def read_labels(path: Path, column: str) -> dict[str, str]:
    """Read the labels of a CSV column by idea id; empty ones are left out.

    :raise InputError: no file, a missing column, a short row, an id twice
    """
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


def cached_embeddings(encoder: Encoder, ideas: Sequence[IdeaText], path: Path) -> IdeaEmbeddings:
    """Return the embeddings of the ideas; those in the file `path` are not encoded again, new ones are added to it.

    :raise InputError: a file that holds something else, or another encoder's embeddings
    :raise EncoderError: the encoder cannot run here
    """
    hashes = [content_hash(idea.title, idea.body) for idea in ideas]
    known = _read_cache(path, encoder.identity) if path.exists() else {}
    new = {name: idea for name, idea in zip(hashes, ideas, strict=True) if name not in known}
    fresh = encode_ideas(encoder, [IdeaText(n, i.title, i.body) for n, i in enumerate(new.values())])
    rows = np.stack([fresh.titles, fresh.bodies], axis=1)
    known.update(zip(new, rows, strict=True))
    if new:
        np.savez(path, identity=encoder.identity, hashes=np.array(list(known)), rows=np.stack(list(known.values())))
    both = np.stack([known[name] for name in hashes])
    keys = np.array([idea.key for idea in ideas], dtype=np.int64)
    return IdeaEmbeddings(encoder.identity, keys, both[:, 0], both[:, 1])


def _read_cache(path: Path, identity: str) -> dict[str, np.ndarray[Any, Any]]:
    """Return (2, dimension) rows, title and body, by content hash.

    :raise InputError: a file that holds something else, or another encoder's embeddings
    """
    try:
        with np.load(path, allow_pickle=False) as cache:
            if str(cache["identity"]) != identity:
                raise InputError(f"{path} holds vectors of {cache['identity']}, not of {identity}")
            return dict(zip(cache["hashes"].tolist(), cache["rows"], strict=True))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} holds no vectors: {error}") from error


def _text(path: Path) -> str:
    """:raise InputError: no file, or no UTF-8"""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
