"""What the pages of pledges show, put together from their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.access import Actor
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.i18n import _
from forum.core.korean import short_day, thousands
from forum.core.reference import Sector
from forum.response.pledges.catalogue import CatalogueItem, catalogue
from forum.response.pledges.keeping import KEPT, Period, Square, is_kept, n_periods_over, strip_of
from forum.response.pledges.mails import words_of
from forum.response.pledges.models import CheckInOutcome, Pledge, PledgeBy, Rhythm
from forum.response.pledges.permissions import can_pledge
from forum.response.pledges.queries import (
    PledgeFigures,
    figures_of_themes,
    public_pledges,
    takes_pledges,
    tied_to,
    waits_for_check_in,
)
from forum.response.referrals.models import Milestone
from forum.response.referrals.promises import LateReason, late_reasons


@dataclass(frozen=True)
class BarRow:
    """One bar of `components/share_bars.html`."""

    label: str
    value: int
    url: str = ""


@dataclass(frozen=True)
class BothKeep:
    """서로의 약속: what the state promised about a theme, and what citizens pledged beside it.

    takes : can somebody pledge something now?
    may_pledge : and may the reader?
    public : pledges that their makers made public, newest first
    """

    milestones: Sequence[Milestone]
    late_reasons: Mapping[int, LateReason]
    figures: PledgeFigures
    public: Sequence[Pledge]
    takes: bool
    may_pledge: bool

    @property
    def people_rows(self) -> list[BarRow]:
        """Rows for bars: how many people, by who made the pledge."""
        return [BarRow(made_by.label, n) for made_by, n in self.figures.people.items()]

    @property
    def outcome_rows(self) -> list[BarRow]:
        """Rows for bars: check-ins by outcome."""
        counts = self.figures.outcomes
        return [BarRow(one.label, counts.get(one, 0)) for one in CheckInOutcome] if counts else []


def both_keep(theme: Theme, reader: Actor) -> BothKeep | None:
    """Return what both sides promised about a theme; None while there is nothing on either side. Six statements."""
    takes, figures = takes_pledges(theme), figures_of_themes([theme.id])[theme.id]
    if not takes and not figures.has_some:
        return None
    milestones = tied_to(theme.id).milestones
    late = [one.id for one in milestones if not one.is_closed and one.due_on < clock.today()]
    may_pledge = takes and can_pledge(reader)
    return BothKeep(milestones, late_reasons(late), figures, public_pledges(theme.id), takes, may_pledge)


def pledge_sentence(figures: PledgeFigures) -> str:
    """Return how many people pledged something, as a sentence that gives no small number away; empty if nobody does."""
    if not figures.has_some:
        return ""
    if figures.n_people is not None:
        return _("%(n)s명이 함께 실천하기로 약속했어요.", n=thousands(figures.n_people))
    if figures.people:
        return _("%(n)s명이 넘게 함께 실천하기로 약속했어요.", n=thousands(sum(figures.people.values())))
    return _("함께 실천하기로 약속한 사람이 있어요. %(n)s명이 안 되는 수는 보여 주지 않아요.", n=MIN_PEOPLE_PER_CELL)


@dataclass(frozen=True)
class PledgePage:
    """One pledge as its page shows it.

    subject : "나는", "우리 반은" and so on, with the group's name
    n_over, n_kept : periods that are over, and those with 했어요 or 조금 했어요
    size_words : how many people keep it; of a small group others read only that it is small
    """

    pledge: Pledge
    item: CatalogueItem | None
    subject: str
    words: str
    strip: Sequence[Square]
    waits: bool
    n_over: int
    n_kept: int
    is_kept: bool
    size_words: str


def pledge_page(pledge: Pledge, *, is_own: bool) -> PledgePage:
    """Return what the page of a pledge shows. No statement beyond those of `get_pledge`."""
    today = clock.today()
    n_over = n_periods_over(pledge.rhythm, pledge.starts_on, today, pledge.stopped_on)
    over = pledge.stopped_on or today  # the period in which it was stopped counts for nothing
    n_kept = sum(one.outcome in KEPT and one.period_until < over for one in pledge.check_ins)
    size = ""
    if pledge.group_name:
        is_small = pledge.group_size < MIN_PEOPLE_PER_CELL and not is_own
        size = _("%(n)s명보다 적어요", n=MIN_PEOPLE_PER_CELL) if is_small else _("%(n)s명", n=pledge.group_size)
    return PledgePage(
        pledge=pledge,
        item=catalogue().get(pledge.item),
        subject=subject_of(pledge),
        words=words_of(pledge),
        strip=strip_of(pledge, today),
        waits=waits_for_check_in(pledge),
        n_over=n_over,
        n_kept=n_kept,
        is_kept=is_kept(n_over, n_kept),
        size_words=size,
    )


def subject_of(pledge: Pledge) -> str:
    """Return who keeps the pledge, as the beginning of a sentence."""
    if pledge.made_by is PledgeBy.PERSON:
        return _("나는")
    return _("%(group)s{은}", group=pledge.group_name)


def period_words(rhythm: Rhythm, period: Period) -> str:
    """Return a period in words: 11월 28일, 11월 23일부터 한 주, 2026년 11월."""
    if rhythm is Rhythm.DAY:
        return short_day(period.first)
    if rhythm is Rhythm.WEEK:
        return _("%(day)s부터 한 주", day=short_day(period.first))
    return _("%(year)s년 %(month)s월", year=period.first.year, month=period.first.month)


def items_by_sector() -> list[tuple[Sector, list[CatalogueItem]]]:
    """Return the catalogue in its order, by sector."""
    found: dict[Sector, list[CatalogueItem]] = {}
    for item in catalogue().values():
        found.setdefault(item.kind, []).append(item)
    return list(found.items())
