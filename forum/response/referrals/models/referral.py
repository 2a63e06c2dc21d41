"""The referral, a letter to ministries, and the ideas that it quotes."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.database import Base, UtcDateTime
from forum.core.i18n import _
from forum.core.korean import day, thousands
from forum.deliberation.gatherings.models import Gathering
from forum.voice.ideas.models import SHOWN_STATES, Idea

if TYPE_CHECKING:
    from forum.response.referrals.models.answer import Answer
    from forum.response.referrals.models.assignment import MinistryAssignment


class Referral(Base):
    """전달: an approved theme sent to ministries as a letter. Numbered within its year.

    `title` and the quoted ideas are copies from the day it was sent; renaming the theme or withdrawing an idea does not
    change them. `due_on` repeats the due date of the leading ministry's latest clock, because lists sort by it;
    `flask forum check` compares it with the events.
    """

    __tablename__ = "referral"

    id: Mapped[int] = mapped_column(primary_key=True)
    theme_id: Mapped[int] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("theme_run.id"))
    year: Mapped[int]
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200), default="", server_default="")
    letter: Mapped[str] = mapped_column(sa.Text, default="")
    sent_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=clock.now)
    sent_on: Mapped[date]
    """The day of `sent_at` in Seoul, stored so that a constraint can compare the due date with it."""
    due_on: Mapped[date]

    sent_agree: Mapped[int | None] = query_expression()
    sent_disagree: Mapped[int | None] = query_expression()
    """Votes on the quoted ideas when the letter was sent; only where a query asks for them, else None."""

    theme: Mapped[Theme] = relationship()
    assignments: Mapped[list[MinistryAssignment]] = relationship(
        back_populates="referral", order_by="MinistryAssignment.id"
    )
    answers: Mapped[list[Answer]] = relationship(back_populates="referral", order_by="Answer.version")

    __table_args__ = (
        sa.UniqueConstraint("year", "number"),
        sa.CheckConstraint("due_on >= sent_on", name="due_not_before_sent"),
    )

    @property
    def code(self) -> str:
        """Return the letter's number as printed: 국민포럼-2026-0012."""
        return f"국민포럼-{self.year}-{self.number:04d}"

    @property
    def lead(self) -> MinistryAssignment:
        return next(assignment for assignment in self.assignments if assignment.is_lead)

    @property
    def published_answer(self) -> Answer | None:
        published = [answer for answer in self.answers if answer.published_at is not None]
        return published[-1] if published else None

    @property
    def draft(self) -> Answer | None:
        """Return the answer that is being written or waits for approval, of which there is at most one."""
        return next((answer for answer in self.answers if answer.published_at is None), None)


class ReferralIdea(Base):
    """An idea as quoted in the letter. The copy stays as it was on that day."""

    __tablename__ = "referral_idea"

    referral_id: Mapped[int] = mapped_column(sa.ForeignKey("referral.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(sa.ForeignKey("idea.id"), primary_key=True, index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)
    is_representative: Mapped[bool] = mapped_column(default=False)
    agree: Mapped[int] = mapped_column(default=0)
    disagree: Mapped[int] = mapped_column(default=0)

    idea: Mapped[Idea] = relationship()
    room: Mapped[ReferralIdeaRoom | None] = relationship(viewonly=True)

    @property
    def is_gone(self) -> bool:
        """Return whether the idea has been withdrawn or hidden since the letter was sent."""
        return self.idea.state not in SHOWN_STATES

    @property
    def author_name(self) -> str:
        """Return how the letter names the author today."""
        account = self.idea.author.account if self.idea.author else None
        if account is not None and not account.active:
            return "탈퇴한 제안자"
        return "가려진 제안자" if self.is_gone else self.idea.author_name


class ReferralIdeaRoom(Base):
    """What gatherings had to do with a quoted idea on the day the letter was sent: its room, and marks on vote sheets.

    A copy, as the idea's words are. Ideas without room and paper have no row, nor have letters from before gatherings.
    """

    __tablename__ = "referral_idea_room"

    referral_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    idea_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    gathering_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gathering.id"))
    """Where it was born; NULL for an idea that was only brought to gatherings."""
    gathering_title: Mapped[str] = mapped_column(sa.String(100), default="")
    began_on: Mapped[date | None]
    """The day of the gathering in Seoul."""
    number: Mapped[int | None] = mapped_column(sa.SmallInteger)
    """What the room called the idea."""
    paper_agree: Mapped[int] = mapped_column(default=0)
    paper_disagree: Mapped[int] = mapped_column(default=0)
    paper_pass: Mapped[int] = mapped_column(default=0)

    gathering: Mapped[Gathering | None] = relationship()

    __table_args__ = (
        sa.ForeignKeyConstraint(["referral_id", "idea_id"], ["referral_idea.referral_id", "referral_idea.idea_id"]),
        sa.CheckConstraint(
            "(gathering_id IS NULL) = (gathering_title = '') AND (gathering_id IS NULL) = (began_on IS NULL) AND "
            "(gathering_id IS NULL) = (number IS NULL)",
            name="names_the_whole_gathering",
        ),
        sa.CheckConstraint("paper_agree >= 0 AND paper_disagree >= 0 AND paper_pass >= 0", name="never_negative"),
        sa.CheckConstraint(
            "gathering_id IS NOT NULL OR paper_agree + paper_disagree + paper_pass > 0", name="says_something"
        ),
    )

    @property
    def room_words(self) -> str:
        """Return where the idea came from; without the name of a gathering that moderation has hidden since.

        Empty for an idea that was not born in one.
        """
        if self.gathering is None:
            return ""
        if self.gathering.is_hidden:
            return _("모임에서 나온 제안")
        return _(
            "‘%(title)s’ 모임에서 나온 제안(%(day)s, 모임 안 %(n)d번)",
            title=self.gathering_title,
            day=day(self.began_on),
            n=self.number,
        )

    @property
    def paper_words(self) -> str:
        """Return the marks on vote sheets; empty without any."""
        if not self.paper_agree + self.paper_disagree + self.paper_pass:
            return ""
        return _(
            "보낼 때 종이로 찬성 %(agree)s, 반대 %(disagree)s, 넘김 %(passed)s",
            agree=thousands(self.paper_agree),
            disagree=thousands(self.paper_disagree),
            passed=thousands(self.paper_pass),
        )
