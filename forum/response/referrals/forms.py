from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from forum.core.errors import InvalidInput
from forum.people.ministries.models import Ministry
from forum.people.ministries.queries import all_ministries
from forum.web.forms import DayField, ForumForm, hidden_number
from forum.web.uploads import TYPE_NAMES, Upload, read_upload

LONG = {"maxlength": 5000, "rows": 6}
FILE_HELP = f"5MB까지, {TYPE_NAMES}"


class FileForm(ForumForm):
    """A form with an optional file."""

    upload = FileField("첨부 파일")

    def file(self) -> Upload | None:
        """Return the uploaded file, if any.

        :raise InvalidInput: too large, or of a type that is not accepted
        """
        return read_upload(self.upload.data, "upload")


class MinistryForm(ForumForm):
    """A form with a choice of ministries."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ministries = {ministry.code: ministry for ministry in all_ministries()}
        self.names = [SelectChoice(code, ministry.name) for code, ministry in self.ministries.items()]

    def chosen(self, code: str | None, field: str, message: str) -> Ministry:
        """Return the ministry with this code.

        :raise InvalidInput: no ministry chosen, or one that is not on the list
        """
        if code not in self.ministries:
            raise InvalidInput({field: message})
        return self.ministries[str(code)]


class ForwardForm(FileForm, MinistryForm):
    """An analyst's letter to a ministry."""

    lead = SelectField("주관 부처", validate_choice=False)
    co = SelectMultipleField("함께 볼 부처", validate_choice=False)
    letter = TextAreaField("전달 글", render_kw=LONG)
    due_on = DayField("답변 기한", validators=[Optional()])
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead.choices, self.co.choices = [SelectChoice("", "골라 주세요"), *self.names], self.names

    def seen_version(self) -> int:
        """Return the version of the theme that the page showed; a missing or malformed one matches none."""
        return hidden_number(self.version.data)

    def lead_ministry(self) -> Ministry:
        """Return the ministry that is to answer.

        :raise InvalidInput: no ministry chosen, or one that is not on the list
        """
        return self.chosen(self.lead.data, "lead", "전달할 부처를 골라 주세요.")

    def co_ministries(self) -> list[Ministry]:
        """Return the co-operating ministries.

        :raise InvalidInput: a ministry that is not on the list
        """
        return [self.chosen(code, "co", "목록에 있는 부처를 골라 주세요.") for code in self.co.data or ()]


class AskCorrectionForm(ForumForm):
    reason = TextAreaField("보완이 필요한 까닭", render_kw=LONG)
    until_on = DayField("언제까지", validators=[Optional()])


class CorrectionForm(FileForm):
    text = TextAreaField("보완한 내용", render_kw=LONG)


class TransferForm(MinistryForm):
    ministry = SelectField("이송할 부처", validate_choice=False)
    reason = TextAreaField("이송하는 까닭", render_kw=LONG)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ministry.choices = [SelectChoice("", "골라 주세요"), *self.names]

    def target(self) -> Ministry:
        """Return the ministry to transfer to.

        :raise InvalidInput: no ministry chosen, or one that is not on the list
        """
        return self.chosen(self.ministry.data, "ministry", "이송할 부처를 골라 주세요.")


class OpinionForm(ForumForm):
    text = TextAreaField("협조 의견", render_kw=LONG)
