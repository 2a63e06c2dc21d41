from __future__ import annotations

import json

import pytest

from forum.publication.digests.checks.sample import sample_problems
from forum.publication.digests.renderers.as_pdf import render_pdf
from tests.forum.publication.digests.checks.planting import changed_pdf, hwpx, workbook
from tests.forum.publication.digests.contents import example_document


def blank_second_page(pdf):
    pdf.pages[1].Contents = pdf.make_stream(b"")


def pdf_file(is_sample):
    return render_pdf(example_document(is_sample=is_sample))


MARKED = {
    "pdf": pdf_file(True),
    "xlsx": workbook(is_sample=True),
    "hwpx": hwpx("<hp:t>글</hp:t>", "[예시] 보고서"),
    "html": '<main><p class="sample">연습용 예시예요.</p><p>글</p></main>'.encode(),
    "csv": "예시,제목\r\n예시,버스\r\n예시,나무\r\n".encode(),
    "json": json.dumps({"is_sample": True}).encode(),
}
UNMARKED = {
    "pdf": pdf_file(False),
    "xlsx": workbook(),
    "hwpx": hwpx("<hp:t>[예시] 이런 예시</hp:t>", "예시 모음"),
    "html": "<main><p>좋은 예시 · 연습용 예시</p></main>".encode(),
    "csv": "제목\r\n연습용 예시\r\n예시\r\n".encode(),
    "json": json.dumps({"is_sample": False, "title": "예시"}).encode(),
}
HALF_MARKED = {
    "pdf": changed_pdf(MARKED["pdf"], blank_second_page),
    "xlsx": workbook(is_sample=True, unmarked=True),
    "csv": "예시,제목\r\n예시,버스\r\n,나무\r\n".encode(),
}


@pytest.mark.parametrize("name", MARKED)
def test_the_mark_stands_in_samples_and_nowhere_else(name):
    assert list(sample_problems({name: MARKED[name]}, True)) == []
    assert list(sample_problems({name: UNMARKED[name]}, False)) == []
    (problem,) = sample_problems({name: UNMARKED[name]}, True)
    assert problem.startswith(f"{name.upper()} 파일의")
    (problem,) = sample_problems({name: MARKED[name]}, False)
    assert "연습용이 아니에요" in problem


@pytest.mark.parametrize("name", HALF_MARKED)
def test_one_page_sheet_or_line_without_the_mark_is_found(name):
    (problem,) = sample_problems({name: HALF_MARKED[name]}, True)
    assert "1곳에 ‘예시’ 표시가 없어요" in problem
    assert list(sample_problems({name: HALF_MARKED[name]}, False)) == []
