from __future__ import annotations

import pikepdf
import pytest

from forum.publication.digests.checks.pdf import pdf_pages, pdf_problems
from forum.publication.digests.checks.reading import Unreadable
from forum.publication.digests.renderers.as_pdf import render_pdf
from tests.forum.publication.digests.checks.planting import changed_pdf, elements
from tests.forum.publication.digests.contents import example_document


@pytest.fixture(scope="module")
def sound():
    return render_pdf(example_document())


def take_scopes(pdf, kept=0):
    for head in list(elements(pdf, "/TH"))[kept:]:
        for attributes in head.A:
            if "/Scope" in attributes:
                del attributes.Scope


def make_plain(pdf, kept=0):
    for head in list(elements(pdf, "/TH"))[kept:]:
        head.S = pikepdf.Name.TD


def take_alt(pdf):
    for figure in elements(pdf, "/Figure"):
        del figure.Alt


def take_language(pdf):
    del pdf.Root.Lang


def test_a_sound_file_has_no_problem(sound):
    assert list(pdf_problems(sound)) == []
    assert pdf_pages(sound) == 3


@pytest.mark.parametrize("kept", [0, 9])
def test_a_header_cell_without_scope_is_found_which_the_rules_miss(sound, kept):
    (problem,) = pdf_problems(changed_pdf(sound, lambda pdf: take_scopes(pdf, kept)))
    assert f"제목 칸 {10 - kept}개" in problem


@pytest.mark.parametrize(("kept", "tables"), [(0, 2), (5, 1), (9, 1)])
def test_a_header_row_of_plain_cells_is_found_which_the_rules_miss(sound, kept, tables):
    (problem,) = pdf_problems(changed_pdf(sound, lambda pdf: make_plain(pdf, kept)))
    assert f"표 {tables}개에 제목 칸이 없어요" in problem


@pytest.mark.parametrize("change", [take_alt, take_language])
def test_a_broken_rule_of_pdf_ua_is_told_by_its_number(sound, change):
    (problem,) = pdf_problems(changed_pdf(sound, change))
    assert "PDF/UA-1" in problem
    assert "(1곳)" in problem


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"no pdf" * 100])
def test_bytes_that_are_no_pdf_are_unreadable(data):
    with pytest.raises(Unreadable):
        list(pdf_problems(data))
    with pytest.raises(Unreadable):
        pdf_pages(data)
