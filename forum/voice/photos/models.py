from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _, _l
from forum.core.privacy import mask
from forum.people.accounts.models import Participant
from forum.system.blobs.models import Blob
from forum.voice.ideas.models import Idea

MAX_PHOTOS = 3
"""Of one idea."""
MAX_CAPTION_CHARS = 200


class PhotoState(LabelledEnum):
    VISIBLE = "VISIBLE"
    HIDDEN = "HIDDEN"
    """Hidden by moderation with a reason, or for want of a guardian's consent. Without its blob if its author left."""
    REMOVED = "REMOVED"
    """Taken back by its author, or left behind: the row stays for reports about it, its blob does not."""

    __labels__ = {
        VISIBLE: _l("공개"),
        HIDDEN: _l("숨김"),
        REMOVED: _l("지움"),
    }


class IdeaPhoto(Base):
    """A photo of an idea, rebuilt from its pixels: a WebP without the data that cameras add."""

    __tablename__ = "idea_photo"

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    position: Mapped[int] = mapped_column(sa.SmallInteger)
    """1 to 3: the place on the idea's page. Of removed photos it says nothing."""
    sha256: Mapped[str | None] = mapped_column(sa.ForeignKey("blob.sha256"), index=True)
    width: Mapped[int]
    height: Mapped[int]
    caption: Mapped[str] = mapped_column(sa.String(MAX_CAPTION_CHARS), default="")
    """What it shows, in its author's words: also for those who do not see it. May be empty."""
    state: Mapped[PhotoState] = mapped_column(enum_type(PhotoState, "idea_photo_state"), default=PhotoState.VISIBLE)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    @property
    def alt(self) -> str:
        """What it shows, for those who do not see it: its caption, or a general sentence."""
        return self.caption or _("제안자가 올린 사진 %(n)s", n=self.position)

    idea: Mapped[Idea] = relationship()
    author: Mapped[Participant] = relationship()
    blob: Mapped[Blob | None] = relationship()

    __table_args__ = (
        sa.CheckConstraint(f"position BETWEEN 1 AND {MAX_PHOTOS}", name="has_a_place"),
        sa.CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
        sa.CheckConstraint("state <> 'REMOVED' OR sha256 IS NULL", name="removed_without_its_blob"),
        sa.CheckConstraint("state <> 'VISIBLE' OR sha256 IS NOT NULL", name="visible_with_its_blob"),
        sa.Index(
            "uq_idea_photo_place",
            "idea_id",
            "position",
            unique=True,
            sqlite_where=sa.text("state <> 'REMOVED'"),
            postgresql_where=sa.text("state <> 'REMOVED'"),
        ),
    )

    @validates("caption")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text
