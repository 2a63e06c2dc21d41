from __future__ import annotations

import io

import openpyxl
import pikepdf
import pytest

from forum.core.errors import WrongState
from forum.publication.digests.rendering import _made, page_counts, refuse


def raiser(error):
    def make():
        raise error

    return make


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "/fonts/Pretendard.ttf"),
            "글꼴이나 틀이 없어요.*Pretendard",
        ),
        (OSError(28, "No space left on device"), "저장 공간이 모자라"),
    ],
)
def test_a_missing_font_and_a_full_disk_are_told_in_words(error, words):
    with pytest.raises(WrongState, match=words):
        _made("PDF", raiser(error))


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyError("수송")])
def test_other_faults_stay_what_they_are(error):
    with pytest.raises(type(error)):
        _made("PDF", raiser(error))


def test_files_without_a_fault_pass():
    refuse([])


def test_each_fault_is_told_up_to_a_few():
    with pytest.raises(WrongState) as refused:
        refuse([f"{n}번 표에 머리글이 없어요." for n in range(7)])
    assert refused.value.message.count("머리글이 없어요") == 5
    assert "그 밖에 2가지가 더 있어요" in refused.value.message


def test_pages_and_sheets_are_counted():
    pdf, book = pikepdf.new(), openpyxl.Workbook()
    for _n in range(3):
        pdf.add_blank_page()
    book.create_sheet("둘째")
    files = {"pdf": io.BytesIO(), "xlsx": io.BytesIO()}
    pdf.save(files["pdf"]), book.save(files["xlsx"])
    counted = page_counts({name: file.getvalue() for name, file in files.items()} | {"json": b"{}"})
    assert counted == {"pdf": 3, "xlsx": 2}
