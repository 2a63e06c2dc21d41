from __future__ import annotations

from collections.abc import Sequence

from wtforms import Form, FormField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.i18n import _l
from forum.deliberation.rooms.results import TableIdea
from forum.deliberation.sheets.counting import Marks, ReopenReason
from forum.deliberation.sheets.models import SheetCount
from forum.web.forms import FieldList, ForumForm, NumberField, hidden_number

MAX_ROWS = 2_000
DIGITS = {"inputmode": "numeric", "autocomplete": "off", "min": 0}


class SlipForm(ForumForm):
    slip_number = NumberField(_l("쪽지 번호"), render_kw=DIGITS, validators=[Optional()])
    title = StringField(_l("제목"), render_kw={"maxlength": 100, "autocomplete": "off"})
    body = TextAreaField(_l("내용"), render_kw={"maxlength": 5000, "rows": 4})


class CorrectForm(ForumForm):
    title = StringField(_l("제목"), render_kw={"maxlength": 100, "autocomplete": "off"})
    body = TextAreaField(_l("내용"), render_kw={"maxlength": 5000, "rows": 4})
    seen_revision = HiddenField()


class MarksForm(Form):
    """The marks for one idea. What is left blank is 0."""

    idea_id = HiddenField()
    agree = NumberField(_l("찬성"), render_kw=DIGITS, validators=[Optional()])
    passed = NumberField(_l("넘김"), render_kw=DIGITS, validators=[Optional()])
    disagree = NumberField(_l("반대"), render_kw=DIGITS, validators=[Optional()])


class CountForm(ForumForm):
    n_sheets = NumberField(_l("투표지는 모두 몇 장인가요"), render_kw=DIGITS, validators=[Optional()])
    seen_revision = HiddenField()
    rows = FieldList(FormField(MarksForm), _l("제안마다"), max_entries=MAX_ROWS)

    @classmethod
    def of(cls, table: Sequence[TableIdea], own: SheetCount | None, is_blank: bool = False) -> CountForm:
        """Return the form with a row for each idea on the table, filled with one's own count.

        :param is_blank: show no numbers of it: who holds the device may not be who typed them
        """
        numbers = {row.idea_id: row for row in own.rows} if own and not is_blank else {}
        rows = [
            {"idea_id": str(idea.idea_id)}
            | ({"agree": row.agree, "passed": row.pass_, "disagree": row.disagree} if row else {})
            for idea in table
            for row in [numbers.get(idea.idea_id)]
        ]
        n_sheets, revision = (own.n_sheets, own.revision) if own else (None, 0)
        n_sheets = None if is_blank else n_sheets
        return cls(data={"n_sheets": n_sheets, "seen_revision": str(revision), "rows": rows})

    def marks(self) -> dict[int, Marks]:
        """Return the typed marks by idea id."""
        return {
            hidden_number(row.form.idea_id.data): Marks(
                row.form.agree.data or 0, row.form.disagree.data or 0, row.form.passed.data or 0
            )
            for row in self.rows
        }

    def follow(self, table: Sequence[TableIdea]) -> None:
        """Show what was typed in the rows of the table as it is now, after the service found another one."""
        typed = {hidden_number(row.form.idea_id.data): row.form.data for row in self.rows}
        if set(typed) == {idea.idea_id for idea in table} and len(typed) == len(table):
            return
        while self.rows.entries:
            self.rows.pop_entry()
        for idea in table:
            numbers = typed.get(idea.idea_id, {})
            self.rows.append_entry(numbers | {"idea_id": str(idea.idea_id)})

    def _field_name(self, name: str) -> str:
        """The service names rows by their idea."""
        part, _dash, rest = name.partition("-")
        key, _dash, field = rest.partition("-")
        rows = (row for row in self.rows if str(row.form.idea_id.data) == key)
        return next((str(row[field].name) for row in rows), name) if part == "rows" and field else name


class ReopenForm(ForumForm):
    reason = RadioField(
        _l("다시 세는 까닭"), choices=[SelectChoice(one.name, one.label) for one in ReopenReason], validate_choice=False
    )
    seen = HiddenField()
