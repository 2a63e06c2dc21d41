from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from forum.publication.digests.checks.hwpx import hwpx_problems
from forum.publication.digests.renderers.as_hwpx import render_hwpx
from tests.forum.publication.digests.contents import example_document

DOCUMENT = example_document()
SECTION, HEADER, CONTENT = "Contents/section0.xml", "Contents/header.xml", "Contents/content.hpf"


@pytest.fixture(scope="module")
def example():
    return render_hwpx(DOCUMENT)


def changed(data: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    """Return the file with one part changed, or left out where `change` returns None."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for info in old.infolist():
            content = old.read(info) if info.filename != name else change(old.read(info))
            if content is not None:
                new.writestr(info, content)
    return packed.getvalue()


def test_a_file_as_rendered_passes(example):
    assert hwpx_problems(example, DOCUMENT) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (SECTION, 'styleIDRef="2"', 'styleIDRef="99"', "styleIDRef 99"),
        (SECTION, 'binaryItemIDRef="BIN0001"', 'binaryItemIDRef="BIN0002"', "binaryItemIDRef BIN0002"),
        (SECTION, 'beginIDRef="', 'beginIDRef="9', "열지 못할 수 있어요"),
        (SECTION, "</hs:sec>", "", "malformed XML"),
        (HEADER, "OUTLINE", "NONE", "개요가 보고서와 달라요: 1단계 제목 ‘한눈에 보기’"),
        (SECTION, "셋째<", "넷째<", "개요가 보고서와 달라요: 3단계 제목 ‘셋째’"),
        (SECTION, "끝이에요", "끝", "이 글이 없어요: ‘끝이에요.’"),
        (SECTION, "[#1]", "#1", "이 글이 없어요"),
        (SECTION, "7번", "8번", "표 ‘보고서 정보’가"),
        (SECTION, "1,234", "1,235", "표 ‘주제와 답변’이"),
        (SECTION, 'header="1"', 'header="0"', "되풀이되는 제목 줄이 없어요"),
        (SECTION, 'repeatHeader="1"', 'repeatHeader="0"', "되풀이되는 제목 줄이 없어요"),
        (SECTION, "<hp:shapeComment>", "<hp:shapeComment>그림", "그림이나 그림 설명이"),
        (SECTION, "/ideas/1<", "/ideas/2<", "링크가 빠졌어요: #1"),
        (SECTION, "[예시]", "", "‘예시’ 표시가 없어요"),
        (CONTENT, "국민포럼", "포럼", "문서 제목이"),
    ],
)
def test_what_is_missing_or_changed_is_named(example, name, old, new, problem):
    found = hwpx_problems(changed(example, name, lambda data: data.replace(old.encode(), new.encode())), DOCUMENT)
    assert problem in " ".join(found)


@pytest.mark.parametrize("name", [SECTION, HEADER, CONTENT, "BinData/BIN0001.png", "mimetype"])
def test_a_missing_part_is_named(example, name):
    assert name in " ".join(hwpx_problems(changed(example, name, lambda _: None), DOCUMENT))


def test_another_picture_is_noticed(example):
    other = changed(example, "BinData/BIN0001.png", lambda data: data + b"0")
    assert hwpx_problems(other, DOCUMENT) == ["HWPX 파일의 그림이나 그림 설명이 보고서와 달라요."]


def test_a_document_that_says_more_is_noticed(example):
    files = [render_hwpx(example_document(is_sample=False)), example]
    assert [hwpx_problems(data, DOCUMENT) == [] for data in files] == [False, True]


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7"])
def test_what_is_no_package_is_said(data):
    assert "열지 못할 수 있어요" in hwpx_problems(data, DOCUMENT)[0]


def test_a_broken_package_is_said(example):
    assert "열지 못할 수 있어요" in hwpx_problems(example[: len(example) // 2], DOCUMENT)[0]
    at = example.index(b"PK\x03\x04", 2000) + 60
    assert "열지 못할 수 있어요" in hwpx_problems(example[:at] + b"\0\0\0\0" + example[at + 4 :], DOCUMENT)[0]
