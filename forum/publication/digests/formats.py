"""The formats of a digest's files. Light: web pages read it, and load no renderer."""

from __future__ import annotations

from dataclasses import dataclass

from forum.core.i18n import LazyString, _l


@dataclass(frozen=True)
class FileFormat:
    """:param extension: of the file's name, and its code in addresses and in the database"""

    extension: str
    label: LazyString
    media_type: str


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS = {
    one.extension: one
    for one in (
        FileFormat("pdf", _l("읽고 인쇄하는 PDF"), "application/pdf"),
        FileFormat("hwpx", _l("한글 문서(HWPX)"), "application/hwp+zip"),
        FileFormat("xlsx", _l("엑셀 표"), _XLSX),
        FileFormat("html", _l("한 쪽으로 된 누리집 파일"), "text/html; charset=utf-8"),
        FileFormat("csv", _l("표(CSV)"), "text/csv; charset=utf-8"),
        FileFormat("json", _l("프로그램용(JSON)"), "application/json; charset=utf-8"),
    )
}
"""In the order in which pages offer them."""
