"""Base class and fields of all forms: input stays on the page, with each message at its field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import wtforms
from flask import abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, DateTimeLocalField, FileField, IntegerField
from wtforms.fields.choices import SelectChoice

from forum.core import clock
from forum.core.errors import ForumError, InvalidInput, TooManyAttempts, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.reference import regions
from forum.web.form_recovery import discard_recovered, recovered_fields

HTTP_OK = 200
HTTP_BAD_REQUEST = 400
HTTP_UNSUPPORTED = 415


NOT_GIVEN = object()
_ROW = re.compile(r"-(0|[1-9][0-9]{0,3})(?:-.*)?", re.DOTALL)


class NumberField(IntegerField):
    """Integer in the digits 0 to 9. Python's `int` also accepts １２ and ٣, which nobody types on purpose."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and valuelist[0] and not re.fullmatch(r"-?[0-9]{1,9}", valuelist[0].strip()):
            self.data = None
            raise ValueError("숫자 0~9로 쓴 정수가 아니에요.")
        super().process_formdata(valuelist)


class DayField(DateField):
    """Date as browsers send it, of a year that somebody may mean, with messages in Korean."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            _refuse_odd_digits(valuelist)
            super().process_formdata(valuelist)
        except ValueError as error:
            self.data = None
            raise ValueError(_("날짜를 2014-03-01처럼 써 주세요.")) from error
        if not _is_year_to_type(self.data):
            self.data = None
            years = {"first": clock.FIRST_YEAR, "last": clock.LAST_YEAR}
            raise ValueError(_("%(first)s년부터 %(last)s년 사이의 날짜를 써 주세요.", **years))


class MomentField(DateTimeLocalField):
    """Date and time as browsers send them, with a message in Korean. The service says which years it takes."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            _refuse_odd_digits(valuelist)
            super().process_formdata(valuelist)
        except ValueError as error:
            self.data = None
            raise ValueError(_("날짜와 시각을 2026-03-01 09:00처럼 써 주세요.")) from error


def _is_year_to_type(day: date | None) -> bool:
    return day is None or clock.FIRST_YEAR <= day.year <= clock.LAST_YEAR


def _refuse_odd_digits(valuelist: list[str]) -> None:
    """:raise ValueError: a character outside ASCII: Python takes ２０２６ and ٢٠٢٦ for numbers too"""
    if not all(value.isascii() for value in valuelist):
        raise ValueError


class FieldList(wtforms.FieldList):
    """Rows of a form, named `points-0-text`, `points-1-text` and so on.

    The library takes any digit for a row's number, such as ² and ١, and fails on 5,000 of them. Here other names than a
    page's own are refused, and so are more rows than there may be: nothing typed is dropped in silence.
    """

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(formdata, *args, **kwargs)
        sent = [name for name in formdata or () if name.startswith(f"{self.name}-")]
        self.refusals: list[str] = []
        if len(list(self._extract_indices(self.name, sent))) < len(sent):
            self.refusals.append(_("줄의 번호를 알아볼 수 없어요. 화면을 다시 열어 보내 주세요."))
        if self.max_entries and len(set(self._extract_indices(self.name, sent))) > self.max_entries:
            self.refusals.append(_("%(most)s줄까지 쓸 수 있어요.", most=self.max_entries))

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        valid = bool(super().validate(form, extra_validators))
        self.errors = [*self.errors, *self.refusals]  # type: ignore[has-type]
        return valid and not self.refusals

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        found = (_ROW.fullmatch(name.removeprefix(prefix)) for name in formdata if name.startswith(prefix))
        return (int(match[1]) for match in found if match)


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

        def wrap_formdata(self, form: ForumForm, formdata: Any) -> Any:
            """Return the data given to the form; without any, what the request submits to it."""
            if formdata is not NOT_GIVEN:
                return formdata
            return form.submitted() if form.is_submitted() else None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        recovered = None if args or "formdata" in kwargs else recovered_fields()
        if recovered is not None:
            kwargs["formdata"] = recovered
        elif not args:
            kwargs.setdefault("formdata", NOT_GIVEN)
        super().__init__(*args, **kwargs)
        self.is_recovered = recovered is not None
        self.status = HTTP_OK
        self.form_errors: list[str] = []
        self.headers: dict[str, str] = {}

    def file_fields(self) -> list[str]:
        return [field.name for field in self if isinstance(field, FileField)]

    def submitted(self) -> MultiDict[str, Any] | None:
        """Return the request's fields, with its files for file fields alone; None if it sends none of them.

        :raise UnsupportedMediaType: the body is JSON
        """
        if request.is_json:
            abort(HTTP_UNSUPPORTED)
        sent: MultiDict[str, Any] = MultiDict(request.form)
        for name in self.file_fields():
            if name in request.files:
                sent.setlist(name, request.files.getlist(name))
        return sent or None

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields. A text that was sent as a file is refused: as a file it never reached its field."""
        valid = bool(super().validate(extra_validators))
        if set(request.files) <= set(self.file_fields()):
            return valid
        self.form_errors = [*self.form_errors, _("글을 쓰는 칸에 파일이 왔어요. 글로 써서 보내 주세요.")]
        return False

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
        for name, message in {self._field_name(named): message for named, message in errors.items()}.items():
            if name in self._fields:
                field = self._fields[name]
                field.errors = [*field.errors, message]
            elif not self._add_to_row(name, message):
                self.form_errors.append(message)

    def _field_name(self, named: str) -> str:
        """Return the page's field for what the service names; they differ where it counts or names rows otherwise."""
        return named

    def _add_to_row(self, name: str, message: str) -> bool:
        """Show a message at a field in a row, such as `milestones-0-title`; return whether there is such a field."""
        rows = self._fields.get(name.partition("-")[0])
        for row in rows if isinstance(rows, FieldList) else ():
            for field in row:
                if field.name == name:
                    field.errors = [*field.errors, message]
                    rows.errors = [*rows.errors, {field.short_name: [message]}]
                    return True
        return False

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
