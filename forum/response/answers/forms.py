from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, Form, FormField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.errors import InvalidInput
from forum.core.i18n import _, _l
from forum.response.answers.parts import AnswerPart
from forum.response.answers.queries import MAX_POINTS
from forum.response.answers.words import AnswerInput, MilestoneInput
from forum.response.referrals.models import Answer, AnswerPoint, Decision, ReferralIdea
from forum.web.forms import DayField, FieldList, ForumForm, NumberField, hidden_number

MAX_MILESTONE_ROWS = 20


class MilestoneForm(Form):
    title = StringField(_l("할 일"), render_kw={"maxlength": 200})
    due_on = DayField(_l("기한"), validators=[Optional()])
    weight = NumberField(_l("비중"), default=1, validators=[Optional()])


class PointForm(Form):
    idea_id = HiddenField()
    decision = SelectField(
        _l("이 제안에 대한 결정"),
        choices=[SelectChoice("", _l("따로 정하지 않음")), *(SelectChoice(d.name, d.label) for d in Decision)],
        validate_choice=False,
    )
    text = TextAreaField(_l("이 제안에 대한 답"), render_kw={"maxlength": 2000, "rows": 2})


class AnswerForm(ForumForm):
    """A ministry's decision with its reason, promised milestones, and a line to each representative idea."""

    decision = RadioField(_l("결정"), choices=[SelectChoice(d.name, d.label) for d in Decision], validate_choice=False)
    reason = TextAreaField(_l("까닭"), render_kw={"maxlength": 5000, "rows": 8})
    contact_office = StringField(_l("문의할 곳"), render_kw={"maxlength": 120})
    milestones = FieldList(FormField(MilestoneForm), _l("이행 단계"), min_entries=1, max_entries=MAX_MILESTONE_ROWS)
    points = FieldList(FormField(PointForm), _l("제안마다 하는 답"), max_entries=MAX_POINTS)
    seen_version = HiddenField(default="0")
    seen_revision = HiddenField(default="0")

    def answer_input(self) -> AnswerInput:
        """Return the typed answer. The service says what it lacks.

        :raise InvalidInput: a decision on an idea that is not on the list
        """
        return AnswerInput(
            Decision.__members__.get(self.decision.data or ""),
            self.reason.data or "",
            self.contact_office.data or "",
            self._milestones(),
            self._points(),
            self._point_decisions(),
        )

    def _field_name(self, name: str) -> str:
        """The service counts no blank rows of milestones, and names lines by the idea."""
        part, _dash, rest = name.partition("-")
        key, _dash, field = rest.partition("-")
        if part == "milestones" and field:
            return str(self._typed_milestones()[int(key)][field].name)
        if part == "points" and field:
            rows = (row for row in self.points if str(row.form.idea_id.data) == key)
            return next((str(row[field].name) for row in rows), part)
        return name

    @classmethod
    def with_part(cls, part: AnswerPart | None) -> type[AnswerForm]:
        """Return the form for answers that have this part: with its fields beside the form's own."""
        if part is None:
            return cls

        class FormWithPart(cls):  # type: ignore[misc, valid-type]
            """The form's own fields, and those of the part."""

        for name, field in part.fields.items():
            setattr(FormWithPart, name, field)
        return FormWithPart

    def add_milestone(self) -> None:
        """Add an empty row for a promised step, unless there are as many as there may be."""
        if len(self.milestones) < MAX_MILESTONE_ROWS:
            self.milestones.append_entry()

    def add_points(self, ideas: Sequence[ReferralIdea]) -> None:
        """Add a row for each of these ideas that has none yet."""
        there = self.answered_ids()
        for quoted in ideas:
            if quoted.idea_id not in there and len(self.points) < MAX_POINTS:
                self.points.append_entry({"idea_id": quoted.idea_id})

    def answered_ids(self) -> list[int]:
        """Return the ids of the ideas for which the form has a row."""
        return [hidden_number(str(row.form.idea_id.data)) for row in self.points]

    def seen(self) -> tuple[int, int]:
        """Return the version of the answer and the revision of the draft that the page showed."""
        return hidden_number(self.seen_version.data), hidden_number(self.seen_revision.data)

    def _milestones(self) -> list[MilestoneInput]:
        found = []
        for row in self._typed_milestones():
            weight = row.weight.data
            found.append(MilestoneInput(row.title.data or "", row.due_on.data, 1 if weight is None else weight))
        return found

    def _typed_milestones(self) -> list[MilestoneForm]:
        """Return the rows of steps in which something is typed."""
        rows = [row.form for row in self.milestones]
        return [row for row in rows if (row.title.data or "").strip() or row.due_on.data is not None]

    def _points(self) -> dict[int, str]:
        """Return the lines that are not blank, by idea id."""
        return {
            hidden_number(row.form.idea_id.data): row.form.text.data
            for row in self.points
            if (row.form.text.data or "").strip()
        }

    def _point_decisions(self) -> dict[int, Decision]:
        """Return the decisions on single ideas, by idea id."""
        chosen = {hidden_number(row.form.idea_id.data): row.form.decision.data or "" for row in self.points}
        if any(code and code not in Decision.__members__ for code in chosen.values()):
            raise InvalidInput({"points": _("제안마다 하는 결정은 목록에 있는 것을 골라 주세요.")})
        return {idea_id: Decision[code] for idea_id, code in chosen.items() if code}

    @staticmethod
    def prefilled(answer: Answer | None, version: int, ideas: Sequence[ReferralIdea]) -> Mapping[str, Any]:
        """Return the form's initial data: the draft, or the published answer for a new version."""
        lines = {point.idea_id: point for point in answer.points} if answer else {}
        points = [_prefilled_point(quoted.idea_id, lines.get(quoted.idea_id)) for quoted in ideas]
        if answer is None:
            return {"points": points, "seen_version": version}
        milestones = [{"title": it.title, "due_on": it.due_on, "weight": it.weight} for it in answer.milestones]
        return {
            "decision": answer.decision.name,
            "reason": answer.reason,
            "contact_office": answer.contact_office,
            "milestones": milestones,
            "points": points,
            "seen_version": version,
            "seen_revision": answer.revision if answer.published_at is None else 0,
        }


def _prefilled_point(idea_id: int, line: AnswerPoint | None) -> dict[str, object]:
    decided = line.decision.name if line and line.decision else ""
    return {"idea_id": idea_id, "decision": decided, "text": line.text if line else ""}


class ReviewForm(ForumForm):
    """An act on a draft as its page showed it, with the note of what to change where it is returned."""

    seen_revision = HiddenField()
    note = TextAreaField(_l("고칠 점"), render_kw={"maxlength": 2000, "rows": 4})
    has_read = BooleanField(_l("답변을 모두 읽었고, 공개하면 고칠 수 없다는 것을 알아요"))

    def require_read(self) -> None:
        """:raise InvalidInput: the box that says that the answer was read is not ticked"""
        if not self.has_read.data:
            raise InvalidInput({"has_read": _("공개하기 전에 답변을 모두 읽고 이 칸에 표시해 주세요.")})

    def seen(self) -> int:
        """Return the revision that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.seen_revision.data)


class ReasonForm(ForumForm):
    seen_version = HiddenField()
    reason = TextAreaField(_l("다시 살펴야 하는 까닭"), render_kw={"maxlength": 5000, "rows": 6})

    def seen(self) -> int:
        """Return the version of the answer that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.seen_version.data)
