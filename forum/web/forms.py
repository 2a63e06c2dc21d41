"""Base class and fields of all forms: input stays on the page, with each message at its field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField
from wtforms.fields.choices import SelectChoice

from forum.core.errors import ForumError, InvalidInput, TooManyAttempts, WrongState
from forum.core.extensions import db
from forum.core.reference import regions
from forum.web.form_recovery import discard_recovered, recovered_fields

HTTP_OK = 200
HTTP_BAD_REQUEST = 400


class NumberField(IntegerField):
    """Integer in the digits 0 to 9. Python's `int` also accepts １２ and ٣, which nobody types on purpose."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and valuelist[0] and not re.fullmatch(r"-?[0-9]{1,9}", valuelist[0].strip()):
            self.data = None
            raise ValueError("숫자 0~9로 쓴 정수가 아닙니다.")
        super().process_formdata(valuelist)


class DayField(DateField):
    """Date as browsers send it, with a Korean error message."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("날짜를 2014-03-01처럼 써 주세요.") from error


class ForumForm(FlaskForm):
    """Base form that shows service errors next to the fields they concern.

    ```
    form = IdeaForm()
    with form.collect_errors():
        if form.validate_on_submit():
            idea = submit_idea(campaign, current_user, **form.values())
            db.session.commit()
            return redirect(...)
    return form.page("ideas/new.html", campaign=campaign)
    ```
    """

    class Meta(FlaskForm.Meta):
        locales = ["ko"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        recovered = None if args or "formdata" in kwargs else recovered_fields()
        if recovered is not None:
            kwargs["formdata"] = recovered
        super().__init__(*args, **kwargs)
        self.is_recovered = recovered is not None
        self.status = HTTP_OK
        self.form_errors: list[str] = []
        self.headers: dict[str, str] = {}

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate_on_submit(extra_validators))
        if self.is_submitted() and not valid:
            self.status = HTTP_BAD_REQUEST
        if valid:
            discard_recovered(request.path)
        return valid

    def values(self) -> dict[str, Any]:
        """Return the values by field name, without the CSRF token and the buttons."""
        left_out = {"CSRFTokenField", "SubmitField"}
        return {field.name: field.data for field in self if type(field).__name__ not in left_out}

    @contextmanager
    def collect_errors(self) -> Iterator[None]:
        """Turn InvalidInput, WrongState and TooManyAttempts in the block into messages on this form, and roll back."""
        try:
            yield
        except (InvalidInput, WrongState, TooManyAttempts) as error:
            db.session.rollback()
            self.add_errors(error)

    def add_errors(self, error: ForumError) -> None:
        """Show an error at its fields, or above the form, and answer with its status."""
        self.status = error.status
        if isinstance(error, TooManyAttempts):
            self.headers["Retry-After"] = str(error.wait)
        errors = error.errors if isinstance(error, InvalidInput) else {"": error.message}
        for name, message in errors.items():
            if name in self._fields:
                field = self._fields[name]
                field.errors = [*field.errors, message]
            else:
                self.form_errors.append(message)

    def page(self, template: str, **context: Any) -> ResponseReturnValue:
        """Render the page with this form, with the status of its errors."""
        return make_response(render_template(template, form=self, **context), self.status, self.headers)


def query_text(name: str, max_chars: int = 200) -> str:
    """Return a text from the query string, cut at `max_chars`: a search box needs no error page."""
    return request.args.get(name, "")[:max_chars]


def query_number(name: str, default: int | None = None) -> int | None:
    """Return a number from the query string, in the digits 0 to 9 and within INTEGER; else `default`."""
    text = request.args.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else default


def region_choices(blank: str = "고르지 않음") -> list[SelectChoice]:
    """Return the choices of a field for a region; `blank` is the label of choosing none."""
    return [SelectChoice("", blank), *(SelectChoice(region.code, region.name) for region in regions().values())]


def hidden_number(text: str | None) -> int:
    """Return the number in a hidden field, such as the revision that a page showed; -1, which matches none, if it is no
    plain number of up to nine digits.
    """
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
