from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from wtforms import HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.deliberation.council.models import CouncilGroup
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.rounds.conflicts import MAX_STATEMENT_CHARS
from forum.deliberation.rounds.long_list import MAX_REASON_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from forum.deliberation.rounds.models import MAX_CHOSEN, CouncilRound, CouncilTask, StageKind
from forum.deliberation.rounds.planning import StagePlan
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.models import SHOWN_STATES, Idea
from forum.voice.ideas.numbers import idea_numbers
from forum.web.forms import DayField, ForumForm, NumberField, hidden_number

STAGE_DAYS = 14
DEFAULT_ON = {
    StageKind.LONG_LIST: 60,
    StageKind.SUBCOMMITTEE: 30,
    StageKind.PEOPLE_TEAM: 30,
    StageKind.DELEGATES: 20,
    StageKind.ASSEMBLY: 7,
}


def row_id(typed: object) -> int:
    """Return the id in a choice; -1, which there is not, for nonsense."""
    return hidden_number(str(typed))


class SeenForm(ForumForm):
    """An act on something that others change: it carries the revision that its page showed."""

    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class _PlanFields(SeenForm):
    title = StringField(_l("이름"), render_kw={"maxlength": MAX_TITLE_CHARS})
    n_chosen = NumberField(_l("고를 과제의 수"), [Optional()], render_kw={"min": 1, "max": MAX_CHOSEN}, default=7)

    def plans(self) -> list[StagePlan]:
        """Return the typed stages.

        :raise InvalidInput: a day or a number is missing
        """
        missing = {
            f"{kind.name.lower()}_{part}": _("적어 주세요.")
            for kind in StageKind
            for part in ("starts_on", "ends_on", "n_on")
            if self._fields[f"{kind.name.lower()}_{part}"].data is None
        }
        if missing:
            raise InvalidInput(missing)
        return [
            StagePlan(kind, *(self._typed(kind, part) for part in ("starts_on", "ends_on", "n_on")))
            for kind in StageKind
        ]

    def _typed(self, kind: StageKind, part: str) -> Any:
        return self._fields[f"{kind.name.lower()}_{part}"].data

    def rows(self) -> list[tuple[StageKind, list[Any]]]:
        """Return the fields of each stage, for the page."""
        parts = ("starts_on", "ends_on", "n_on")
        return [(kind, [self._fields[f"{kind.name.lower()}_{part}"] for part in parts]) for kind in StageKind]


def _first_day(place: int) -> Any:
    return lambda: clock.today() + timedelta(days=1 + STAGE_DAYS * place)


def _last_day(place: int) -> Any:
    return lambda: clock.today() + timedelta(days=STAGE_DAYS * (place + 1))


def _stage_fields() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for place, kind in enumerate(StageKind):
        name = kind.name.lower()
        fields[f"{name}_starts_on"] = DayField(_l("시작하는 날"), [Optional()], default=_first_day(place))
        fields[f"{name}_ends_on"] = DayField(_l("끝나는 날"), [Optional()], default=_last_day(place))
        fields[f"{name}_n_on"] = NumberField(
            _l("올릴 과제의 수"), [Optional()], render_kw={"min": 1}, default=DEFAULT_ON[kind]
        )
    return fields


PlanForm: type[_PlanFields] = type("PlanForm", (_PlanFields,), _stage_fields())
"""With three fields for each stage: `long_list_starts_on`, `long_list_ends_on`, `long_list_n_on` and so on."""


class NewRoundForm(PlanForm):  # type: ignore[valid-type, misc]
    campaign = SelectField(_l("포럼"), choices=[], validate_choice=False)

    def offer(self, campaigns: Sequence[Campaign]) -> None:
        self.campaign.choices = [SelectChoice(one.slug, one.title) for one in campaigns]


def plan_form(round_: CouncilRound) -> _PlanFields:
    """Return the form that changes a plan, with the present one in it."""
    data: dict[str, Any] = {"title": round_.title, "n_chosen": round_.n_chosen, "seen": round_.revision}
    for stage in round_.stages:
        name = stage.kind.name.lower()
        data |= {f"{name}_starts_on": stage.starts_on, f"{name}_ends_on": stage.ends_on, f"{name}_n_on": stage.n_on}
    return PlanForm(data=data)


def _boxes(label: Any, **kwargs: Any) -> SelectMultipleField:
    return SelectMultipleField(
        label,
        coerce=row_id,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        **kwargs,
    )


class DecideForm(SeenForm):
    """Which tasks go on, and a reason beside each task."""

    going_on = _boxes(_l("다음 단계로 올릴 과제"))
    tasks: ClassVar[Sequence[CouncilTask]] = ()

    def chosen(self) -> list[int]:
        return list(self.going_on.data or [])

    def reasons(self) -> dict[int, str]:
        """Return what was typed beside the tasks."""
        return {task.id: self._fields[f"reason_{task.id}"].data or "" for task in self.tasks}

    def rows(self) -> list[tuple[CouncilTask, Any, Any]]:
        """Return each task with its box and its reason, for the page."""
        boxes = {task.id: box for task, box in zip(self.tasks, self.going_on, strict=True)}
        return [(task, boxes[task.id], self._fields[f"reason_{task.id}"]) for task in self.tasks]


def decide_form(tasks: Sequence[CouncilTask], seen: int, is_sent: bool = True) -> DecideForm:
    """Return the form that decides a stage, with a box and a reason for each of these tasks.

    :param is_sent: the request sends this form
    """
    fields: dict[str, Any] = {
        f"reason_{task.id}": TextAreaField(_l("까닭"), render_kw={"rows": 2, "maxlength": MAX_REASON_CHARS})
        for task in tasks
    }
    made = type("DecideFormOfTasks", (DecideForm,), fields | {"tasks": tuple(tasks)})
    form: DecideForm = made(data={"seen": seen}) if is_sent else made(formdata=None, data={"seen": seen})
    form.going_on.choices = [SelectChoice(task.id, task.title) for task in tasks]
    return form


class AddThemeForm(ForumForm):
    theme = SelectField(_l("정책 주제"), choices=[], coerce=row_id, validate_choice=False)

    def offer(self, themes: Sequence[Theme]) -> None:
        self.theme.choices = [SelectChoice(theme.id, theme.title) for theme in themes]


class _IdeasField(ForumForm):
    ideas = StringField(_l("제안의 번호"), render_kw={"maxlength": 300})

    def idea_ids(self) -> list[int]:
        """Return the numbers that were typed.

        :raise InvalidInput: something typed is no number of an idea
        """
        return idea_numbers(self.ideas.data, "ideas")


class AddIdeaForm(_IdeasField):
    """One idea by its number."""

    def idea_id(self) -> int:
        """:raise InvalidInput: not exactly one number"""
        found = self.idea_ids()
        if len(found) != 1:
            raise InvalidInput({"ideas": _("제안의 번호를 하나 적어 주세요. 예: 12")})
        return found[0]


class _WordsForm(_IdeasField):
    title = StringField(_l("제목"), render_kw={"maxlength": MAX_TITLE_CHARS})
    summary = TextAreaField(_l("내용"), render_kw={"rows": 4, "maxlength": MAX_SUMMARY_CHARS})


class AddMinutesForm(_WordsForm):
    minutes = SelectField(_l("회의록"), choices=[], coerce=row_id, validate_choice=False)

    def offer(self, published: Sequence[GatheringMinutes]) -> None:
        self.minutes.choices = [SelectChoice(one.id, one.gathering.title) for one in published]


class ProposeForm(_WordsForm):
    """A member's own proposal."""


class TaskForm(SeenForm):
    title = StringField(_l("제목"), render_kw={"maxlength": MAX_TITLE_CHARS})
    summary = TextAreaField(_l("내용"), render_kw={"rows": 4, "maxlength": MAX_SUMMARY_CHARS})
    subcommittee = SelectField(_l("심의할 분과"), choices=[], coerce=row_id, validate_choice=False)
    lead_idea = SelectField(_l("제안자로 모실 제안"), choices=[], coerce=row_id, validate_choice=False)

    def offer(self, groups: Sequence[CouncilGroup], task: CouncilTask) -> None:
        none = SelectChoice(0, _("아직 정하지 않음"))
        self.subcommittee.choices = [none, *(SelectChoice(group.id, group.name) for group in groups)]
        ideas = [one for one in task.ideas if one.idea.state in SHOWN_STATES or one.idea_id == task.lead_idea_id]
        self.lead_idea.choices = [none, *(SelectChoice(one.idea_id, _named(one.idea)) for one in ideas)]

    @classmethod
    def of(cls, task: CouncilTask) -> TaskForm:
        return cls(
            data={
                "title": task.title,
                "summary": task.summary,
                "subcommittee": task.subcommittee_id or 0,
                "lead_idea": task.lead_idea_id or 0,
                "seen": task.revision,
            }
        )


def _named(idea: Idea) -> str:
    """Return what an idea is called in a list: what is hidden or withdrawn by its number alone."""
    return f"#{idea.id} {idea.title}" if idea.state in SHOWN_STATES else f"#{idea.id}"


class WithdrawForm(SeenForm):
    reason = TextAreaField(_l("까닭"), render_kw={"rows": 3, "maxlength": MAX_REASON_CHARS})


class MergeForm(WithdrawForm):
    target = SelectField(_l("합칠 과제"), choices=[], coerce=row_id, validate_choice=False)

    def offer(self, tasks: Sequence[CouncilTask]) -> None:
        self.target.choices = [SelectChoice(task.id, f"{task.number}. {task.title}") for task in tasks]


class ConflictForm(ForumForm):
    text = TextAreaField(
        _l("이 과제와 어떤 이해관계가 있나요?"), render_kw={"rows": 3, "maxlength": MAX_STATEMENT_CHARS}
    )
