from __future__ import annotations

import io

import pytest
from flask import Flask
from flask_wtf.file import FileField
from werkzeug.exceptions import UnsupportedMediaType
from wtforms import Form, FormField, StringField

from forum.core.extensions import babel
from forum.web.forms import DayField, FieldList, ForumForm, MomentField

MANY = "9" * 5_000


class RowForm(Form):
    text = StringField()


class SomeForm(ForumForm):
    title = StringField()
    rows = FieldList(FormField(RowForm), max_entries=3)
    upload = FileField()
    day = DayField()
    moment = MomentField(format=["%Y-%m-%dT%H:%M"])


def submitted(fields: dict[str, object], **options: object) -> SomeForm:
    """The form as a request with these fields fills it in, after its check."""
    app = Flask(__name__)
    app.config |= {"SECRET_KEY": "k" * 32, "WTF_CSRF_ENABLED": False}
    babel.init_app(app, default_locale="ko")
    body = options or {"data": {"title": "제목", **fields}}
    with app.test_request_context("/", method="POST", **body):
        form = SomeForm()
        form.is_valid = form.validate()
        return form


def as_file(text: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(text.encode()), "a.txt"


def test_texts_come_from_text_fields_and_files_from_file_fields():
    form = submitted({"upload": as_file("붙임"), "rows-0-text": "줄"})
    assert form.is_valid
    assert (form.title.data, form.rows.data) == ("제목", [{"text": "줄"}])
    assert form.upload.data.filename == "a.txt"


@pytest.mark.parametrize("name", ["title", "rows-0-text", "day", "nobody's"])
def test_a_text_that_comes_as_a_file_is_refused(name):
    form = submitted({name: as_file("글")})
    assert not form.is_valid
    assert any("파일" in message for message in form.form_errors)


def test_a_file_that_comes_as_a_text_is_none():
    form = submitted({"upload": "글"})
    assert form.is_valid
    assert form.upload.data is None


def test_json_is_no_form():
    with pytest.raises(UnsupportedMediaType):
        submitted({}, json=["글"])


@pytest.mark.parametrize("index", ["²", "١", "１", "-1", "", "1e3", "01", "x", "0 ", MANY, "99999"])
def test_a_row_with_an_odd_number_is_refused_and_no_fault(index):
    form = submitted({"rows-0-text": "줄", f"rows-{index}-text": "줄"})
    assert not form.is_valid
    assert "줄의 번호를" in str(form.rows.errors)


def test_rows_may_have_gaps_and_keep_their_order():
    form = submitted({"rows-7-text": "둘", "rows-2-text": "하나"})
    assert form.is_valid
    assert form.rows.data == [{"text": "하나"}, {"text": "둘"}]


def test_more_rows_than_there_may_be_are_refused_and_not_dropped():
    form = submitted({f"rows-{n}-text": "줄" for n in range(4)})
    assert not form.is_valid
    assert "3줄까지" in str(form.rows.errors)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        *((day, "1900년부터 2100년") for day in ("9999-12-31", "2101-01-01", "1899-12-31", "0001-01-01")),
        *((day, "처럼") for day in ("내일", "２０２６-03-01", "2026-13-01", "2026-02-30", MANY, "2026-03-01\x00")),
    ],
)
def test_a_day_that_nobody_means_is_refused_in_words(typed, words):
    form = submitted({"day": typed})
    assert words in form.day.errors[0]
    assert form.day.data is None


@pytest.mark.parametrize("typed", ["내일", "２０２６-03-01T09:00", "2026-03-01", MANY])
def test_a_moment_that_is_none_is_refused_in_words(typed):
    assert "처럼" in submitted({"moment": typed}).moment.errors[0]
