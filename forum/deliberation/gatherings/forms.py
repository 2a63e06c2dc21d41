from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.clock import SEOUL
from forum.core.i18n import _l
from forum.deliberation.gatherings.details import (
    MAX_ADDRESS_CHARS,
    MAX_AGENDA_CHARS,
    MAX_HOST_CHARS,
    MAX_NOTES_CHARS,
    MAX_PLACE_CHARS,
    MAX_SUMMARY_CHARS,
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
    Details,
)
from forum.deliberation.gatherings.models import MAX_SEATS, AgeGroup
from forum.deliberation.gatherings.services import MAX_REASON_CHARS
from forum.web.forms import ForumForm, MomentField, NumberField, hidden_number, region_choices

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


def _lines(label: Any, max_chars: int, rows: int) -> TextAreaField:
    return TextAreaField(label, render_kw={"maxlength": max_chars, "rows": rows})


def _line(label: Any, max_chars: int) -> StringField:
    return StringField(label, render_kw={"maxlength": max_chars, "autocomplete": "off"})


def _number(label: Any, least: int) -> NumberField:
    return NumberField(
        label, validators=[Optional()], render_kw={"inputmode": "numeric", "min": least, "max": MAX_SEATS}
    )


def _moment(label: Any) -> MomentField:
    return MomentField(label, format=TIME_FORMATS, validators=[Optional()])


def _ages() -> list[SelectChoice]:
    return [SelectChoice(age.name, age.label) for age in AgeGroup]


class SeenForm(ForumForm):
    """A button that acts on what its page showed."""

    seen = HiddenField()

    @property
    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class GatheringForm(SeenForm):
    """What a facilitator writes about a gathering, with times in Seoul. The services validate it."""

    title = _line(_l("제목"), MAX_TITLE_CHARS)
    summary = _lines(_l("소개"), MAX_SUMMARY_CHARS, 5)
    host_name = _line(_l("여는 곳"), MAX_HOST_CHARS)
    age_group = SelectField(_l("누구를 위한 모임인가요?"), choices=_ages, validate_choice=False)
    starts_at = _moment(_l("시작하는 때"))
    ends_at = _moment(_l("끝나는 때"))
    region_code = SelectField(_l("지역"), choices=partial(region_choices, _l("고르지 않음")), validate_choice=False)
    place_name = _line(_l("장소"), MAX_PLACE_CHARS)
    address = _line(_l("주소"), MAX_ADDRESS_CHARS)
    access_notes = _lines(_l("찾아오는 길과 편의"), MAX_NOTES_CHARS, 3)
    online_url = _line(_l("온라인 주소"), MAX_URL_CHARS)
    agenda = _lines(_l("차례"), MAX_AGENDA_CHARS, 5)
    seats = _number(_l("자리"), 1)
    held_seats = _number(_l("그 가운데 따로 둘 자리"), 0)

    @staticmethod
    def prefilled(details: Details) -> dict[str, Any]:
        """Return the initial values of the fields."""
        values = dict(vars(details))
        for name in ("starts_at", "ends_at"):
            values[name] = values[name] and values[name].astimezone(SEOUL)
        return values

    def details(self) -> Details:
        values = {name: self[name].data for name in vars(Details())}
        texts = {name: value or "" for name, value in values.items() if isinstance(getattr(Details(), name), str)}
        times = {name: _aware(values[name]) for name in ("starts_at", "ends_at")}
        return Details(**values | texts | times)


class CancelForm(SeenForm):
    reason = _line(_l("취소하는 까닭"), MAX_REASON_CHARS)
    is_confirmed = BooleanField(_l("사람들이 와 있는 것을 알고 취소해요"))


def _address(label: Any) -> StringField:
    return StringField(label, render_kw={"maxlength": 254, "autocomplete": "off", "inputmode": "email"})


class HelperForm(ForumForm):
    email = _address(_l("도우미의 이메일 주소"))


class OrganiserForm(SeenForm):
    facilitator = _address(_l("새 진행자의 이메일 주소"))


def _aware(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=SEOUL)
