"""Messages: filled in, with particles that fit, and ready for a second language."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import render_template_string
from flask_babel import force_locale, get_babel, get_domain

from forum import create_app
from forum.core.access import Role
from forum.core.database import LabelledEnum
from forum.core.i18n import _, _l, ngettext
from tests.conftest import test_config

COUNT = "%(num)s개의 제안"
ENGLISH = {
    "시민": "citizen",
    "‘%(title)s’{을} 고쳤습니다.": "“%(title)s” was changed.",
    (COUNT, COUNT): ("%(num)s idea", "%(num)s ideas"),
}


@pytest.fixture
def with_english(tmp_path: Path):
    """A forum with an English catalogue, and its context pushed."""
    catalogue = Catalog(locale="en")
    for message, text in ENGLISH.items():
        catalogue.add(message, text)
    folder = tmp_path / "translations" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    extra = {"WTF_CSRF_ENABLED": False, "BABEL_TRANSLATION_DIRECTORIES": str(tmp_path / "translations")}
    app = create_app(test_config("sqlite://", tmp_path, EXTRA=extra))
    with app.app_context():
        assert get_babel().translation_directories == [str(tmp_path / "translations")]
        get_domain().cache.clear()  # all applications of a process share it, by language alone
        yield app
        get_domain().cache.clear()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("제안", "제안을 고쳤습니다."),
        ("메모", "메모를 고쳤습니다."),
        ("‘제안’", "‘제안’을 고쳤습니다."),
        ("메모(제안)", "메모(제안)을 고쳤습니다."),
        ("2050", "2050을 고쳤습니다."),
        ("{을}", "{을}을 고쳤습니다."),
    ],
)
def test_a_particle_follows_the_word_that_was_filled_in(word, expected):
    assert _("%(word)s{을} 고쳤습니다.", word=word) == expected


def test_every_marker_looks_at_the_text_before_it():
    said = _("‘%(first)s’{와} ‘%(second)s’{이} %(place)s{로} 갔습니다.", first="물", second="차", place="서울")
    assert said == "‘물’과 ‘차’가 서울로 갔습니다."


def test_what_somebody_typed_is_no_placeholder_and_no_marker():
    assert _("‘%(title)s’{을} 보았습니다.", title="100%(n)s {을}") == "‘100%(n)s {을}’을 보았습니다."


def test_a_message_without_values_may_hold_a_percent_sign():
    assert _("100% 재생에너지") == "100% 재생에너지"


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError):
        _("%(title)s{을} 고쳤습니다.", name="제안")


@pytest.mark.parametrize("n", [0, 1, 2])
def test_korean_has_one_form_for_any_number(n):
    assert ngettext(COUNT, COUNT, n) == f"{n}개의 제안"


def test_a_template_escapes_what_it_fills_in(with_english):
    page = render_template_string("{{ _('‘%(title)s’{을} <b>고쳤습니다.</b>', title=title) }}", title="<b>제안")
    assert page == "‘&lt;b&gt;제안’을 <b>고쳤습니다.</b>"


def test_a_catalogue_translates_drops_markers_and_has_plurals(with_english):
    with force_locale("en"):
        assert _("‘%(title)s’{을} 고쳤습니다.", title="Trees") == "“Trees” was changed."
        assert [ngettext(COUNT, COUNT, n) for n in (1, 2)] == ["1 idea", "2 ideas"]
        assert render_template_string("{{ ngettext(text, text, 2) }}", text=COUNT) == "2 ideas"
        assert Role.CITIZEN.label == "citizen"
        assert _("아직 옮기지 않은 말") == "아직 옮기지 않은 말"
    assert Role.CITIZEN.label == "시민"


def test_two_codes_with_one_label_stay_two_members():
    class Mark(LabelledEnum):
        FIRST = "FIRST"
        SECOND = "SECOND"

        __labels__ = {FIRST: _l("같은 말"), SECOND: _l("같은 말")}

    assert len(Mark) == 2
    assert Mark("SECOND") is Mark.SECOND
    assert {mark.label for mark in Mark} == {"같은 말"}


def test_a_code_without_a_label_is_refused_when_the_class_is_made():
    with pytest.raises(TypeError, match="SECOND"):

        class Mark(LabelledEnum):
            FIRST = "FIRST"
            SECOND = "SECOND"

            __labels__ = {FIRST: _l("말")}
