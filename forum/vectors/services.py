"""Encoding ideas in the background, and reading what is there.

Only a worker calls `encode_missing`: no model is loaded in a web process. Each piece is committed as it is done, so a
job that is killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from forum.database import reading
from forum.extensions import db
from forum.vectors.models import IdeaVector
from nlp.encode import Encoder, IdeaVectors, content_hash, encode_ideas, get_encoder
from nlp.records import IdeaText

PIECE = 32  # ideas encoded between two commits: some seconds of work
ASKED_AT_ONCE = 5_000
HALF = np.dtype("<f2")


def encoder_here() -> Encoder | None:
    """The encoder of the settings, not loaded yet; None where there is none."""
    return get_encoder(str(current_app.config["NLP_ENCODER"]))


def stored_vectors(ideas: Sequence[IdeaText]) -> IdeaVectors | None:
    """The vectors there are of these ideas; None where no encoder is set or nothing is stored."""
    encoder = encoder_here()
    if encoder is None:
        return None
    hashes = [content_hash(idea.title, idea.body) for idea in ideas]
    rows = _stored(set(hashes), encoder.identity)
    there = [(idea.key, rows[name]) for idea, name in zip(ideas, hashes, strict=True) if name in rows]
    if not there:
        return None
    titles, bodies = (
        np.frombuffer(b"".join(row[place] for _key, row in there), dtype=HALF).reshape(len(there), -1)
        for place in (0, 1)
    )
    return IdeaVectors(encoder.identity, np.array([key for key, _row in there], dtype=np.int64), titles, bodies)


def n_missing(ideas: Sequence[IdeaText]) -> int:
    """How many of these ideas' texts the encoder of the settings has not seen; 0 without one."""
    encoder = encoder_here()
    return len(_missing(ideas, encoder.identity)) if encoder is not None else 0


def encode_missing(ideas: Sequence[IdeaText], progress: Callable[[float, str], object]) -> int:
    """Encode and store what is missing, a piece at a time. `progress` commits.

    :return: how many texts were encoded
    :raise EncoderError: the encoder cannot run here
    """
    encoder = encoder_here()
    if encoder is None:
        return 0
    missing = _missing(ideas, encoder.identity)
    for start in range(0, len(missing), PIECE):
        piece = missing[start : start + PIECE]
        _store(encode_ideas(encoder, piece), [content_hash(idea.title, idea.body) for idea in piece])
        progress((start + len(piece)) / len(missing), "encoding")
    return len(missing)


def groups_of_the_same(ideas: Sequence[IdeaText]) -> tuple[tuple[int, ...], ...]:
    """Ideas that ask the same, as groups of their keys, the largest first.

    Where vectors are stored, the memory-mapped file that all processes share is written anew on the way.
    """
    from nlp.similar import SimilarIndex
    from nlp.vectorfile import write_vectors

    vectors = stored_vectors(ideas)
    folder = Path(current_app.config["INSTANCE_DIR"]) / "vectors"
    meaning = write_vectors(folder, vectors) if vectors is not None else None
    return SimilarIndex(ideas, meaning).duplicate_groups()


def _missing(ideas: Sequence[IdeaText], identity: str) -> list[IdeaText]:
    """One idea for each text without a vector."""
    texts = {content_hash(idea.title, idea.body): idea for idea in ideas}
    known = _known(set(texts), identity)
    return [idea for name, idea in texts.items() if name not in known]


def _known(hashes: set[str], identity: str) -> set[str]:
    known: set[str] = set()
    with reading():
        for piece in _pieces(hashes):
            known.update(db.session.scalars(sa.select(IdeaVector.content_hash).where(_those(piece, identity))))
        db.session.rollback()
    return known


def _stored(hashes: set[str], identity: str) -> dict[str, tuple[bytes, bytes]]:
    rows: dict[str, tuple[bytes, bytes]] = {}
    with reading():
        for piece in _pieces(hashes):
            query = sa.select(IdeaVector.content_hash, IdeaVector.title, IdeaVector.body)
            found = db.session.execute(query.where(_those(piece, identity)))
            rows.update((name, (title, body)) for name, title, body in found)
        db.session.rollback()
    return rows


def _those(hashes: Sequence[str], identity: str) -> sa.ColumnElement[bool]:
    return sa.and_(IdeaVector.encoder == identity, IdeaVector.content_hash.in_(hashes))


def _pieces(hashes: set[str]) -> list[list[str]]:
    ordered = sorted(hashes)
    return [ordered[start : start + ASKED_AT_ONCE] for start in range(0, len(ordered), ASKED_AT_ONCE)]


def _store(vectors: IdeaVectors, hashes: Sequence[str]) -> None:
    """Another worker may have stored the same text meanwhile: the first row stays."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    titles, bodies = (np.asarray(part).astype(HALF) for part in (vectors.titles, vectors.bodies))
    rows = [
        {"content_hash": name, "encoder": vectors.identity, "title": title.tobytes(), "body": body.tobytes()}
        for name, title, body in zip(hashes, titles, bodies, strict=True)
    ]
    db.session.execute(insert(IdeaVector).on_conflict_do_nothing().execution_options(synchronize_session=False), rows)
