from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import (
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.errors import InvalidInput
from forum.forms import ForumForm, NumberField
from forum.ministries.models import Ministry
from forum.ministries.queries import all_ministries
from forum.referrals.models import Decision
from forum.referrals.services import Promise

PROMISE_ROWS = 3


class ForwardForm(ForumForm):
    """An analyst's letter to a ministry."""

    lead = SelectField("주관 부처", validate_choice=False)
    co = SelectMultipleField("함께 볼 부처", validate_choice=False)
    letter = TextAreaField("전달 글", render_kw={"maxlength": 5000, "rows": 6})
    due_on = DateField("답변 기한", validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ministries = {ministry.code: ministry for ministry in all_ministries()}
        names = [SelectChoice(code, ministry.name) for code, ministry in self.ministries.items()]
        self.lead.choices, self.co.choices = [SelectChoice("", "골라 주세요"), *names], names

    def lead_ministry(self) -> Ministry:
        """:raise InvalidInput: none chosen, or one that is not on the list"""
        if self.lead.data not in self.ministries:
            raise InvalidInput({"lead": "전달할 부처를 골라 주세요."})
        return self.ministries[self.lead.data]

    def co_ministries(self) -> list[Ministry]:
        """:raise InvalidInput: one that is not on the list"""
        if any(code not in self.ministries for code in self.co.data or ()):
            raise InvalidInput({"co": "목록에 있는 부처를 골라 주세요."})
        return [self.ministries[code] for code in self.co.data or ()]


class PromiseForm(Form):
    title = StringField("할 일", render_kw={"maxlength": 200})
    due_on = DateField("기한", validators=[Optional()])


class AnswerForm(ForumForm):
    """A ministry's decision with its reason, and the steps it promises."""

    decision = RadioField("결정", choices=[SelectChoice(d.name, d.label) for d in Decision], validate_choice=False)
    reason = TextAreaField("까닭", render_kw={"maxlength": 5000, "rows": 8})
    milestones = FieldList(FormField(PromiseForm), min_entries=PROMISE_ROWS, max_entries=20)
    seen_version = HiddenField(default="0")

    def chosen(self) -> Decision:
        """:raise InvalidInput: nothing chosen"""
        if self.decision.data not in Decision.__members__:
            raise InvalidInput({"decision": "결정을 하나 골라 주세요."})
        return Decision[self.decision.data]

    def promises(self) -> list[Promise]:
        """The rows that were filled in.

        :raise InvalidInput: a row with only one half
        """
        found = []
        for row in self.milestones:
            title, due_on = (row.form.title.data or "").strip(), row.form.due_on.data
            if not title and due_on is None:
                continue
            if not title or not isinstance(due_on, date):
                raise InvalidInput({"milestones": "이행 단계마다 할 일과 기한을 함께 적어 주세요."})
            found.append(Promise(title, due_on))
        return found

    def version(self) -> int:
        text = self.seen_version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


class MilestoneForm(ForumForm):
    percent_done = NumberField("진행률(%)", validators=[Optional()])
