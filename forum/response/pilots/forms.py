from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import DecimalField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.i18n import _, _l
from forum.response.pilots.models import Better, MeasureKind, Pilot, PilotDecision, PilotReading
from forum.response.pilots.plans import Plan, Typed
from forum.web.forms import DayField, ForumForm, NumberField, hidden_number, region_choices


def _regions() -> list[SelectChoice]:
    return region_choices(str(_("전국")))


def _measures() -> list[tuple[str, str]]:
    return [(kind.name, kind.label) for kind in MeasureKind]


def _better() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in Better]


def _decisions() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in PilotDecision]


class ValueField(DecimalField):
    """A number with decimals in the digits 0 to 9, with a message in Korean."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not all(value.isascii() and "_" not in value for value in valuelist):
            self.data = None
            raise ValueError(_("숫자로 써 주세요. 소수점은 점(.)으로 써요."))
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            self.data = None
            raise ValueError(_("숫자로 써 주세요. 소수점은 점(.)으로 써요.")) from error


class SeenForm(ForumForm):
    seen_revision = HiddenField()

    def seen(self) -> int:
        """Return the revision that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.seen_revision.data)


class PlanForm(SeenForm):
    title = StringField(_l("시범의 이름"), render_kw={"maxlength": 100})
    summary = TextAreaField(_l("무엇을 해 보나요"), render_kw={"maxlength": 2000, "rows": 4})
    region_code = SelectField(_l("지역"), choices=_regions, validate_choice=False)
    place = StringField(_l("곳"), render_kw={"maxlength": 120})
    starts_on = DayField(_l("시작하는 날"), validators=[Optional()])
    ends_on = DayField(_l("끝나는 날"), validators=[Optional()])
    measure = StringField(_l("무엇을 재나요"), render_kw={"maxlength": 120})
    measure_kind = SelectField(_l("재는 방법"), choices=_measures, validate_choice=False)
    unit = StringField(_l("단위"), render_kw={"maxlength": 10})
    better = SelectField(_l("어느 쪽이 좋은가요"), choices=_better, validate_choice=False)
    measured_how = TextAreaField(_l("누가 어떻게 재나요"), render_kw={"maxlength": 1000, "rows": 3})

    @classmethod
    def of(cls, pilot: Pilot) -> PlanForm:
        plan = Plan.of(pilot)
        return cls(data={name: getattr(plan, name) for name in Plan.__dataclass_fields__})

    def plan(self) -> Plan:
        values: dict[str, Any] = {name: self._fields[name].data for name in Plan.__dataclass_fields__}
        days = {"starts_on", "ends_on"}
        texts: dict[str, Any] = {name: value or "" for name, value in values.items() if name not in days}
        return Plan(starts_on=values["starts_on"], ends_on=values["ends_on"], **texts)


class ReadingForm(SeenForm):
    measured_from = DayField(_l("재기 시작한 날"), validators=[Optional()])
    measured_until = DayField(_l("다 잰 날"), validators=[Optional()])
    measured_by = StringField(_l("잰 곳"), render_kw={"maxlength": 100})
    n = NumberField(_l("잰 수"), validators=[Optional()], render_kw={"min": 1})
    k = NumberField(_l("그 가운데"), validators=[Optional()], render_kw={"min": 0})
    mean = ValueField(_l("평균"), validators=[Optional()], render_kw={"inputmode": "decimal"})
    sd = ValueField(_l("표준편차"), validators=[Optional()], render_kw={"inputmode": "decimal"})

    @classmethod
    def of(cls, reading: PilotReading | None) -> ReadingForm:
        if reading is None:
            return cls()
        return cls(data={name: getattr(reading, name) for name in Typed.__dataclass_fields__})

    def ask(self, kind: MeasureKind) -> None:
        """Ask for the two numbers by what they are in this kind of measure."""
        if kind is MeasureKind.MEAN:
            self.n.label.text = _("몇 번 쟀나요")
        elif kind is MeasureKind.COUNT:
            self.n.label.text, self.k.label.text = _("며칠 동안 셌나요"), _("몇 번 있었나요")
        else:
            self.n.label.text, self.k.label.text = _("모두 몇이었나요"), _("그 가운데 몇이었나요")

    def typed(self) -> Typed:
        return Typed(
            measured_from=self.measured_from.data,
            measured_until=self.measured_until.data,
            measured_by=self.measured_by.data or "",
            n=self.n.data,
            k=self.k.data,
            mean=None if self.mean.data is None else float(self.mean.data),
            sd=None if self.sd.data is None else float(self.sd.data),
        )


class ReportForm(ForumForm):
    text = TextAreaField(_l("알리는 글"), render_kw={"maxlength": 2000, "rows": 4})
    photo = FileField(_l("사진"), render_kw={"accept": "image/jpeg,image/png,image/webp"})
    caption = StringField(_l("사진이 무엇을 보여 주나요"), render_kw={"maxlength": 200})


class DecisionForm(SeenForm):
    decision = RadioField(_l("어떻게 할까요"), choices=_decisions, validate_choice=False)
    reason = TextAreaField(_l("까닭"), render_kw={"maxlength": 1000, "rows": 3})


class CancelForm(SeenForm):
    reason = TextAreaField(_l("까닭"), render_kw={"maxlength": 1000, "rows": 3})
