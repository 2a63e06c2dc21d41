"""Letters in lists: a forum's board and a ministry's page, by the state of their clocks, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.database import LabelledEnum
from forum.core.extensions import db
from forum.core.i18n import _l
from forum.response.referrals.models import ANSWERED_STATES, MinistryAssignment, Referral, ResponseClock
from forum.response.referrals.queries import REFERRAL_LOADERS
from forum.voice.campaigns.models import Campaign


class LetterFilter(LabelledEnum):
    """Which letters a list shows; the value stands in the address.

    No letter is in two of them but for `ALL`: a late one is late, whether it waits for its first answer or for another
    one; one that was answered and is re-examined in time is answered.
    """

    ALL = "all"
    WAITING = "waiting"
    LATE = "late"
    ANSWERED = "answered"

    __labels__ = {
        ALL: _l("모두"),
        WAITING: _l("기다림"),
        LATE: _l("늦음"),
        ANSWERED: _l("답변함"),
    }


@dataclass(frozen=True)
class LetterList:
    """One page of letters, the late ones first, then the waiting ones by due date, then the others, newest first.

    Among the answered ones those that are re-examined come last.
    """

    letters: Sequence[Referral]
    counts: Mapping[LetterFilter, int]
    which: LetterFilter
    page: int
    last: int


def board(campaign: Campaign, which: LetterFilter, page: int, size: int) -> LetterList:
    """Return a campaign's letters, by the clock of the leading ministry."""
    return _listed(sa.and_(MinistryAssignment.is_lead, Theme.campaign_id == campaign.id), which, page, size)


def letters_to(ministry_id: int, which: LetterFilter, page: int, size: int) -> LetterList:
    """Return the letters that a ministry was sent, by its own clock."""
    return _listed(MinistryAssignment.ministry_id == ministry_id, which, page, size)


def _listed(whose: sa.ColumnElement[bool], which: LetterFilter, page: int, size: int) -> LetterList:
    """Return a list of letters by one assignment of each: `whose` chooses at most one."""
    waits = ResponseClock.id.is_not(None)
    is_late = sa.and_(waits, ResponseClock.stopped_on.is_(None), ResponseClock.due_on < clock.today())
    is_answered = MinistryAssignment.state.in_(ANSWERED_STATES)
    conditions = {
        LetterFilter.ALL: sa.true(),
        LetterFilter.WAITING: sa.and_(waits, ~is_answered, ~is_late),
        LetterFilter.LATE: is_late,
        LetterFilter.ANSWERED: sa.and_(is_answered, ~is_late),
    }
    counted = sa.select(*(sa.func.sum(sa.case((shown, 1), else_=0)) for shown in conditions.values()))
    row: Sequence[Any] = db.session.execute(_joined(counted.select_from(Referral)).where(whose)).one()
    counts = {one: int(n or 0) for one, n in zip(conditions, row, strict=True)}
    last = max(1, -(-counts[which] // size))
    page = min(max(page, 1), last)
    query = (
        _joined(sa.select(Referral))
        .where(whose, conditions[which])
        .options(*REFERRAL_LOADERS)
        .order_by(
            sa.case((is_late, 0), (waits, 3 if which is LetterFilter.ANSWERED else 1), else_=2),
            sa.case((waits, ResponseClock.due_on)),
            Referral.id.desc(),
        )
        .offset((page - 1) * size)
        .limit(size)
    )
    return LetterList(db.session.scalars(query).all(), counts, which, page, last)


def _joined(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Join letters to their assignments and to the clock that runs, if one does."""
    return (
        query.join(MinistryAssignment, MinistryAssignment.referral_id == Referral.id)
        .join(Theme, Theme.id == Referral.theme_id)
        .outerjoin(
            ResponseClock, sa.and_(ResponseClock.part_id == MinistryAssignment.id, ResponseClock.ended_on.is_(None))
        )
    )
