from __future__ import annotations

import json
from dataclasses import replace

import pytest

from forum.publication.digests import document as doc
from forum.publication.digests.checks import problems
from forum.publication.digests.renderers.as_pdf import render_pdf
from tests.forum.publication.digests.checks.planting import sound_document, workbook
from tests.forum.publication.digests.contents import example_content


def files_of(document, content):
    return {
        "pdf": render_pdf(document),
        "xlsx": workbook(is_sample=content.is_sample),
        "json": json.dumps(content.as_dict(), ensure_ascii=False, default=str).encode(),
    }


@pytest.mark.parametrize("is_sample", [False, True])
def test_a_sound_set_may_be_offered(is_sample):
    document, content = sound_document(is_sample=is_sample), example_content(is_sample=is_sample)
    assert problems(files_of(document, content), document, content) == []


def test_each_check_tells_what_it_found():
    content = example_content()
    document = sound_document(blocks=(doc.Quote("010-1234-5678", "찬성", doc.IdeaLink(99, "")),))
    files = files_of(document, content) | {"xlsx": workbook(formula="=1+1"), "json": b'{"is_sample": true}'}
    told = "\n".join(problems(files, document, content))
    for words in ("#99번", "전화번호", "수식이 든 칸", "연습용이 아니에요"):
        assert words in told


@pytest.mark.parametrize(
    ("name", "data"), [("pdf", b"%PDF-1.7"), ("xlsx", b"PK"), ("csv", b"\xff\xfe"), ("json", b"{"), ("html", b"\xff")]
)
def test_a_file_that_cannot_be_read_is_a_problem_and_hides_no_other(name, data):
    document, content = sound_document(), example_content()
    found = problems({name: data}, replace(document, title="010-1234-5678"), content)
    assert f"{name.upper()} 파일을 다시 열어 보니 읽을 수 없어요. 보고서를 다시 만들어 주세요." in found
    assert name in {"csv", "json"} or any("전화번호" in problem for problem in found)
