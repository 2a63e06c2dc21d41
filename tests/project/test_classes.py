"""Every class in a page is in a style sheet, and every class of ours in a style sheet is in a page or a script.

KRDS's style sheet has only the classes of `forum/development/assets/krds_classes.txt`. A class that is missing there
makes a page wrong without any error; this test names it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forum.web.static_files import STYLE_SHEETS, read_edition, site_css
from forum.web.style_sheet import shrink
from tests.project.test_rights import Walk, checks_of

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "forum" / "static"
MIN_CLASSES = 80

WITHOUT_STYLE: dict[str, str] = {}
"""Classes of pages that no style sheet holds, and why they are there."""

WITHOUT_PAGE = {
    "htmx-request": "htmx sets it while a request runs",
    "htmx-indicator": "htmx shows it while a request runs",
}
"""Classes of our style sheets that no template and no script names, and why they are there."""


def classes_in_css(css: str) -> set[str]:
    selectors = re.sub(r'"[^"]*"|\([^()]*["/][^()]*\)', "", " ".join(re.findall(r"([^{};]+)\{", shrink(css))))
    return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", selectors))


def classes_in_page(html: str) -> set[str]:
    return {name for names in re.findall(r'<[^>]*?\sclass="([^"]*)"', html) for name in names.split()}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.mark.parametrize("actor", ["visitor", "citizen", "analyst", "officer", "admin"])
def test_every_class_in_a_page_is_in_a_style_sheet(app, bases, actor):
    known = classes_in_css(site_css(read_edition(STATIC))) | WITHOUT_STYLE.keys()
    walk = Walk(app, bases("sqlite")[1], actor)
    first_seen: dict[str, str] = {}
    done = set()
    for check in checks_of(actor):
        page = check.route.endpoint, check.right.thing
        if check.route.method == "GET" and check.wanted.startswith("ok") and page not in done:
            done.add(page)
            with walk.ask(check) as response:
                if response.mimetype == "text/html" and "Content-Disposition" not in response.headers:
                    for name in classes_in_page(response.text):
                        first_seen.setdefault(name, str(check))
    walk.put_back([])
    assert len(first_seen) > MIN_CLASSES
    unknown = {name: where for name, where in first_seen.items() if name not in known}
    assert not unknown, "add them to forum/static/css or to krds_classes.txt (then `make setup`): " + repr(unknown)


def test_every_class_of_our_style_sheets_is_in_a_template_or_a_script():
    ours = "".join((STATIC / name).read_text(encoding="utf-8") for name in STYLE_SHEETS if name.startswith("css/"))
    files = [
        *(ROOT / "forum").rglob("templates/**/*.html"),
        *(STATIC / "js").glob("*.js"),
        *(ROOT / "forum").rglob("*.py"),
    ]
    words = set(re.findall(r"[\w-]+", " ".join(path.read_text(encoding="utf-8") for path in files)))
    assert classes_in_css(ours) - words - WITHOUT_PAGE.keys() == set()
