"""Classes in pages and in style sheets.

KRDS's style sheet has only the classes of `forum/development/assets/krds_classes.txt`. One that is missing there makes
a page wrong without any error, so the walk of test_rights.py, which sees every page as every role, looks at each class.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from forum.web.static_files import STYLE_SHEETS, read_edition, site_css
from forum.web.style_sheet import shrink

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "forum" / "static"

WITHOUT_STYLE = frozenset(
    "answer answer-form desk-entries done-letters filtered hero-words idea-answers keys members "
    "menu-account mine-words own-vote progress why-not".split()
)
"""Classes of pages that no style sheet holds: they only name a part of the page, which looks like what is around it."""

_STRINGS = re.compile(r'"[^"]*"|\'[^\']*\'')
_ATTRIBUTE = re.compile(r'<[a-z][^<>]*?\sclass="([^"]*)"', re.IGNORECASE)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_GLUED = re.compile(r"-\{\{|\}\}-")


def classes_in_css(css: str) -> set[str]:
    selectors = _STRINGS.sub("", " ".join(re.findall(r"([^{};]+)\{", shrink(css))))
    return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", selectors))


def classes_in_page(html: str) -> set[str]:
    return {name for names in _ATTRIBUTE.findall(html) for name in names.split()}


@cache
def known_classes() -> frozenset[str]:
    return frozenset(classes_in_css(site_css(read_edition(STATIC))) | WITHOUT_STYLE)


def unknown_classes(html: str) -> set[str]:
    """Classes of a page that no style sheet holds."""
    return classes_in_page(html) - known_classes()


def classes_of_ours() -> set[str]:
    sheets = [(STATIC / name).read_text(encoding="utf-8") for name in STYLE_SHEETS if name.startswith("css/")]
    return classes_in_css("".join(sheets))


def words_elsewhere() -> set[str]:
    """Every word of templates, scripts and code: a class that is not among them is set by nobody."""
    others = [*(STATIC / "js").glob("*.js"), *(ROOT / "forum").rglob("*.py")]
    texts = [*templates().values(), *(path.read_text(encoding="utf-8") for path in others)]
    return set(re.findall(r"[\w-]+", " ".join(texts)))


def templates() -> dict[str, str]:
    """Each template of a page, its path below forum/. A file to download brings its own styles."""
    paths = [path for path in (ROOT / "forum").rglob("templates/**/*.html") if path.name != "report.html"]
    return {str(path.relative_to(ROOT / "forum")): path.read_text(encoding="utf-8") for path in paths}


def written_classes(template: str) -> set[str]:
    """Classes that stand in a template as they are; what Jinja puts together is seen by the walk alone."""
    values = re.findall(r'\sclass="((?:\{\{.*?\}\}|\{%.*?%\}|[^"{])*)"', template)
    return {name for value in values for name in _JINJA.sub(" ", value).split()}


def glued_classes(template: str) -> list[str]:
    """Classes of which a template has only a part: nobody who looks for the whole name finds them."""
    values = re.findall(r'\sclass="((?:\{\{.*?\}\}|\{%.*?%\}|[^"{])*)"', template)
    return [value for value in values if _GLUED.search(value)]
