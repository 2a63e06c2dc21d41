"""The PDF of a digest: tagged, whole, the same each time, and readable by another program (PDFium)."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date

import pandas as pd
import pikepdf
import pypdfium2
import pytest

from forum.core.pdf import printable
from forum.publication.digests import document as doc
from forum.publication.digests.checks.pdf import pdf_pages, pdf_problems
from forum.publication.digests.checks.reading import pdf_addresses, pdf_texts
from forum.publication.digests.renderers.as_pdf import LINE_EM, _widths, render_pdf
from tests.forum.publication.digests.contents import HOSTILE_TITLES, URL, example_document, example_table
from tests.project.source import ROOT

RIGHT_MARGIN = 595.3 - 56.7 + 0.5  # 20 mm, in points


@pytest.fixture(scope="module")
def example():
    return render_pdf(example_document())


def squeezed(text):
    return "".join(text.split())


def document_of(*blocks, is_sample=False):
    return replace(example_document(is_sample=is_sample), blocks=blocks)


def test_it_keeps_the_rules_of_pdf_ua_with_hostile_texts_in_every_place(example):
    assert list(pdf_problems(example)) == []


def test_another_process_gives_the_same_bytes(example):
    code = (
        "import hashlib; from forum.publication.digests.renderers.as_pdf import render_pdf;"
        "from tests.forum.publication.digests.contents import example_document;"
        "print(hashlib.sha256(render_pdf(example_document())).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == hashlib.sha256(example).hexdigest(), done.stderr


def test_another_program_reads_each_text_back_as_it_was_written(example):
    read = squeezed("".join(pdf_texts(example)))
    for title in HOSTILE_TITLES:
        assert squeezed(printable(title)) in read
    assert squeezed("‘전기 버스’가 찬성 62%로 가장 많고") in read
    assert "1,234" in read
    assert "2026.11.16." in read


def test_title_language_and_date_are_in_its_properties(example):
    with pikepdf.open(io.BytesIO(example)) as pdf:
        assert str(pdf.docinfo.Title) == "2050 탄소중립 국민포럼 정책 보고서"
        assert str(pdf.docinfo.CreationDate).startswith("D:20261120093000")
        assert str(pdf.Root.Lang).startswith("ko")


def test_a_picture_is_told_by_its_finding_and_followed_by_its_numbers(example):
    with pikepdf.open(io.BytesIO(example)) as pdf:
        told = [str(one.Alt) for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/Alt" in one]
    assert "‘전기 버스’가 찬성 62%로 가장 많고, ‘자전거’가 41%로 그다음이에요." in told
    read = "".join(pdf_texts(example))
    assert read.count("1,236") == 2  # the table in the text, and that of the picture


def test_each_heading_is_a_bookmark_and_stands_in_the_table_of_contents(example):
    with pypdfium2.PdfDocument(example) as pdf:
        marks = [(mark.level, mark.get_title()) for mark in pdf.get_toc()]
    assert marks == [
        (0, "한눈에 보기"),
        (1, HOSTILE_TITLES[1]),
        (0, "가" * 100),
        (1, "둘째"),
        (2, "셋째"),
    ]
    first = pdf_texts(example)[0]
    assert "차례" in first
    assert "둘째" in first
    assert not re.search(r"셋째 ?\.", first)


def test_a_document_of_few_pages_has_no_table_of_contents():
    blocks = tuple(block for block in example_document().blocks if not isinstance(block, doc.PageBreak))
    assert "차례" not in pdf_texts(render_pdf(document_of(*blocks)))[0]


def test_links_lead_to_ideas_and_pages(example):
    found = pdf_addresses(example)
    assert {f"{URL}/ideas/1", f"{URL}/c/netzero", f"{URL}/themes/0"} <= found
    unlinked = document_of(doc.Paragraph((doc.Text("지금은 "), doc.IdeaLink(7, ""), doc.Link("없는 곳", ""))))
    assert pdf_addresses(render_pdf(unlinked)) == set()


def test_only_a_sample_says_so_and_on_each_page(example):
    assert all(text.count("연습용 예시") >= 2 for text in pdf_texts(example))
    assert not any("예시" in text for text in pdf_texts(render_pdf(example_document(is_sample=False))))


def test_each_page_tells_its_number_and_the_date(example):
    texts = pdf_texts(example)
    for number, text in enumerate(texts, start=1):
        assert f"{number} / {len(texts)}" in text
        assert "2026년 11월 20일" in text


@pytest.mark.parametrize("word", ["a" * 300, "가" * 300, f"{URL}/" + "x-y_z" * 60, "𝒂" * 100, "\u0301" * 40])
def test_a_long_word_stays_on_the_page_wherever_it_stands(word):
    frame = pd.DataFrame({"name": [word], "ideas": [1], "share": [0.5], "due_on": [date(2026, 1, 1)], "url": [word]})
    link = doc.IdeaLink(1, f"{URL}/ideas/1")
    document = document_of(
        doc.Heading(1, word),
        doc.Paragraph((doc.Text(word, is_strong=True), doc.Link(word, f"{URL}/x"))),
        doc.Bullets(((doc.Text(word),),)),
        doc.Notice((doc.Text(word),)),
        doc.Quote(word, word, link),
        doc.Grid(replace(example_table(), frame=frame, title=word, note=word)),
        doc.PageBreak(),
    )
    document = replace(document, title=word, subtitle=word, facts=(("분석 회차", word),))
    with pypdfium2.PdfDocument(render_pdf(document)) as pdf:
        for number in range(len(pdf)):
            text = pdf[number].get_textpage()
            assert max(text.get_charbox(place)[2] for place in range(text.count_chars())) <= RIGHT_MARGIN


def test_a_table_over_pages_repeats_its_header_on_each():
    data = render_pdf(document_of(doc.Grid(example_table(rows=70))))
    texts = pdf_texts(data)
    assert len(texts) > 1
    assert all("답변 기한" in text for text in texts)
    assert list(pdf_problems(data)) == []


def test_a_table_without_rows_says_so():
    table = replace(example_table(), frame=example_table().frame.iloc[:0])
    data = render_pdf(document_of(doc.Grid(table)))
    assert "해당하는 것이 없어요." in pdf_texts(data)[0]
    assert list(pdf_problems(data)) == []


def test_a_document_without_blocks_has_its_cover():
    data = render_pdf(replace(document_of(), subtitle="", facts=()))
    assert pdf_pages(data) == 1
    assert list(pdf_problems(data)) == []


def test_columns_fill_the_line_and_a_short_text_leaves_its_share_to_a_long_one():
    columns = (doc.Column("a", "이름"), doc.Column("b", "글"), doc.Column("n", "수", doc.ColumnKind.INTEGER))
    widths = _widths(columns, [["나무"], ["가" * 100], ["1,234"]])
    assert sum(widths) == pytest.approx(LINE_EM)
    assert widths[0] < 7 < 40 < widths[1]
    assert sum(_widths(columns[:1] + columns[2:], [["나무"], ["1,234"]])) < LINE_EM / 3
    many = tuple(doc.Column(str(n), "제안의 수", doc.ColumnKind.INTEGER) for n in range(16))
    assert sum(_widths(many, [["1,234,567"]] * 16)) > LINE_EM  # then the letters become smaller
