"""What the secretariat and members type about a meeting, and its rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from forum.core import clock
from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import LazyString, _, _l
from forum.core.links import is_web_address
from forum.core.privacy import mask
from forum.core.text import clean_line, clean_text, refuse_resident_numbers

LONGEST = timedelta(days=1)
MAX_TITLE_CHARS, MAX_PLACE_CHARS, MAX_URL_CHARS, MAX_REASON_CHARS = 100, 120, 500, 200
MAX_ITEM_CHARS, MAX_MOTION_CHARS, MAX_DISSENT_CHARS, MAX_MINUTES_CHARS = 5_000, 300, 1_000, 100_000
NEEDS_TIMES = _l("시작하는 때와 끝나는 때를 정해 주세요.")
Clean = Callable[..., str]


def checked_line(text: str | None, field: str, name: LazyString | str, max_chars: int, min_chars: int = 1) -> str:
    """Return a clean line with contact data masked. :raise InvalidInput:"""
    return _checked(clean_line, text, field, name, max_chars, min_chars)


def checked_text(text: str | None, field: str, name: LazyString | str, max_chars: int, min_chars: int = 1) -> str:
    """Return a clean text with contact data masked. :raise InvalidInput:"""
    return _checked(clean_text, text, field, name, max_chars, min_chars)


def checked_meeting(
    title: str,
    starts_at: datetime | None,
    ends_at: datetime | None,
    place: str,
    video_url: str,
    known_start: datetime | None = None,
) -> dict[str, Any]:
    """Return the columns of a meeting, clean.

    :param known_start: a start that was planned before; it may have passed
    :raise InvalidInput: with a message for each field that is wrong
    """
    mistakes, clean = Mistakes(), dict[str, Any]()
    with mistakes.noted():
        clean["title"] = checked_line(title, "title", _("회의 이름"), MAX_TITLE_CHARS)
    with mistakes.noted():
        clean["place"] = clean_line(place, "place", _("장소"), max_chars=MAX_PLACE_CHARS, min_chars=0)
    with mistakes.noted():
        clean["video_url"] = _checked_url(video_url)
    if not clean.get("place", "-") and not clean.get("video_url", "-"):
        mistakes.add("place", _("장소나 화상 회의 주소를 적어 주세요."))
    with mistakes.noted():
        clean |= _checked_times(starts_at, ends_at, known_start)
    mistakes.raise_if_any()
    return clean


def _checked(clean: Clean, text: str | None, field: str, name: LazyString | str, max_chars: int, min_chars: int) -> str:
    found = clean(text, field, str(name), max_chars=max_chars, min_chars=min_chars)
    refuse_resident_numbers(found, field)
    return mask(found).text


def _checked_url(typed: str) -> str:
    url = clean_line(typed, "video_url", _("화상 회의 주소"), max_chars=MAX_URL_CHARS, min_chars=0)
    if url and not is_web_address(url, {"https"}):
        raise InvalidInput({"video_url": _("화상 회의 주소는 https://로 시작하는 주소로 써 주세요.")})
    return url


def _checked_times(
    starts_at: datetime | None, ends_at: datetime | None, known_start: datetime | None
) -> dict[str, datetime]:
    if starts_at is None or ends_at is None:
        raise InvalidInput({"starts_at" if starts_at is None else "ends_at": str(NEEDS_TIMES)})
    if starts_at != known_start and starts_at <= clock.now():
        raise InvalidInput({"starts_at": _("지난 때로는 회의를 잡을 수 없어요. 앞으로 올 때를 정해 주세요.")})
    if not clock.FIRST_YEAR <= starts_at.year <= clock.LAST_YEAR:
        raise InvalidInput({"starts_at": _("%(last)s년까지의 때를 정해 주세요.", last=clock.LAST_YEAR)})
    if not timedelta(0) < ends_at - starts_at <= LONGEST:
        raise InvalidInput({"ends_at": _("끝나는 때는 시작하는 때보다 뒤로, 하루 안으로 정해 주세요.")})
    return {"starts_at": starts_at, "ends_at": ends_at}
