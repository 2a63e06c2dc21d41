"""Our style sheets and KRDS as one: nothing is lost that has an effect, and no custom property is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forum.web import static_files
from forum.web.static_files import STYLE_SHEETS, read_edition, site_css
from forum.web.style_sheet import join, shrink, without_unused

STATIC = Path(static_files.__file__).parents[1] / "static"


@pytest.mark.parametrize(
    ("css", "short"),
    [
        ("/* a { } */ a { color : red ; }\n\n b > c { top: 0 }", "a{color : red;}b > c{top: 0}"),
        ("a { /* first */ --x: 1; /* then */\n --y: 2 }", "a{--x: 1;--y: 2}"),
        ("a /* x */ .b, c/* y */.d {}", "a .b,c.d{}"),
        ("a::before { content: '/* { ; } */  \\' x' }", "a::before{content: '/* { ; } */  \\' x'}"),
        ("@media (min-width: 1px) and (max-width: 2px) { a { margin: 1px  -2px } }",
         "@media (min-width: 1px) and (max-width: 2px){a{margin: 1px -2px}}"),
        ("a { width: calc(1px + 2px) } /** last **/", "a{width: calc(1px + 2px)}"),
    ],
)  # fmt: skip
def test_only_comments_and_idle_space_are_left_out(css, short):
    assert shrink(css) == short


def test_krds_properties_that_nothing_uses_are_left_out_and_ours_stay():
    css = (
        ":root{--krds-a:1px;--krds-b:var(--krds-a);--krds-c:var(--krds-b);--ours:2px}.x{--krds-d:0}a{top:var(--krds-b)}"
    )
    assert without_unused(css) == ":root{--krds-a:1px;--krds-b:var(--krds-a);--ours:2px}a{top:var(--krds-b)}"


def test_sheets_are_joined_in_order_and_their_addresses_set_right():
    sheets = {
        "vendor/krds/css/krds.css": '@charset "utf-8"; a { background: url("../img/a.svg") }',
        "vendor/fonts/fonts.css": "@font-face { src: url(b.woff2) format('woff2') }",
        "css/base.css": "b { background: url(data:image/png;x); mask: url('#c') } c { background: url(../img/d.svg) }",
    }
    joined = join(sheets, list(sheets), "css/site.css", lambda name: name.replace("vendor/fonts", "../fonts-1"))
    assert joined == (
        'a{background: url("../vendor/krds/img/a.svg")}'
        "@font-face{src: url(\"../../fonts-1/b.woff2\") format('woff2')}"
        "b{background: url(data:image/png;x);mask: url('#c')}"
        'c{background: url("../img/d.svg")}'
    )


def test_a_sheet_that_imports_another_is_refused():
    with pytest.raises(ValueError, match=r"css/base\.css: @import"):
        join({"css/base.css": '@import "other.css";'}, ["css/base.css"], "css/site.css", str)


def test_every_sheet_of_ours_is_in_the_one_that_pages_ask_for():
    ours = {path.relative_to(STATIC).as_posix() for path in (STATIC / "css").glob("*.css")}
    assert ours == {name for name in STYLE_SHEETS if name.startswith("css/")}
    assert not [name for name in STYLE_SHEETS if not (STATIC / name).is_file()]


def test_every_custom_property_that_is_used_is_defined():
    css = site_css(read_edition(STATIC))
    defined = set(re.findall(r"(?<=[{;])(--[\w-]+)\s*:", css))
    used_without_another_choice = set(re.findall(r"var\(\s*(--[\w-]+)\s*\)", css))
    assert len(defined) > 50
    assert not used_without_another_choice - defined


def test_our_sheets_load_nothing_from_elsewhere_and_only_two_weights():
    css = site_css(read_edition(STATIC))
    assert not re.findall(r"url\(\"?(?:[a-z]+:)?//", css)
    faces = re.findall(r"@font-face\s*\{[^}]*\}", css)
    assert {weight for face in faces for weight in re.findall(r"font-weight: ?(\d+)", face)} == {"400", "700"}
    assert all("font-display: swap" in face for face in faces)
