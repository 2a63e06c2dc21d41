"""A file's type is determined by its bytes."""

from __future__ import annotations

import io
import zipfile

import pytest

from forum.core.errors import InvalidInput
from forum.web.uploads import MAX_FILE_BYTES, check_upload


def zipped(*names: str, first: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if first:
            archive.writestr("mimetype", first)
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7\n...", "보고서.pdf"),
        (b"\x89PNG\r\n\x1a\n....", "보고서.png"),
        (b"\xff\xd8\xff\xe0....", "보고서.jpg"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"H\x00w\x00p\x00", "보고서.hwp"),
        (zipped("Contents/section0.xml", first="application/hwp+zip"), "보고서.hwpx"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "보고서.xlsx"),
        (zipped("[Content_Types].xml", "word/document.xml"), "보고서.docx"),
    ],
)
def test_a_file_is_taken_by_its_bytes_and_named_by_them(content, name):
    assert check_upload("보고서.exe", content, "upload").name == name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("보고서.pdf", b"<html><script>alert(1)</script>"),
        ("보고서.pdf", b"MZ\x90\x00"),
        ("보고서.hwp", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"W\x00o\x00r\x00d\x00"),
        ("보고서.xlsx", zipped("readme.txt")),
        ("보고서.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("보고서.xlsx", b"PK\x03\x04 broken"),
        ("보고서.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("보고서.pdf", b""),
    ],
)
def test_anything_else_is_refused_in_words(name, content):
    with pytest.raises(InvalidInput) as refused:
        check_upload(name, content, "upload")
    assert list(refused.value.errors) == ["upload"]


def test_a_file_over_the_limit_is_refused_and_says_the_limit():
    with pytest.raises(InvalidInput, match="5MB"):
        check_upload("큰 것.pdf", b"%PDF-" + b"x" * MAX_FILE_BYTES, "upload")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\문서\\보고서.PDF", "보고서.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "abSet-Cookie x.pdf"),
        ("....", "첨부.pdf"),
        ("가" * 300 + ".pdf", "가" * 116 + ".pdf"),
    ],
)
def test_a_name_holds_nothing_that_a_header_or_a_folder_obeys(typed, kept):
    assert check_upload(typed, b"%PDF-", "upload").name == kept
