from __future__ import annotations

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from forum.core.i18n import _, _l
from forum.response.datafiles.aggregate import GROUPING, NUMERIC
from forum.response.datafiles.models import DataFile
from forum.response.datanoise.questions import MAX_KEYS_CHARS, Question, typed_question
from forum.web.forms import ForumForm, NumberField, hidden_number


class BudgetForm(ForumForm):
    total = StringField(_l("예산(엡실론)"), render_kw={"inputmode": "decimal", "maxlength": 8})
    rows = NumberField(_l("한 사람이 차지할 수 있는 가장 많은 줄 수"))


class AskForm(ForumForm):
    seen = HiddenField()
    by = SelectField(_l("나눌 열"), validate_choice=False)
    keys = TextAreaField(_l("알고 싶은 값"), render_kw={"rows": 4, "maxlength": MAX_KEYS_CHARS})
    total = SelectField(_l("더할 열"), validate_choice=False)
    lower = StringField(_l("더할 때 쓸 가장 작은 값"), render_kw={"inputmode": "text", "maxlength": 14})
    upper = StringField(_l("더할 때 쓸 가장 큰 값"), render_kw={"inputmode": "text", "maxlength": 14})
    epsilon = StringField(_l("쓸 예산(엡실론)"), render_kw={"inputmode": "decimal", "maxlength": 8})

    def offer(self, file: DataFile) -> None:
        """Offer the columns of the file's dictionary."""
        groups = [one.name for one in file.version.columns if one.type in GROUPING]
        self.by.choices = [SelectChoice("", _("골라 주세요")), *(SelectChoice(name, name) for name in groups)]
        numbers = [one.name for one in file.version.columns if one.type in NUMERIC]
        self.total.choices = [SelectChoice("", _("줄의 수를 세기")), *(SelectChoice(name, name) for name in numbers)]

    def question(self, file: DataFile) -> Question:
        """:raise InvalidInput: as `typed_question`"""
        typed = (self.by.data, self.keys.data, self.total.data, self.lower.data, self.upper.data)
        return typed_question(file.version.columns, *(text or "" for text in typed))

    def seen_spent(self) -> int:
        return hidden_number(self.seen.data)
