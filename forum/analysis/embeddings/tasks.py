"""Encoding ideas in batches, in a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from forum.analysis.embeddings.services import configured_encoder, encode_batch, texts_without_embedding
from forum.core.database import batches, reading
from forum.core.extensions import db
from nlp.records import IdeaText

BATCH_SIZE = 32  # ideas encoded between two commits: some seconds of work


def encode_missing(ideas: Sequence[IdeaText], progress: Callable[[float, str], object]) -> int:
    """Encode and store the texts that have no vector yet, in batches; `progress` commits each.

    A job that is killed continues where it stopped.

    :return: how many texts were encoded
    :raise EncoderError: the encoder cannot run here
    """
    encoder = configured_encoder()
    if encoder is None:
        return 0
    with reading():
        missing = texts_without_embedding(ideas)
        db.session.rollback()
    n_done = 0
    for batch in batches(missing, BATCH_SIZE):
        encode_batch(encoder, batch)
        n_done += len(batch)
        progress(n_done / len(missing), "encoding")
    return n_done
