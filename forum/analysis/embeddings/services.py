"""Encoding ideas in the background, reading what is there, and finding ideas alike by it.

Only a worker calls `encode_missing`: no model is loaded in a web process. Each piece is committed as it is done, so a
job that is killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from forum.analysis.embeddings.models import IdeaVector
from forum.core.database import reading
from forum.core.extensions import db
from forum.voice.ideas.models import Idea
from forum.voice.ideas.queries import open_ideas
from forum.voice.ideas.search import ENOUGH, words_in_common
from nlp.records import IdeaText
from nlp.similarity.embedding_store import VectorFile, opened_vectors, write_vectors
from nlp.similarity.encoders import Encoder, IdeaVectors, content_hash, encode_ideas, get_encoder
from nlp.similarity.scores import joined_score

PIECE = 32  # ideas encoded between two commits: some seconds of work
ASKED_AT_ONCE = 5_000
NEAR_BY_MEANING = 50  # ideas nearest by meaning that are looked at by their words too
ALIKE = 0.2  # least score of an idea that is shown as like another, where meaning is known (docs/analysis.md)
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


@dataclass(frozen=True)
class Groups:
    """Ideas that ask the same, as groups of their keys, the largest first; how many were compared by meaning too."""

    keys: tuple[tuple[int, ...], ...]
    n_with_vectors: int


def groups_of_the_same(campaign_id: int, ideas: Sequence[IdeaText]) -> Groups:
    """Group a campaign's ideas that ask the same. The shared file of vectors is written anew on the way."""
    from nlp.similarity.index import SimilarIndex

    meaning = rebuild_vector_file(campaign_id, ideas)
    return Groups(SimilarIndex(ideas, meaning).duplicate_groups(), len(meaning) if meaning is not None else 0)


def rebuild_vector_file(campaign_id: int, ideas: Sequence[IdeaText]) -> VectorFile | None:
    """Write the campaign's memory-mapped file anew from what is stored; None where nothing is.

    Each campaign has a file of its own: likeness is never looked for across campaigns, and what two jobs write at once
    is then not each other's.
    """
    vectors = stored_vectors(ideas)
    return write_vectors(_folder(campaign_id), vectors) if vectors is not None else None


@dataclass(frozen=True)
class Fellows:
    """Open ideas like one idea, best first. `by_meaning`: its vector was there and was compared, too."""

    ideas: Sequence[Idea]
    by_meaning: bool


def fellows_of(idea: Idea, size: int) -> Fellows:
    """The open ideas of its campaign that are most like an open idea.

    Words come from the full-text index, meaning from the memory-mapped file where the idea has a row in it: both are
    ready, so no model is loaded here. What the file says is looked up again in the database, where it may have been
    withdrawn or hidden since.
    """
    held = _file_now(idea.campaign_id)
    place = held.places([idea.id]) if held is not None else np.array([-1])
    if held is None or place[0] < 0:
        words = words_in_common(idea.campaign_id, idea.title, idea.body)
        return Fellows(_best(words, idea, ENOUGH, size), by_meaning=False)
    cosines = held.cosines(held.rows(place)[0])
    near = held.keys[np.argpartition(-cosines, min(NEAR_BY_MEANING, len(held) - 1))[:NEAR_BY_MEANING]].tolist()
    words = words_in_common(idea.campaign_id, idea.title, idea.body, also=near)
    places = held.places(list(words))
    known = places >= 0
    meaning = np.where(known, cosines[places], np.float32(0))
    scores = joined_score(np.array(list(words.values()), dtype=np.float32), meaning, known)
    both = dict(zip(words, scores.tolist(), strict=True))
    return Fellows(_best(both, idea, ALIKE, size), by_meaning=True)


def _best(scores: dict[int, float], idea: Idea, least: float, size: int) -> list[Idea]:
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return open_ideas([one for one, score in ranked if score >= least and one != idea.id][:size])


def _file_now(campaign_id: int) -> VectorFile | None:
    """The campaign's file, if it is of the encoder that is set."""
    encoder = encoder_here()
    held = opened_vectors(_folder(campaign_id)) if encoder is not None else None
    return held if held is not None and encoder is not None and held.identity == encoder.identity else None


def _folder(campaign_id: int) -> Path:
    return Path(current_app.config["INSTANCE_DIR"]) / "vectors" / str(campaign_id)


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
