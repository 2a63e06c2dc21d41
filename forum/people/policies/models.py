from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, LabelledEnum, UtcDateTime, enum_type
from forum.core.i18n import _l

TITLE_MAX_CHARS = 60


class PolicyKind(LabelledEnum):
    """The documents, in the order in which pages link to them."""

    PRIVACY = "PRIVACY"
    TERMS = "TERMS"
    CONSENT = "CONSENT"
    ACCESSIBILITY = "ACCESSIBILITY"
    GUIDE = "GUIDE"
    CONTACT = "CONTACT"

    __labels__ = {
        PRIVACY: _l("개인정보 처리방침"),
        TERMS: _l("이용약관"),
        CONSENT: _l("개인정보 수집·이용 동의"),
        ACCESSIBILITY: _l("접근성 안내"),
        GUIDE: _l("이용 안내"),
        CONTACT: _l("문의"),
    }

    @property
    def slug(self) -> str:
        """Return the word for it in addresses and file names."""
        return str(self.value).lower()


AGREED_KINDS = (PolicyKind.CONSENT, PolicyKind.TERMS)
"""The documents that people agree to before they act."""


class PolicyVersion(Base):
    """One version of a document. Append-only: a change is a new version, and earlier ones stay readable."""

    __tablename__ = "policy_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PolicyKind] = mapped_column(enum_type(PolicyKind, "policy_kind"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(TITLE_MAX_CHARS))
    text: Mapped[str] = mapped_column(sa.Text)
    """With placeholders for the operator's facts; see `forum.people.policies.texts`."""
    shown_text: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    """With the facts of the day it was published: what people read and agreed to, whatever the settings say later."""
    change_note: Mapped[str] = mapped_column(sa.String(300), default="")
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """NULL for the text that was shipped."""
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.UniqueConstraint("kind", "version"),
        sa.CheckConstraint("version >= 1", name="version_counts_from_one"),
        sa.CheckConstraint("title <> '' AND text <> ''", name="says_something"),
    )


class PolicyAgreement(Base):
    """That somebody agreed to a version, and when. Append-only.

    The version is a number and no foreign key: before the first `flask forum setup`, version 1 is the shipped file.
    """

    __tablename__ = "policy_agreement"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    kind: Mapped[PolicyKind] = mapped_column(enum_type(PolicyKind, "policy_kind"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agreed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)

    __table_args__ = (
        sa.CheckConstraint("version >= 1", name="version_counts_from_one"),
        sa.CheckConstraint("kind IN ('CONSENT', 'TERMS')", name="is_one_that_people_agree_to"),
    )
