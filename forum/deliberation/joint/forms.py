from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import BooleanField, Form, FormField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.clock import SEOUL
from forum.core.i18n import _l
from forum.deliberation.joint.models import StepKind
from forum.deliberation.joint.plan import MAX_MINUTES, MAX_STEP_CHARS, MAX_TITLE_CHARS, MOST_STEPS, Plan, PlannedStep
from forum.deliberation.joint.planning import MAX_REASON_CHARS
from forum.web.forms import FieldList, ForumForm, MomentField, NumberField, hidden_number

TIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
MAX_ROWS = MOST_STEPS + 2
BLANK_ROWS = 2
ONLINE_SEATS = 100


def _kinds() -> list[SelectChoice]:
    return [SelectChoice(kind.name, kind.label) for kind in StepKind]


def _line(label: Any, max_chars: int) -> StringField:
    return StringField(label, render_kw={"maxlength": max_chars, "autocomplete": "off"})


def _number(label: Any, most: int) -> NumberField:
    return NumberField(label, validators=[Optional()], render_kw={"inputmode": "numeric", "min": 1, "max": most})


class SeenForm(ForumForm):
    """A button that acts on what its page showed."""

    seen = HiddenField()

    @property
    def seen_number(self) -> int:
        return hidden_number(self.seen.data)


class StepForm(Form):
    """One step. A row is sorted by the number that is typed into it, so it works without a script."""

    order = _number(_l("차례"), 99)
    kind = SelectField(_l("하는 일"), choices=_kinds, validate_choice=False)
    title = _line(_l("이름"), MAX_STEP_CHARS)
    minutes = _number(_l("분"), MAX_MINUTES)
    is_removed = BooleanField(_l("빼기"))

    @property
    def is_blank(self) -> bool:
        return not (self.title.data or "").strip() and self.minutes.data is None and not self.minutes.errors


class PlanForm(SeenForm):
    """What a facilitator plans, with times in Seoul. The services validate it."""

    title = _line(_l("제목"), MAX_TITLE_CHARS)
    starts_at = MomentField(_l("시작하는 때"), format=TIME_FORMATS, validators=[Optional()])
    steps = FieldList(FormField(StepForm), _l("단계"), max_entries=MAX_ROWS)

    @staticmethod
    def prefilled(plan: Plan) -> dict[str, Any]:
        """Return the initial values of the fields, with rows for two more steps."""
        rows = [
            {"order": place, "kind": step.kind, "title": step.title, "minutes": step.minutes}
            for place, step in enumerate(plan.steps, start=1)
        ]
        n_rows = min(len(rows) + BLANK_ROWS, MOST_STEPS)
        blank = [{"order": place, "kind": StepKind.TALK.name} for place in range(len(rows) + 1, n_rows + 1)]
        starts_at = plan.starts_at and plan.starts_at.astimezone(SEOUL)
        return {"title": plan.title, "starts_at": starts_at, "steps": rows + blank}

    def plan(self) -> Plan:
        starts_at: datetime | None = self.starts_at.data
        steps = tuple(
            PlannedStep(row.kind.data or "", row.title.data or "", row.minutes.data) for row in self._ordered()
        )
        return Plan(self.title.data or "", starts_at and starts_at.replace(tzinfo=SEOUL), steps)

    def _field_name(self, name: str) -> str:
        """The service counts the steps in their order, the page its rows."""
        part, _dash, rest = name.partition("-")
        place, _dash, field = rest.partition("-")
        return str(self._ordered()[int(place)][field].name) if part == "steps" and field else name

    def _ordered(self) -> list[StepForm]:
        """Return the rows in which something is typed and that stay, in their order."""
        rows = [row.form for row in self.steps if not row.form.is_removed.data and not row.form.is_blank]
        return sorted(rows, key=lambda row: 99 if row.order.data is None else row.order.data)


class ReasonForm(SeenForm):
    reason = _line(_l("취소하는 까닭"), MAX_REASON_CHARS)


class HostForm(SeenForm):
    facilitator = StringField(
        _l("새 진행자의 이메일 주소"), render_kw={"maxlength": 254, "autocomplete": "off", "inputmode": "email"}
    )


class RoomForm(SeenForm):
    gathering = HiddenField()

    @property
    def gathering_id(self) -> int:
        return hidden_number(self.gathering.data)


class OnlineForm(SeenForm):
    online_url = _line(_l("영상 모임 주소"), 500)
    seats = NumberField(_l("자리"), validators=[Optional()], render_kw={"inputmode": "numeric", "min": 1, "max": 300})


class MoveForm(SeenForm):
    """A move to a step; `seen` is the number of the newest move that the page showed."""

    position = HiddenField()

    @property
    def wanted(self) -> int:
        return hidden_number(self.position.data)


class LateForm(ForumForm):
    """What is decided of one late action."""

    entry = HiddenField()
    key = HiddenField()
    answer = HiddenField()

    @property
    def entry_id(self) -> int:
        return hidden_number(self.entry.data)

    @property
    def accepts(self) -> bool:
        return self.answer.data == "accept"


class TakeoverForm(ForumForm):
    code = StringField(
        _l("되살림 번호 10자리"),
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "maxlength": 40,
            "placeholder": "ABCDE-FGHJK",
        },
    )
