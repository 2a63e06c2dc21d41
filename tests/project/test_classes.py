"""What templates say about classes; the classes of whole pages are checked by the walk of test_rights.py."""

from __future__ import annotations

from tests.project.classes import (
    WITHOUT_STYLE,
    classes_in_css,
    classes_in_page,
    classes_of_ours,
    glued_classes,
    known_classes,
    templates,
    unknown_classes,
    words_elsewhere,
    written_classes,
)

HOW = "add it to forum/static/css, or to forum/development/assets/krds_classes.txt and run `make setup`"


def test_classes_are_found_in_css_and_in_pages():
    css = '.a > b.c-d:not(.e), [x=".f"] { background: url(g.svg) 0.5rem } @media print { .h::before { content: ".i" } }'
    assert classes_in_css(css) == {"a", "c-d", "e", "h"}
    page = '<p class="a  b"><svg viewBox="0 0 1 1" class="c"></svg> &lt;i class="d"</p><b title="class=e">'
    assert classes_in_page(page) == {"a", "b", "c"}


def test_a_class_that_no_style_sheet_holds_is_noticed():
    assert unknown_classes('<a class="krds-btn primary no-such-class">') == {"no-such-class"}


def test_a_class_of_which_a_template_has_only_a_part_is_noticed():
    template = """<p class="a {{ 'b' if x == "y" else z }}{% if c %} d{% endif %}"><i class="e-{{ f }}">"""
    assert written_classes(template) == {"a", "d", "e-"}
    assert glued_classes(template) == ["e-{{ f }}"]


def test_every_class_in_a_template_is_in_a_style_sheet():
    unknown = {(path, name) for path, text in templates().items() for name in written_classes(text) - known_classes()}
    assert not sorted(unknown), HOW
    assert not [(path, glued) for path, text in templates().items() for glued in glued_classes(text)]


def test_every_class_of_our_style_sheets_is_in_a_template_or_in_code():
    assert not classes_of_ours() - words_elsewhere()


def test_the_exceptions_are_needed():
    written = {name for text in templates().values() for name in written_classes(text)}
    assert written >= WITHOUT_STYLE
    assert not WITHOUT_STYLE & classes_of_ours()
