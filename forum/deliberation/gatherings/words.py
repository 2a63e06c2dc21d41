"""Time and seats of a gathering in words, as pages, mails and files say them."""

from __future__ import annotations

from datetime import datetime

from forum.core.clock import SEOUL
from forum.core.i18n import _
from forum.core.korean import short_day
from forum.deliberation.gatherings.models import Gathering
from forum.deliberation.gatherings.queries import Seats


def when_line(gathering: Gathering) -> str:
    """Return the time of a gathering in words, such as "11월 28일 (토) 14:00~16:00"."""
    if gathering.starts_at is None or gathering.ends_at is None:
        return _("아직 정하지 않음")
    starts, ends = gathering.starts_at.astimezone(SEOUL), gathering.ends_at.astimezone(SEOUL)
    end = f"{ends:%H:%M}" if ends.date() == starts.date() else f"{_day_line(ends)} {ends:%H:%M}"
    return f"{_day_line(starts)} {starts:%H:%M}~{end}"


def _day_line(moment: datetime) -> str:
    weekday = _("월화수목금토일")[moment.weekday()]
    return _("%(day)s(%(weekday)s)", day=short_day(moment), weekday=weekday)


def seats_line(gathering: Gathering, seats: Seats) -> str:
    """Return how many seats are left, such as "자리 20개 가운데 5개 남았어요"."""
    if seats.free:
        return _("자리 %(all)s개 가운데 %(free)s개 남았어요.", all=gathering.seats, free=seats.free)
    if seats.waiting:
        return _("자리가 모두 찼어요. %(n)s명이 기다리고 있어요.", n=seats.waiting)
    return _("자리가 모두 찼어요. 대기로 신청할 수 있어요.")
