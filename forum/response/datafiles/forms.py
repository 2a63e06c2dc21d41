from __future__ import annotations

from wtforms import FileField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from forum.core.i18n import _, _l
from forum.response.datafiles.aggregate import GROUPING, NUMERIC
from forum.response.datafiles.models import MAX_REASON_CHARS, DataFile
from forum.web.forms import ForumForm, hidden_number


class UploadForm(ForumForm):
    """A small file, sent at once; large ones go in parts, or by `flask datasets add`."""

    upload = FileField(_l("CSV 파일"))


class SeenForm(ForumForm):
    """An act on something that others change: it carries the revision that its page showed."""

    seen = HiddenField()

    def seen_revision(self) -> int:
        return hidden_number(self.seen.data)


class WithdrawForm(SeenForm):
    reason = StringField(_l("거두는 까닭"), render_kw={"maxlength": MAX_REASON_CHARS})


class AggregateForm(ForumForm):
    by = SelectField(_l("나눌 열"), validate_choice=False)
    total = SelectField(_l("더할 열"), validate_choice=False)

    def offer(self, file: DataFile) -> None:
        """Offer the columns of the file's dictionary."""
        columns = file.version.columns
        groups = [one.name for one in columns if one.type in GROUPING and not one.is_sensitive]
        self.by.choices = [SelectChoice("", _("골라 주세요")), *(SelectChoice(name, name) for name in groups)]
        numbers = [one.name for one in columns if one.type in NUMERIC]
        self.total.choices = [SelectChoice("", _("줄의 수를 세기")), *(SelectChoice(name, name) for name in numbers)]
