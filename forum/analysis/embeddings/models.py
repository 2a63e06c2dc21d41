from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.database import Base


class IdeaVector(Base):
    """A title and the beginning of a body as one encoder sees them, by the hash of both texts.

    Ideas of the same words share a row, and a row is never changed: an edited idea has another hash.
    """

    __tablename__ = "idea_vector"

    content_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    encoder: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    """Identity of the encoder: vectors of two encoders are never mixed."""
    title: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """float16 values, little-endian."""
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
