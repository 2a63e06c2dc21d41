from __future__ import annotations

from typing import Any

from wtforms import Form, FormField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.i18n import _l
from forum.deliberation.minutes.answering import MAX_OBJECTION_CHARS
from forum.deliberation.minutes.models import GatheringMinutes
from forum.deliberation.minutes.queries import quotes_of
from forum.deliberation.minutes.quotes import MAX_QUOTE_CHARS, MAX_QUOTES
from forum.deliberation.minutes.services import MAX_LINE_CHARS, MAX_LINES, MAX_SUMMARY_CHARS, MinutesInput
from forum.web.forms import FieldList, ForumForm, NumberField

BLANK_ROWS = 2
AGREES, OBJECTS = "AGREES", "OBJECTS"
LINES = {"maxlength": MAX_LINES * MAX_LINE_CHARS, "rows": 6}


class QuoteRow(Form):
    number = NumberField(_l("제안 번호"), validators=[Optional()])
    text = StringField(_l("문장"), render_kw={"maxlength": MAX_QUOTE_CHARS})


class MinutesForm(ForumForm):
    seen = NumberField()
    summary = TextAreaField(_l("한 일"), render_kw={"maxlength": MAX_SUMMARY_CHARS, "rows": 8})
    agreements = TextAreaField(_l("뜻을 모은 것"), render_kw=LINES)
    open_questions = TextAreaField(_l("더 이야기할 것"), render_kw=LINES)
    quotes = FieldList(FormField(QuoteRow), _l("인용"), max_entries=MAX_QUOTES)

    def typed(self) -> MinutesInput:
        return MinutesInput(
            self.summary.data or "",
            self.agreements.data or "",
            self.open_questions.data or "",
            [(row.form.number.data, row.form.text.data or "") for row in self.quotes],
        )

    def add_blank_rows(self) -> None:
        """Add empty rows for more quotes, unless there are as many as there may be."""
        filled = sum(bool(row.form.number.data or row.form.text.data) for row in self.quotes)
        while len(self.quotes) < min(filled + BLANK_ROWS, MAX_QUOTES):
            self.quotes.append_entry()

    @staticmethod
    def prefilled(minutes: GatheringMinutes) -> dict[str, Any]:
        """Return the form's initial data. A quote whose writer withdrew it is none any more."""
        return {
            "seen": minutes.revision,
            "summary": minutes.summary,
            "agreements": minutes.agreements,
            "open_questions": minutes.open_questions,
            "quotes": [
                {"number": number, "text": quote.text}
                for quote, _idea, number in quotes_of(minutes)
                if quote.withdrawn_at is None
            ],
        }


class AskForm(ForumForm):
    seen = NumberField()


class AnswerForm(ForumForm):
    agrees = RadioField(
        _l("회의록이 맞나요?"),
        choices=[
            SelectChoice(AGREES, _l("맞아요")),
            SelectChoice(OBJECTS, _l("다른 점이 있어요")),
        ],
        validate_choice=False,
    )
    objection = TextAreaField(_l("다른 점"), render_kw={"maxlength": MAX_OBJECTION_CHARS, "rows": 4})

    def choice(self) -> bool | None:
        """Return whether the minutes are right; None if nothing that is offered was chosen."""
        return {AGREES: True, OBJECTS: False}.get(self.agrees.data or "")
