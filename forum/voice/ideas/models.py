from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship, validates

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l
from forum.core.privacy import mask
from forum.core.reference import Region, Sector, regions
from forum.people.accounts.models import Participant
from forum.voice.campaigns.models import Campaign


class IdeaState(LabelledEnum):
    OPEN = "OPEN"
    WITHDRAWN = "WITHDRAWN"
    """Taken back by its author, left behind by somebody who closed their account, or hidden for want of a guardian's
    consent. Pages say the same of all three, so that nothing is told about a child."""
    MERGED = "MERGED"
    HIDDEN = "HIDDEN"
    """Hidden by moderation with a reason: visible to the author and the moderators only."""

    __labels__ = {
        OPEN: _l("공개"),
        WITHDRAWN: _l("비공개"),
        MERGED: _l("합쳐짐"),
        HIDDEN: _l("숨김"),
    }


SHOWN_STATES = (IdeaState.OPEN, IdeaState.MERGED)
"""States in which everybody can read an idea's text."""


class Idea(Base):
    """A citizen's proposal, written here or imported from another platform.

    An imported idea has no author here; `external_id` identifies it on the platform it came from, and
    `imported_agree_count` is its support there, which is shown but never counted as votes.
    """

    __tablename__ = "idea"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(sa.String(64))
    title: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)
    sector: Mapped[Sector | None] = mapped_column(enum_type(Sector, "idea_sector"))
    region_code: Mapped[str | None] = mapped_column(sa.String(2))
    state: Mapped[IdeaState] = mapped_column(enum_type(IdeaState, "idea_state"), default=IdeaState.OPEN)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("idea.id"))
    imported_agree_count: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)
    search_tokens: Mapped[str] = mapped_column(sa.Text, default="")
    """Our own tokens separated by spaces; the full-text index of either database is built on them."""
    search_tokens_version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    campaign: Mapped[Campaign] = relationship()
    author: Mapped[Participant | None] = relationship()
    tally: Mapped[IdeaTally] = relationship(back_populates="idea")
    merged_into: Mapped[Idea | None] = relationship(remote_side=[id])

    __table_args__ = (
        sa.UniqueConstraint("id", "campaign_id"),  # for composite foreign keys: a theme's ideas are of its campaign
        sa.UniqueConstraint("campaign_id", "external_id"),
        sa.CheckConstraint("(state = 'MERGED') = (merged_into_id IS NOT NULL)", name="merged_idea_has_target"),
        sa.CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="never_merged_into_itself"),
        sa.CheckConstraint("title <> ''", name="has_a_title"),
        sa.CheckConstraint("body <> '' OR external_id IS NOT NULL", name="has_a_body_unless_imported"),
        sa.CheckConstraint("author_id IS NOT NULL OR external_id IS NOT NULL", name="is_written_or_imported"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_from_one"),
        sa.Index("ix_idea_newest", "campaign_id", "state", "created_at", "id"),
    )

    @validates("title", "body")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        """Mask on every assignment: what is stored here is read by everybody, searched and analysed."""
        return mask(text).text

    @property
    def region(self) -> Region | None:
        return regions().get(self.region_code) if self.region_code else None

    @property
    def author_name(self) -> str:
        """The author's display name, or a general word for an imported idea and for a guest's."""
        if self.author is None:
            return "이름 없는 시민"
        return self.author.shown_name

    def keep_wording(self) -> None:
        """Keep the present wording as a revision, because it is about to change."""
        session = object_session(self)
        assert session is not None
        session.add(
            IdeaRevision(idea_id=self.id, number=self.revision, title=self.title, body=self.body, sector=self.sector)
        )
        self.revision += 1
        self.updated_at = clock.now()

    @property
    def excerpt(self) -> str:
        """The first 120 characters of the body, on one line."""
        flat = " ".join(self.body.split())
        return flat if len(flat) <= 120 else flat[:119].rstrip() + "…"


class IdeaOriginal(Base):
    """An idea's words as typed, kept where others see them masked because they contain personal data.

    Readable by the author, and by moderators with a reason that goes on record. Imported ideas have none.
    """

    __tablename__ = "idea_original"

    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id", ondelete="CASCADE"), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)


class IdeaDraft(Base):
    """An idea that is not submitted yet: one per person and campaign, readable by its writer only, not masked."""

    __tablename__ = "idea_draft"

    participant_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id", ondelete="CASCADE"), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)
    sector: Mapped[str] = mapped_column(sa.String(32), default="")
    region_code: Mapped[str] = mapped_column(sa.String(2), default="")
    details: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict, server_default="{}")
    """What the form of this campaign asks beside these: name of the field -> what was typed (`ideas.parts`)."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now, index=True)
    waits_for_confirmation: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Its author wanted to post it before they had an account: it is posted when they confirm their address."""

    __table_args__ = (sa.CheckConstraint("title <> '' OR body <> ''", name="says_something"),)


class IdeaRevision(Base):
    """The wording of an idea before an edit."""

    __tablename__ = "idea_revision"

    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)
    sector: Mapped[Sector | None] = mapped_column(enum_type(Sector, "idea_revision_sector"))
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)


class CommentState(LabelledEnum):
    VISIBLE = "VISIBLE"
    HIDDEN = "HIDDEN"

    __labels__ = {
        VISIBLE: _l("공개"),
        HIDDEN: _l("숨김"),
    }


class Comment(Base):
    """A participant's comment on an idea. Its text is masked on every assignment."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("participant.id"), index=True)
    body: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[CommentState] = mapped_column(
        enum_type(CommentState, "comment_state"), default=CommentState.VISIBLE, server_default="VISIBLE"
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    idea: Mapped[Idea] = relationship()
    author: Mapped[Participant] = relationship()

    __table_args__ = (sa.CheckConstraint("body <> ''", name="says_something"), sa.Index(None, "idea_id", "id"))

    @validates("body")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text).text


class CommentOriginal(Base):
    """A comment as typed, kept where others see it masked; as `IdeaOriginal`."""

    __tablename__ = "comment_original"

    comment_id: Mapped[int] = mapped_column(sa.ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)


class IdeaTally(Base):
    """Counts of an idea, in a separate table: a counter on the idea would rewrite the idea's indexes at each vote.

    Updated last in the transaction of the vote or comment, ordered by idea id if there are several.
    `flask forum check` recounts all of them.
    """

    __tablename__ = "idea_tally"

    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True)
    agree: Mapped[int] = mapped_column(default=0)
    disagree: Mapped[int] = mapped_column(default=0)
    pass_: Mapped[int] = mapped_column("pass", default=0)
    comments: Mapped[int] = mapped_column(default=0)

    idea: Mapped[Idea] = relationship(back_populates="tally")

    __table_args__ = (
        sa.Index(None, "agree", "idea_id"),  # lists are ordered by it, at the cost of slightly slower updates
        sa.Index(None, "comments", "idea_id"),
        sa.CheckConstraint('agree >= 0 AND disagree >= 0 AND "pass" >= 0 AND comments >= 0', name="never_negative"),
    )

    @property
    def votes(self) -> int:
        return self.agree + self.disagree + self.pass_
