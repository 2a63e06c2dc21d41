"""Stored embeddings of ideas, and similar ideas found by them.

Encoding runs in workers only (`tasks`): no model is loaded in a web process. What web processes use, the full-text
index and a memory-mapped file of each campaign's embeddings, is ready beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from flask import current_app

from forum.analysis.embeddings.models import StoredEmbedding
from forum.core.database import batches, insert_or_ignore
from forum.core.extensions import db
from forum.voice.ideas.models import Idea
from forum.voice.ideas.queries import open_ideas
from forum.voice.ideas.search import MIN_WORD_SIMILARITY, word_similarities
from nlp.records import IdeaText
from nlp.similarity.embedding_store import EmbeddingStore, open_embeddings, write_embeddings
from nlp.similarity.encoders import Encoder, IdeaEmbeddings, content_hash, encode_ideas, get_encoder
from nlp.similarity.scores import combined_similarity
from nlp.text.synonyms import Synonyms

BATCH_SIZE = 5_000  # hashes a query asks for at most
N_NEAREST_BY_MEANING = 50  # ideas nearest by meaning whose words are compared too
MIN_SIMILARITY = 0.2  # smallest score of an idea shown as similar, with embeddings (docs/analysis-experiments.md)
MIN_MEANING = 0.4  # smallest cosine of an idea that a search shows without any common word
HALF = np.dtype("<f2")


def configured_encoder() -> Encoder | None:
    """Return the encoder of the settings, not loaded yet; None where there is none."""
    return get_encoder(str(current_app.config["NLP_ENCODER"]))


def stored_embeddings(ideas: Sequence[IdeaText]) -> IdeaEmbeddings | None:
    """Return the stored embeddings of these ideas; None where no encoder is set or nothing is stored."""
    encoder = configured_encoder()
    if encoder is None:
        return None
    hashes = [content_hash(idea.title, idea.body) for idea in ideas]
    rows = _stored(set(hashes), encoder.identity)
    there = [(idea.key, rows[name]) for idea, name in zip(ideas, hashes, strict=True) if name in rows]
    if not there:
        return None
    titles, bodies = (
        np.frombuffer(b"".join(row[column] for _key, row in there), dtype=HALF).reshape(len(there), -1)
        for column in (0, 1)
    )
    return IdeaEmbeddings(encoder.identity, np.array([key for key, _row in there], dtype=np.int64), titles, bodies)


def texts_without_embedding(ideas: Sequence[IdeaText]) -> list[IdeaText]:
    """Return one idea for each text that the configured encoder has not encoded; nothing without an encoder."""
    encoder = configured_encoder()
    if encoder is None:
        return []
    texts = {content_hash(idea.title, idea.body): idea for idea in ideas}
    known: set[str] = set()
    for batch in batches(sorted(texts), BATCH_SIZE):
        known.update(db.session.scalars(sa.select(StoredEmbedding.content_hash).where(_are(batch, encoder.identity))))
    return [idea for name, idea in texts.items() if name not in known]


def encode_batch(encoder: Encoder, ideas: Sequence[IdeaText]) -> None:
    """Encode these ideas and store their embeddings. The caller commits.

    Another worker may have stored the same text meanwhile: the first row stays.

    :raise EncoderError: the encoder cannot run here
    """
    embeddings = encode_ideas(encoder, ideas)
    titles, bodies = (np.asarray(part).astype(HALF) for part in (embeddings.titles, embeddings.bodies))
    hashes = [content_hash(idea.title, idea.body) for idea in ideas]
    rows = [
        {"content_hash": name, "encoder": embeddings.identity, "title": title.tobytes(), "body": body.tobytes()}
        for name, title, body in zip(hashes, titles, bodies, strict=True)
    ]
    db.session.execute(insert_or_ignore(db.session, StoredEmbedding), rows)


@dataclass(frozen=True)
class DuplicateGroups:
    """Groups of ideas that ask for the same, as their keys, the largest first.

    `n_with_vectors`: how many ideas were compared by meaning too.
    """

    keys: tuple[tuple[int, ...], ...]
    n_with_vectors: int


def group_duplicates(
    campaign_id: int, ideas: Sequence[IdeaText], embeddings: IdeaEmbeddings | None, synonyms: Synonyms | None = None
) -> DuplicateGroups:
    """Group a campaign's ideas that ask for the same. Rewrites the campaign's vector file on the way.

    :param synonyms: None: the shipped ones
    """
    from nlp.similarity.index import SimilarityIndex

    file = write_embedding_store(campaign_id, embeddings)
    return DuplicateGroups(
        SimilarityIndex(ideas, file, synonyms=synonyms).duplicate_groups(), len(file) if file is not None else 0
    )


def write_embedding_store(campaign_id: int, embeddings: IdeaEmbeddings | None) -> EmbeddingStore | None:
    """Write the campaign's memory-mapped file of stored embeddings and open it; None where nothing is stored.

    Each campaign has its own file: similar ideas are never looked for across campaigns, and two jobs that write at
    the same time do not overwrite each other's file.
    """
    return write_embeddings(_folder(campaign_id), embeddings) if embeddings is not None else None


@dataclass(frozen=True)
class SimilarIdeas:
    """Open ideas similar to one idea, best first. `by_meaning`: its vector was there and was compared too."""

    ideas: Sequence[Idea]
    by_meaning: bool


def similar_ideas_to(idea: Idea, size: int) -> SimilarIdeas:
    """Return the open ideas of its campaign that are most similar to an open idea.

    Words come from the full-text index, meaning from the memory-mapped file where the idea has a row in it: both are
    ready, so no model is loaded here. Ideas found in the file are looked up in the database again: since it was
    written they may have been withdrawn or hidden.
    """
    file = _current_file(idea.campaign_id)
    row = file.row_indices([idea.id]) if file is not None else np.array([-1])
    if file is None or row[0] < 0:
        words = word_similarities(idea.campaign_id, idea.title, idea.body)
        return SimilarIdeas(_best(words, idea, MIN_WORD_SIMILARITY, size), by_meaning=False)
    cosines = file.cosines(file.rows(row)[0])
    nearest = file.keys[np.argpartition(-cosines, min(N_NEAREST_BY_MEANING, len(file) - 1))[:N_NEAREST_BY_MEANING]]
    words = word_similarities(idea.campaign_id, idea.title, idea.body, extra_ids=nearest.tolist())
    rows = file.row_indices(list(words))
    known = rows >= 0
    meaning = np.where(known, cosines[rows], np.float32(0))
    scores = combined_similarity(np.array(list(words.values()), dtype=np.float32), meaning, known)
    both = dict(zip(words, scores.tolist(), strict=True))
    return SimilarIdeas(_best(both, idea, MIN_SIMILARITY, size), by_meaning=True)


def ideas_near(idea_ids: Sequence[int], n_asked: int, size: int) -> list[Idea]:
    """Return open ideas near in meaning to the first `n_asked` of these, without any of these, the nearest first.

    Only stored vectors are compared, within the first idea's campaign; where there are none, nothing is near.

    :param idea_ids: ideas that a search found by their words, best first
    """
    if configured_encoder() is None or not idea_ids:
        return []
    campaign_id = db.session.scalar(sa.select(Idea.campaign_id).where(Idea.id == idea_ids[0]))
    file = _current_file(campaign_id) if campaign_id is not None else None
    known = file.row_indices(idea_ids) if file is not None else np.array([], dtype=np.intp)
    asked = [row for row in known[:n_asked] if row >= 0]
    if file is None or not asked:
        return []
    cosines = np.max([file.cosines(row) for row in file.rows(np.array(asked))], axis=0)
    cosines[known[known >= 0]] = -1
    nearest = np.argsort(-cosines, kind="stable")[: 2 * size]  # some may be closed by now
    return open_ideas([int(file.keys[row]) for row in nearest if cosines[row] >= MIN_MEANING])[:size]


def _best(scores: dict[int, float], idea: Idea, min_score: float, size: int) -> list[Idea]:
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return open_ideas([key for key, score in ranked if score >= min_score and key != idea.id][:size])


def _current_file(campaign_id: int) -> EmbeddingStore | None:
    """Return the campaign's file if the configured encoder made it."""
    encoder = configured_encoder()
    file = open_embeddings(_folder(campaign_id)) if encoder is not None else None
    return file if file is not None and encoder is not None and file.identity == encoder.identity else None


def _folder(campaign_id: int) -> Path:
    return Path(current_app.config["INSTANCE_DIR"]) / "vectors" / str(campaign_id)


def _stored(hashes: set[str], identity: str) -> dict[str, tuple[bytes, bytes]]:
    rows: dict[str, tuple[bytes, bytes]] = {}
    for batch in batches(sorted(hashes), BATCH_SIZE):
        query = sa.select(StoredEmbedding.content_hash, StoredEmbedding.title, StoredEmbedding.body)
        found = db.session.execute(query.where(_are(batch, identity)))
        rows.update((name, (title, body)) for name, title, body in found)
    return rows


def _are(hashes: Sequence[str], identity: str) -> sa.ColumnElement[bool]:
    return sa.and_(StoredEmbedding.encoder == identity, StoredEmbedding.content_hash.in_(hashes))
