from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core.database import Base, LabelledEnum, enum_type
from forum.core.i18n import _l


class MinistryKind(LabelledEnum):
    MINISTRY = "MINISTRY"
    OFFICE = "OFFICE"
    AGENCY = "AGENCY"
    COMMISSION = "COMMISSION"
    LOCAL = "LOCAL"

    __labels__ = {
        MINISTRY: _l("부"),
        OFFICE: _l("처"),
        AGENCY: _l("청"),
        COMMISSION: _l("위원회"),
        LOCAL: _l("지방자치단체"),
    }


class Ministry(Base):
    """소관부처: an office that can answer for a theme. Rows come from `data/ministries.csv`."""

    __tablename__ = "ministry"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    kind: Mapped[MinistryKind] = mapped_column(enum_type(MinistryKind, "ministry_kind"))
    duties: Mapped[str] = mapped_column(sa.Text, default="")
    valid_from: Mapped[date | None]
