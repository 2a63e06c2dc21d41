from __future__ import annotations

from datetime import date

from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from forum.core import clock
from forum.core.i18n import _, _l
from forum.response.pledges.models import MAX_GROUP_NAME_CHARS, MAX_GROUP_SIZE, CheckInOutcome, Pledge, PledgeBy, Rhythm
from forum.response.pledges.queries import Tied
from forum.response.pledges.typed import TypedCheckIn, TypedPledge
from forum.web.forms import DayField, ForumForm, NumberField, hidden_number

ALONE = ""
MILESTONE, PILOT = "milestone", "pilot"


def weekdays() -> list[tuple[str, str]]:
    names = (_("월요일"), _("화요일"), _("수요일"), _("목요일"), _("금요일"), _("토요일"), _("일요일"))
    return [(str(number), name) for number, name in enumerate(names)]


def _makers() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in PledgeBy]


def _rhythms() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in Rhythm]


def _outcomes() -> list[tuple[str, str]]:
    return [(one.name, one.label) for one in CheckInOutcome]


class PledgeForm(ForumForm):
    item = RadioField(_l("무엇을 할까요"), choices=[], validate_choice=False)
    made_by = RadioField(_l("누가 하나요"), choices=_makers, validate_choice=False, default=PledgeBy.PERSON.name)
    group_name = StringField(_l("모둠 이름"), render_kw={"maxlength": MAX_GROUP_NAME_CHARS})
    group_size = NumberField(
        _l("함께하는 사람 수"), validators=[Optional()], render_kw={"min": 2, "max": MAX_GROUP_SIZE}
    )
    rhythm = RadioField(_l("얼마나 자주 하나요"), choices=_rhythms, validate_choice=False, default=Rhythm.WEEK.name)
    starts_on = DayField(_l("시작하는 날"), validators=[Optional()], default=clock.today)
    goes_with = SelectField(_l("어떤 약속과 함께하나요"), choices=[], validate_choice=False)
    is_public = BooleanField(_l("내 별명과 함께 주제 화면에 보여 주기"))
    reminds = BooleanField(_l("알림 받기"))
    weekday = SelectField(_l("알림을 받을 요일"), choices=weekdays, validate_choice=False)

    def offer(self, tied: Tied) -> None:
        """Offer what the pledge can go with."""
        steps = [(f"{MILESTONE}-{one.id}", one.title) for one in tied.milestones]
        pilots = [(f"{PILOT}-{one.id}", _("시범: %(title)s", title=one.title)) for one in tied.pilots]
        self.goes_with.choices = [(ALONE, _("주제 전체")), *steps, *pilots]

    def tied_ids(self) -> dict[str, int | None]:
        """Return the id of the step or the pilot that was chosen; -1, which there is not, for nonsense."""
        kind, _dash, number = (self.goes_with.data or ALONE).partition("-")
        found = {MILESTONE: None, PILOT: None} | ({kind: hidden_number(number)} if kind in {MILESTONE, PILOT} else {})
        return {"milestone_id": found[MILESTONE], "pilot_id": found[PILOT]}

    def typed(self) -> TypedPledge:
        return TypedPledge(
            item=self.item.data or "",
            made_by=self.made_by.data or "",
            group_name=self.group_name.data or "",
            group_size=self.group_size.data,
            rhythm=self.rhythm.data or "",
            starts_on=self.starts_on.data,
            is_public=bool(self.is_public.data),
            reminds=bool(self.reminds.data),
            weekday=self.weekday.data or "",
        )


class CheckInForm(ForumForm):
    outcome = RadioField(_l("어땠나요"), choices=_outcomes, validate_choice=False)
    n_kept = NumberField(_l("몇 명이 했나요"), validators=[Optional()], render_kw={"min": 0})
    seen_period = HiddenField()
    seen_outcome = HiddenField()

    def typed(self) -> TypedCheckIn:
        return TypedCheckIn(self.outcome.data or "", self.n_kept.data)

    def period(self) -> date | None:
        """Return the first day of the period that the page asked about; a malformed one matches none."""
        try:
            return date.fromisoformat(self.seen_period.data or "")
        except ValueError:
            return None


class SettingsForm(ForumForm):
    is_public = BooleanField(_l("내 별명과 함께 주제 화면에 보여 주기"))
    reminds = BooleanField(_l("알림 받기"))
    weekday = SelectField(_l("알림을 받을 요일"), choices=weekdays, validate_choice=False)
    seen_revision = HiddenField()

    @classmethod
    def of(cls, pledge: Pledge) -> SettingsForm:
        weekday = str(pledge.reminder_weekday)
        return cls(data={"is_public": pledge.is_public, "reminds": pledge.reminds, "weekday": weekday})

    def chosen_weekday(self) -> int:
        return hidden_number(self.weekday.data)

    def seen(self) -> int:
        """Return the revision that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.seen_revision.data)
