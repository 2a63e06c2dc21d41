from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forum.core.clock import SEOUL
from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.deliberation.meetings.models import AttendanceWay, Choice, CouncilMeeting, Motion, MotionRule, TieRule
from forum.deliberation.meetings.planning import MAX_FILES
from forum.deliberation.meetings.typed import (
    MAX_DISSENT_CHARS,
    MAX_ITEM_CHARS,
    MAX_MINUTES_CHARS,
    MAX_MOTION_CHARS,
    MAX_PLACE_CHARS,
    MAX_REASON_CHARS,
    MAX_TITLE_CHARS,
    MAX_URL_CHARS,
)
from forum.deliberation.rounds.models import MAX_CHOSEN, CouncilRound, CouncilTask
from forum.web.forms import ForumForm, MomentField, NumberField, hidden_number
from forum.web.uploads import Upload, read_upload

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
NONE = ""


def _row_id(typed: object) -> int:
    return hidden_number(str(typed))


def _ways() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in AttendanceWay]


def _rules() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in MotionRule]


def _tie_rules() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in TieRule]


def _choices() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in Choice]


def _line(label: Any, max_chars: int) -> StringField:
    return StringField(label, render_kw={"maxlength": max_chars, "autocomplete": "off"})


def _text(label: Any, max_chars: int, rows: int) -> TextAreaField:
    return TextAreaField(label, render_kw={"maxlength": max_chars, "rows": rows})


def _boxes(label: Any) -> SelectMultipleField:
    return SelectMultipleField(
        label,
        coerce=_row_id,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class SeenForm(ForumForm):
    """A button that acts on what its page showed."""

    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class MeetingForm(SeenForm):
    title = _line(_l("회의 이름"), MAX_TITLE_CHARS)
    starts_at = MomentField(_l("시작하는 때"), format=TIME_FORMATS, validators=[Optional()])
    ends_at = MomentField(_l("끝나는 때"), format=TIME_FORMATS, validators=[Optional()])
    place = _line(_l("장소"), MAX_PLACE_CHARS)
    video_url = _line(_l("화상 회의 주소"), MAX_URL_CHARS)
    round_id = SelectField(_l("다루는 대표과제 선정"), choices=[], validate_choice=False)

    @classmethod
    def of(cls, meeting: CouncilMeeting) -> MeetingForm:
        """Return the form as the meeting is, with times in Seoul."""
        values = {name: getattr(meeting, name) for name in ("title", "place", "video_url")}
        times = {name: getattr(meeting, name).astimezone(SEOUL) for name in ("starts_at", "ends_at")}
        return cls(data=values | times | {"round_id": str(meeting.round_id or NONE)})

    def offer(self, rounds: Sequence[CouncilRound]) -> None:
        blank = SelectChoice(NONE, _("없음 (다른 안건의 회의)"))
        self.round_id.choices = [blank, *(SelectChoice(str(one.id), one.title) for one in rounds)]

    def details(self, rounds: Sequence[CouncilRound]) -> dict[str, Any]:
        """Return the arguments of the services.

        :raise InvalidInput: a round that is not offered
        """
        round_ = next((one for one in rounds if str(one.id) == self.round_id.data), None)
        if self.round_id.data and round_ is None:
            raise InvalidInput({"round_id": _("목록에서 골라 주세요.")})
        texts = {name: self[name].data or "" for name in ("title", "place", "video_url")}
        times = {name: _aware(self[name].data) for name in ("starts_at", "ends_at")}
        return texts | times | {"round": round_}


class CancelForm(SeenForm):
    reason = _line(_l("취소하는 까닭"), MAX_REASON_CHARS)


class ItemForm(ForumForm):
    title = _line(_l("안건 이름"), MAX_TITLE_CHARS)
    task_id = SelectField(_l("과제"), choices=[], validate_choice=False)
    text = _text(_l("안건 내용"), MAX_ITEM_CHARS, 6)
    uploads = MultipleFileField(_l("파일"))

    def offer(self, tasks: Sequence[CouncilTask]) -> None:
        blank = SelectChoice(NONE, _("과제 없는 안건"))
        self.task_id.choices = [blank, *(SelectChoice(str(one.id), f"{one.number}. {one.title}") for one in tasks)]

    def task(self, tasks: Sequence[CouncilTask]) -> CouncilTask | None:
        """:raise InvalidInput: a task that is not offered"""
        found = next((one for one in tasks if str(one.id) == self.task_id.data), None)
        if self.task_id.data and found is None:
            raise InvalidInput({"task_id": _("목록에서 골라 주세요.")})
        return found

    def files(self) -> list[Upload]:
        """:raise InvalidInput: too many, too large, or of a type that is not accepted"""
        sent = [one for one in self.uploads.data or [] if getattr(one, "filename", "")]
        if len(sent) > MAX_FILES:
            raise InvalidInput({"uploads": _("파일은 %(n)s개까지 올릴 수 있어요.", n=MAX_FILES)})
        found = [read_upload(one, "uploads") for one in sent]
        return [one for one in found if one is not None]


class MotionForm(ForumForm):
    text = _line(_l("표결에 부치는 말"), MAX_MOTION_CHARS)
    rule = RadioField(_l("어떻게 정하나요"), choices=_rules, validate_choice=False, default=MotionRule.MAJORITY.name)
    tie_rule = RadioField(_l("표가 같으면"), choices=_tie_rules, validate_choice=False, default=TieRule.FAILS.name)
    places = NumberField(_l("고를 과제의 수"), [Optional()], render_kw={"min": 1, "max": MAX_CHOSEN}, default=1)
    tasks = _boxes(_l("고를 수 있는 과제"))

    def offer(self, tasks: Sequence[CouncilTask]) -> None:
        self.tasks.choices = [(one.id, f"{one.number}. {one.title}") for one in tasks]

    def details(self, tasks: Sequence[CouncilTask]) -> dict[str, Any]:
        """Return the arguments of `add_motion`.

        :raise InvalidInput: nothing that is offered
        """
        if self.rule.data not in MotionRule.__members__:
            raise InvalidInput({"rule": _("목록에서 골라 주세요.")})
        if self.tie_rule.data not in TieRule.__members__:
            raise InvalidInput({"tie_rule": _("목록에서 골라 주세요.")})
        chosen = set(self.tasks.data or [])
        if not chosen <= {one.id for one in tasks}:
            raise InvalidInput({"tasks": _("목록에서 골라 주세요.")})
        rule = MotionRule(self.rule.data)
        places = self.places.data or 0
        offered = [one for one in tasks if one.id in chosen]
        if rule is not MotionRule.APPROVAL and not offered:
            places = 1
        words = {"text": self.text.data or "", "rule": rule, "tie_rule": TieRule(self.tie_rule.data)}
        return words | {"places": places, "tasks": offered}


class BallotForm(SeenForm):
    choice = RadioField(_l("내 표"), choices=_choices, validate_choice=False)
    approved = _boxes(_l("찬성하는 과제"))

    @classmethod
    def of(cls, motion: Motion, data: dict[str, Any] | None = None) -> BallotForm:
        """Return the form that offers the motion's tasks."""
        form = cls(formdata=None, data=data) if data is not None else cls()
        form.approved.choices = [(one.task_id, f"{one.task.number}. {one.task.title}") for one in motion.options]
        return form

    def said(self) -> dict[str, Any]:
        """Return the arguments of `cast_ballot`; nonsense is no choice, which is refused there."""
        choice = Choice(self.choice.data) if self.choice.data in Choice.__members__ else None
        return {"choice": choice, "approved": self.approved.data or []}


class DissentForm(ForumForm):
    text = _text(_l("소수 의견"), MAX_DISSENT_CHARS, 3)


class AttendanceForm(ForumForm):
    seat = HiddenField()
    way = RadioField(_l("어디에서"), choices=_ways, validate_choice=False, default=AttendanceWay.IN_PERSON.name)
    by_substitute = BooleanField(_l("대리인이 대신"))

    def seat_id(self) -> int:
        return hidden_number(self.seat.data)

    def chosen_way(self) -> AttendanceWay:
        """:raise InvalidInput: not one of the two"""
        if self.way.data not in AttendanceWay.__members__:
            raise InvalidInput({"way": _("회의장과 화상 가운데 하나를 골라 주세요.")})
        return AttendanceWay(self.way.data)


class MinutesForm(SeenForm):
    text = _text(_l("회의록"), MAX_MINUTES_CHARS, 30)


def _aware(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=SEOUL)
