"""What a facilitator writes about a gathering, and its rules."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from forum.core import clock
from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import LazyString, _, _l
from forum.core.links import is_web_address
from forum.core.reference import regions
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.deliberation.gatherings.models import MAX_SEATS, AgeGroup, Gathering

LONGEST = timedelta(days=1)
DEFAULT_SEATS = 20
MAX_TITLE_CHARS, MAX_HOST_CHARS, MAX_PLACE_CHARS, MAX_ADDRESS_CHARS, MAX_URL_CHARS = 100, 80, 100, 200, 500
MAX_SUMMARY_CHARS, MAX_NOTES_CHARS, MAX_AGENDA_CHARS = 2_000, 1_000, 1_500
MAX_AGENDA_ITEMS = 20


@dataclass(frozen=True)
class Details:
    """Everything about a gathering that its facilitator writes; times are aware, `region_code` may be empty."""

    title: str = ""
    summary: str = ""
    host_name: str = ""
    age_group: str = AgeGroup.ANYONE.value
    region_code: str = ""
    place_name: str = ""
    address: str = ""
    access_notes: str = ""
    online_url: str = ""
    agenda: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    seats: int | None = DEFAULT_SEATS
    held_seats: int | None = 0

    @classmethod
    def of(cls, gathering: Gathering) -> Details:
        """Return the details of a gathering as they are stored."""
        values = {field.name: getattr(gathering, field.name) for field in fields(cls)}
        return cls(**values | {"age_group": gathering.age_group.value, "region_code": gathering.region_code or ""})

    def columns(self) -> dict[str, Any]:
        """Return the values of the columns. Only what `checked` returned may be stored."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"age_group": AgeGroup(self.age_group), "region_code": self.region_code or None}

    @property
    def place(self) -> tuple[str, str, str]:
        return self.place_name, self.address, self.online_url


@dataclass(frozen=True)
class _Field:
    name: str
    label: LazyString
    max_chars: int
    min_chars: int = 0
    has_lines: bool = False


_TEXTS = (
    _Field("title", _l("제목"), MAX_TITLE_CHARS, min_chars=5),
    _Field("summary", _l("소개"), MAX_SUMMARY_CHARS, has_lines=True),
    _Field("host_name", _l("여는 곳"), MAX_HOST_CHARS),
    _Field("place_name", _l("장소"), MAX_PLACE_CHARS),
    _Field("address", _l("주소"), MAX_ADDRESS_CHARS),
    _Field("access_notes", _l("찾아오는 길과 편의"), MAX_NOTES_CHARS, has_lines=True),
    _Field("online_url", _l("온라인 주소"), MAX_URL_CHARS),
    _Field("agenda", _l("차례"), MAX_AGENDA_CHARS, has_lines=True),
)


def checked(details: Details) -> Details:
    """Return the details clean, as they are stored.

    :raise InvalidInput: with a message for each field that is wrong
    """
    mistakes = Mistakes()
    clean: dict[str, Any] = {}
    for one in _TEXTS:
        with mistakes.noted():
            clean[one.name] = _clean(one, getattr(details, one.name))
    online_url = clean.get("online_url", "")
    if online_url and not is_web_address(online_url):
        mistakes.add("online_url", _("온라인 주소는 https://로 시작하는 주소로 써 주세요."))
    if sum(1 for line in clean.get("agenda", "").splitlines() if line) > MAX_AGENDA_ITEMS:
        mistakes.add("agenda", _("차례는 %(n)s줄까지 쓸 수 있어요.", n=MAX_AGENDA_ITEMS))
    if details.age_group not in AgeGroup.__members__:
        mistakes.add("age_group", _("목록에 있는 나이대를 골라 주세요."))
    if details.region_code and details.region_code not in regions():
        mistakes.add("region_code", _("목록에 있는 지역을 골라 주세요."))
    _check_times(details, mistakes)
    _check_seats(details, mistakes)
    mistakes.raise_if_any()
    return replace(details, **clean)


def require_announceable(details: Details, known_start: datetime | None = None) -> None:
    """Refuse to announce what people could not come to.

    :param known_start: a time that was announced before; it may have passed
    :raise InvalidInput: no time, one in the past, or neither a place nor an online address
    """
    mistakes = Mistakes()
    if details.starts_at is None:
        mistakes.add("starts_at", _("모임을 알리려면 시작하고 끝나는 때를 정해 주세요."))
    elif details.starts_at != known_start and details.starts_at <= clock.now():
        mistakes.add("starts_at", _("지난 때로는 모임을 알릴 수 없어요. 앞으로 올 때를 정해 주세요."))
    if not details.place_name and not details.online_url:
        mistakes.add("place_name", _("모임을 알리려면 장소나 온라인 주소를 적어 주세요."))
    mistakes.raise_if_any()


def _clean(field: _Field, typed: str) -> str:
    clean = clean_text if field.has_lines else clean_line
    text = clean(typed, field.name, str(field.label), max_chars=field.max_chars, min_chars=field.min_chars)
    refuse_resident_numbers(text, field.name)
    return text


def _check_times(details: Details, mistakes: Mistakes) -> None:
    starts, ends = details.starts_at, details.ends_at
    for name, moment in (("starts_at", starts), ("ends_at", ends)):
        if moment is not None and not clock.FIRST_YEAR < moment.year < clock.LAST_YEAR:
            mistakes.add(name, _("%(first)s년부터 %(last)s년 사이의 날짜를 써 주세요.", **_YEARS))
            return
    if (starts is None) != (ends is None):
        name = "ends_at" if ends is None else "starts_at"
        mistakes.add(name, _("시작하는 때와 끝나는 때를 함께 적어 주세요."))
    elif starts is not None and ends is not None:
        if ends <= starts:
            mistakes.add("ends_at", _("끝나는 때는 시작하는 때보다 늦어야 해요."))
        elif ends - starts > LONGEST:
            mistakes.add("ends_at", _("모임은 하루를 넘길 수 없어요. 여러 날이면 모임을 따로 열어 주세요."))


_YEARS = {"first": clock.FIRST_YEAR + 1, "last": clock.LAST_YEAR - 1}


def _check_seats(details: Details, mistakes: Mistakes) -> None:
    seats, held = details.seats, details.held_seats
    if seats is None or not 1 <= seats <= MAX_SEATS:
        mistakes.add("seats", _("자리는 1개부터 %(n)s개까지예요.", n=MAX_SEATS))
    if held is None or held < 0:
        mistakes.add("held_seats", _("따로 둘 자리를 0 이상의 숫자로 써 주세요."))
    elif seats is not None and held > seats:
        mistakes.add("held_seats", _("따로 둘 자리가 모든 자리보다 많아요."))


def refuse_fewer_seats(details: Details, n_seated: int) -> None:
    """:raise InvalidInput: people who have a seat would lose it"""
    given = (details.seats or 0) - (details.held_seats or 0)
    if given < n_seated:
        message = _("이미 %(n)s명이 자리를 받았어요. 신청 받는 자리를 그보다 줄일 수 없어요.", n=n_seated)
        raise InvalidInput({"seats": message})
