from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from forum.core import clock
from forum.core.database import Base, LabelledEnum, enum_type
from forum.core.i18n import _l


class Dimension(LabelledEnum):
    AGE = "AGE"
    REGION = "REGION"

    __labels__ = {
        AGE: _l("나이"),
        REGION: _l("지역"),
    }


class ParticipantCount(Base):
    """How many people of one age group or region took part in a campaign, when they were last counted.

    `code` is that of `data/population.csv`, or empty for those who did not tell. Pages never show these figures as they
    are: `queries.representation` hides small cells. They change once a day at most, and never for few people: two
    readings of a page would tell the age of who came between them.
    """

    __tablename__ = "participant_count"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    dimension: Mapped[Dimension] = mapped_column(enum_type(Dimension, "participant_count_dimension"), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    people: Mapped[int]
    checked_on: Mapped[date] = mapped_column(default=clock.today)
    """The day (Seoul) on which the figures were last found to be right, but for fewer people than a cell may show."""

    __table_args__ = (sa.CheckConstraint("people >= 0", name="people_not_negative"),)
