"""The days that a digest looks at, in Seoul. A day that has not come yet is in none of them."""

from __future__ import annotations

from datetime import date, timedelta

from forum.core import clock
from forum.core.clock import SEOUL
from forum.core.errors import InvalidInput
from forum.core.i18n import _
from forum.core.korean import day as in_words
from forum.publication.digests.content import Period
from forum.publication.digests.models import PeriodKind
from forum.publication.digests.plan import DigestRequest
from forum.voice.campaigns.models import Campaign, PhaseKind

WEEK_DAYS = 7
Days = tuple[date | None, date | None]


def days_of(campaign: Campaign, request: DigestRequest) -> Days:
    """Return the first and the last day that a request asks for; (None, None) for all days.

    :raise InvalidInput: with a message at the field that is wrong
    """
    today = clock.today()
    match request.period:
        case PeriodKind.WEEK:
            return today - timedelta(days=WEEK_DAYS - 1), today
        case PeriodKind.MONTH:
            return month_before(today) + timedelta(days=1), today
        case PeriodKind.PHASE:
            return _phase_days(campaign, request.phase, today)
        case PeriodKind.CUSTOM:
            return _checked(request.from_day, request.to_day, today)
    return None, None


def month_before(day: date) -> date:
    """Return the same day of the month before, or that month's last day if it is shorter."""
    last_of_month = day.replace(day=1) - timedelta(days=1)
    return last_of_month.replace(day=min(day.day, last_of_month.day))


def period_in_words(kind: PeriodKind, first: date | None, last: date, phase: PhaseKind | None) -> Period:
    """Return a period with the words that files and pages name it by."""
    if first is None:
        label = _("처음부터 %(last)s까지", last=in_words(last))
    elif first == last:
        label = _("%(day)s 하루", day=in_words(first))
    elif phase is not None:
        label = _("%(phase)s 단계, %(first)s부터 %(last)s까지", phase=phase.label, **_both(first, last))
    else:
        label = _("%(first)s부터 %(last)s까지", **_both(first, last))
    return Period(kind.name, label, first, last)


def _both(first: date, last: date) -> dict[str, str]:
    """Return both days in words, what they share named once."""
    until = in_words(last)
    if first.year == last.year:
        until = until.split(" ", 1)[1]
        if first.month == last.month:
            until = until.split(" ", 1)[1]
    return {"first": in_words(first), "last": until}


def _phase_days(campaign: Campaign, kind: PhaseKind | None, today: date) -> Days:
    if kind is None:
        raise InvalidInput({"phase": _("어느 단계인지 골라 주세요.")})
    phase = next((one for one in campaign.phases if one.kind is kind), None)
    if phase is None:
        raise InvalidInput({"phase": _("이 포럼에는 %(phase)s 단계가 없어요.", phase=kind.label)})
    first = phase.opens_at.astimezone(SEOUL).date()
    if first > today:
        raise InvalidInput({"phase": _("%(phase)s 단계는 아직 시작하지 않았어요.", phase=kind.label)})
    if phase.closes_at is None:
        return first, today
    last = (phase.closes_at - timedelta(microseconds=1)).astimezone(SEOUL).date()  # it closes before that moment
    return first, min(last, today)


def _checked(first: date | None, last: date | None, today: date) -> Days:
    errors = {}
    if first is None:
        errors["from_day"] = _("첫날을 골라 주세요.")
    if last is None:
        errors["to_day"] = _("마지막 날을 골라 주세요.")
    elif last > today:
        errors["to_day"] = _("아직 오지 않은 날이에요.")
    elif first is not None and first > last:
        errors["to_day"] = _("마지막 날이 첫날보다 앞서요.")
    if errors:
        raise InvalidInput(errors)
    return first, last
