from __future__ import annotations

from flask_wtf.file import FileField
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from forum.web.forms import ForumForm, NumberField, hidden_number
from forum.web.uploads import Upload, read_upload


class ProgressForm(ForumForm):
    percent_done = NumberField("진행률(%)", validators=[Optional()], render_kw={"min": 0, "max": 100})
    note = TextAreaField("한 일", render_kw={"maxlength": 1000, "rows": 3})
    evidence_url = StringField("증빙 주소", render_kw={"maxlength": 500, "inputmode": "url"})
    upload = FileField("증빙 파일")
    seen_percent = HiddenField()

    def percent(self) -> int:
        """Return the typed percentage; -1, which the service refuses, if there is none."""
        return -1 if self.percent_done.data is None else int(self.percent_done.data)

    def seen(self) -> int:
        """Return the progress that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.seen_percent.data)

    def file(self) -> Upload | None:
        """Return the uploaded file, if any.

        :raise InvalidInput: too large, or of a type that is not accepted
        """
        return read_upload(self.upload.data, "upload")
