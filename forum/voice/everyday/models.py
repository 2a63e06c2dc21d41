from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from forum.core.database import Base, LabelledEnum, enum_type
from forum.core.i18n import _l
from forum.core.privacy import KINDS, mask
from forum.voice.ideas.models import Idea

MAX_DISTRICT_CHARS = 20
MAX_PLACE_CHARS = 120
PUBLIC_PLACE = frozenset({KINDS["ADDRESS"]})
"""What a public place may show of what is masked elsewhere."""


class EverydayKind(LabelledEnum):
    """What part of daily life an idea of an everyday campaign is about."""

    SAFETY = "SAFETY"
    ENVIRONMENT = "ENVIRONMENT"
    TRANSPORT = "TRANSPORT"
    WELFARE = "WELFARE"
    EDUCATION = "EDUCATION"
    SERVICE = "SERVICE"
    OTHER = "OTHER"

    __labels__ = {
        SAFETY: _l("안전"),
        ENVIRONMENT: _l("환경"),
        TRANSPORT: _l("교통"),
        WELFARE: _l("복지"),
        EDUCATION: _l("교육"),
        SERVICE: _l("민원·행정"),
        OTHER: _l("그 밖의 생활"),
    }


class EverydayDetails(Base):
    """What an idea of an everyday campaign says beside its words: its kind, and where. The 시·도 is the idea's own."""

    __tablename__ = "everyday_details"

    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, autoincrement=False)
    kind: Mapped[EverydayKind] = mapped_column(enum_type(EverydayKind, "everyday_kind"), index=True)
    district: Mapped[str] = mapped_column(sa.String(MAX_DISTRICT_CHARS), default="")
    """시·군·구 as typed, such as 마포구. 세종 has none."""
    place: Mapped[str] = mapped_column(sa.String(MAX_PLACE_CHARS), default="")
    """Address or landmark as typed. Public: the form says so."""

    idea: Mapped[Idea] = relationship()

    @validates("district", "place")
    def _hide_personal_data(self, _name: str, text: str) -> str:
        return mask(text, PUBLIC_PLACE).text

    @property
    def where(self) -> str:
        """District and place on one line, as far as they are given."""
        return " ".join(part for part in (self.district, self.place) if part)
