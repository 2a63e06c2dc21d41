from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import wtforms
from wtforms import BooleanField, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.i18n import _l
from forum.deliberation.scorecards.criteria import MAX_CRITERIA, MAX_NAME_CHARS, MAX_QUESTION_CHARS, CriterionRow
from forum.deliberation.scorecards.models import Beside, Criterion, Scorecard
from forum.deliberation.scorecards.services import MAX_REASON_CHARS
from forum.web.forms import FieldList, ForumForm, NumberField, hidden_number

EMPTY_ROWS = 2  # offered beside those that are there


class SeenForm(ForumForm):
    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


def _points() -> list[SelectChoice]:
    return [SelectChoice(str(n), str(n)) for n in range(1, 6)]


class ScoreForm(SeenForm):
    """1 to 5 on each criterion, and a reason."""

    reason = TextAreaField(_l("까닭"), render_kw={"rows": 4, "maxlength": MAX_REASON_CHARS})
    criteria: ClassVar[Sequence[Criterion]] = ()

    def typed_scores(self) -> dict[int, int]:
        """Return the chosen scores by criterion; those that are missing are left out."""
        typed = {one.id: self._fields[f"score_{one.id}"].data for one in self.criteria}
        return {key: hidden_number(value) for key, value in typed.items() if value}

    def rows(self) -> list[tuple[Criterion, Any]]:
        """Return each criterion with its field, for the page."""
        return [(one, self._fields[f"score_{one.id}"]) for one in self.criteria]


def score_form(criteria: Sequence[Criterion], card: Scorecard | None, is_sent: bool = True) -> ScoreForm:
    """Return the form that scores a task, with the own scores in it.

    :param is_sent: the request sends this form
    """
    fields: dict[str, Any] = {
        f"score_{one.id}": RadioField(one.name, choices=_points(), validate_choice=False) for one in criteria
    }
    made = type("ScoreFormOfCriteria", (ScoreForm,), fields | {"criteria": tuple(criteria)})
    data: dict[str, Any] = {"seen": card.revision if card else 0}
    if card is not None:
        data |= {"reason": card.reason} | {f"score_{one.criterion_id}": str(one.value) for one in card.scores}
    form: ScoreForm = made(data=data) if is_sent else made(formdata=None, data=data)
    return form


def _kinds() -> list[SelectChoice]:
    return [SelectChoice(one.name, one.label) for one in Beside]


class CriterionFields(wtforms.Form):
    name = StringField(_l("기준"), render_kw={"maxlength": MAX_NAME_CHARS})
    question = StringField(_l("물음"), render_kw={"maxlength": MAX_QUESTION_CHARS})
    weight = NumberField(_l("가중치(%)"), [Optional()], render_kw={"min": 1, "max": 100})
    beside = SelectField(_l("곁에 둘 수치"), choices=_kinds, validate_choice=False)


class CriteriaForm(SeenForm):
    rows = FieldList(FormField(CriterionFields), min_entries=1, max_entries=MAX_CRITERIA)

    def typed(self) -> list[CriterionRow]:
        """Return the rows that have a name or a weight."""
        found = []
        for row in self.rows:
            fields = row.form
            if fields.name.data or fields.weight.data:
                beside = Beside.__members__.get(fields.beside.data or "", Beside.NOTHING)
                found.append(
                    CriterionRow(fields.name.data or "", fields.question.data or "", fields.weight.data or 0, beside)
                )
        return found


def criteria_form(criteria: Sequence[Criterion], seen: int) -> CriteriaForm:
    """Return the form that sets criteria, with the present ones and some empty rows in it."""
    present = [
        {"name": one.name, "question": one.question, "weight": one.weight, "beside": one.beside.name}
        for one in criteria
    ]
    empty = min(EMPTY_ROWS, MAX_CRITERIA - len(present)) if present else 5
    return CriteriaForm(data={"rows": present + [{} for _row in range(empty)], "seen": seen})


class ExplainForm(SeenForm):
    text = TextAreaField(_l("까닭"), render_kw={"rows": 3, "maxlength": MAX_REASON_CHARS})


class NameForm(ForumForm):
    shows = BooleanField(_l("내 이름을 함께 보이기"))
