"""Table of stored embeddings."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.database import Base


class StoredEmbedding(Base):
    """Embeddings of a title and of the beginning of a body by one encoder, by the hash of both texts.

    Ideas with the same texts share a row. A row is never changed: an edited idea has another hash.
    """

    __tablename__ = "idea_vector"

    content_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    encoder: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    """Identity of the encoder; vectors of different encoders are never compared."""
    title: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """float16 values, little-endian."""
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
