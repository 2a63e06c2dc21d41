from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from flask import render_template_string

from forum.publication.digests.composing import compose
from forum.publication.digests.document import Figure
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.plain import plain
from tests.forum.publication.digests.contents import (
    HOSTILE_TITLES,
    example_chart,
    example_content,
    example_document,
)
from tests.project.source import ROOT


def parsed(document) -> BeautifulSoup:
    return BeautifulSoup(render_html(document), "html.parser")


def composed(**more):
    return compose(example_content(**more), {key: example_chart(key) for key in ("support", "opinion")})


@pytest.fixture(scope="module")
def page() -> BeautifulSoup:
    return parsed(example_document())


def test_texts_of_people_stay_texts(page):
    said = page.main.get_text()
    assert all(title in said for title in HOSTILE_TITLES)
    assert not page.find_all(["script", "b"])


def test_a_text_that_turns_the_direction_of_writing_does_not_reach_the_next():
    turned = parsed(example_document()).main.find_all(string=re.compile("\u202e"))
    assert turned
    assert all(one.find_parent(["bdi", "h2", "h3", "th", "td", "p"]) for one in turned)
    assert all(one.find_parent("bdi") for one in turned if one.find_parent("li"))


@pytest.mark.parametrize("make_document", [example_document, composed], ids=["example", "composed"])
def test_headings_go_down_step_by_step_and_the_contents_lead_to_them(make_document):
    soup = parsed(make_document())
    levels = [int(one.name[1]) for one in soup.find_all(re.compile("^h[1-6]$")) if not one.find_parent("nav")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [one["id"] for one in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    targets = [link["href"][1:] for link in soup.nav.find_all("a")]
    assert targets
    assert set(targets) <= set(ids)


def test_the_contents_stand_behind_the_first_page():
    soup = parsed(composed())
    before = [one.name for one in soup.nav.find_all_previous("h2")]
    assert before == ["h2"]
    assert soup.nav.find_previous("h2")["id"] == "summary"


@pytest.mark.parametrize("make_document", [example_document, composed], ids=["example", "composed"])
def test_every_cell_of_a_table_has_its_headings(make_document):
    soup = parsed(make_document())
    for table in soup.find_all("table"):
        assert table.caption.get_text()
        assert {one["scope"] for one in table.thead.find_all("th")} == {"col"}
        for row in table.tbody.find_all("tr"):
            cells = row.find_all(["th", "td"])
            assert [one.get("scope") for one in cells] == ["row"] + [None] * (len(cells) - 1)
            assert len(cells) == len(table.thead.find_all("th"))


def test_a_picture_says_what_it_shows_and_its_numbers_are_folded_below(page):
    document = example_document()
    chart = next(block.chart for block in document.blocks if isinstance(block, Figure))
    figure = page.figure
    assert figure.img["alt"] == chart.finding
    assert figure.img["src"].startswith("data:image/svg+xml;base64,")
    assert chart.finding in figure.figcaption.get_text()
    assert "1,234" in figure.details.table.get_text()


def test_the_file_needs_no_other(page):
    addresses = [one["src"] for one in page.find_all(src=True)]
    assert all(address.startswith("data:") for address in addresses)
    assert not page.find_all(["link", "iframe", "object"])
    assert not re.search(r"url\(|@import", page.style.string)
    assert page.html["lang"] == "ko"


def test_a_sample_is_marked_on_the_screen_and_on_each_printed_page(page):
    assert page.find(class_="sample").get_text().startswith("연습용 예시예요.")
    assert page.find(class_="watermark").get_text() == "예시"
    assert "@top-center" in page.style.string
    real = parsed(example_document(is_sample=False))
    assert "예시" not in real.get_text()
    assert "@top-center" not in real.style.string


def test_links_lead_to_ideas(page):
    assert {(one.get_text(), one["href"]) for one in page.main.find_all("a", class_="citation")} == {
        ("#1", "https://forum.example/ideas/1")
    }


def test_the_same_document_gives_the_same_bytes_in_another_process():
    code = (
        "import hashlib; from tests.forum.publication.digests.renderers.test_as_html import composed, render_html; "
        "print(hashlib.sha256(render_html(composed())).hexdigest())"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == hashlib.sha256(render_html(composed())).hexdigest(), done.stderr


def test_a_page_of_the_site_draws_the_same_document(app):
    source = (
        '{% import "digests/document.html" as parts %}<h1>x</h1>{{ parts.document_facts(document) }}'
        "{{ parts.document_blocks(document, pictures) }}"
    )
    document = example_document()
    with app.test_request_context():
        drawn = render_template_string(source, document=plain(document), pictures={"support": "/pictures/support.svg"})
    soup = BeautifulSoup(drawn, "html.parser")
    assert all(title in soup.get_text() for title in HOSTILE_TITLES)
    assert not soup.find_all(["script", "b", "svg"])
    assert not soup.find_all(style=True)
    assert soup.figure.img["src"] == "/pictures/support.svg"
    assert [one["href"] for one in soup.nav.find_all("a")] == ["#summary", "#long"]
    file = parsed(document)
    assert [one.get_text() for one in soup.find_all("td")] == [one.get_text() for one in file.find_all("td")]
    assert [one.get_text() for one in soup.find_all("li") if not one.find_parent("nav")] == [
        one.get_text() for one in file.main.find_all("li") if not one.find_parent("nav")
    ]
