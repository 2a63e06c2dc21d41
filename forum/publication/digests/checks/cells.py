"""No cell computes: a formula in a file of citizens' texts is an attack on whoever opens it (OWASP, CSV injection)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from forum.core.i18n import _
from forum.core.spreadsheets import escape_formula
from forum.publication.digests.checks.reading import archive_names, archive_parts, archive_pieces, csv_rows

_NUMBER = re.compile(r"[+-]?\d[\d,.]*%?")
_FORMULA = re.compile(rb"<f[\s/>]")  # raw XML: a text's own < is written &lt;
_SHEET = re.compile(r"xl/(?:work|chart|dialog)sheets/[^/]+\.xml")
_LINKS = re.compile(r".+\.rels")
_ACTIVE = re.compile(r"xl/(externalLinks/|connections\.xml|vbaProject\.bin|macrosheets/|embeddings/|activeX/)")
_TARGET = re.compile(rb'Target="([^"]*)" TargetMode="External"')


def cell_problems(files: Mapping[str, bytes]) -> Iterator[str]:
    if "csv" in files:
        yield from _csv_problems(files)
    if "xlsx" in files:
        yield from _xlsx_problems(files["xlsx"])


def _csv_problems(files: Mapping[str, bytes]) -> Iterator[str]:
    for number, row in enumerate(csv_rows(files), start=1):
        if any(escape_formula(cell) != cell and not _NUMBER.fullmatch(cell) for cell in row):
            yield _("CSV 파일의 %(n)s째 줄에 엑셀이 수식으로 읽는 칸이 있어요. 개발자에게 알려 주세요.", n=number)


def _xlsx_problems(data: bytes) -> Iterator[str]:
    for name in archive_names("xlsx", data):
        if _ACTIVE.match(name):
            yield _("엑셀 파일에 열면 움직이는 것(%(part)s)이 들어 있어요. 개발자에게 알려 주세요.", part=name)
    for name, pieces in archive_pieces("xlsx", data, _SHEET):
        if any(map(_FORMULA.search, pieces)):
            yield _("엑셀 파일(%(part)s)에 수식이 든 칸이 있어요. 개발자에게 알려 주세요.", part=name)
    for _name, part in archive_parts("xlsx", data, _LINKS):
        for target in _TARGET.findall(part):
            if not target.startswith((b"https://", b"http://")):
                address = target.decode(errors="replace")
                yield _("엑셀 파일에 누리집이 아닌 곳으로 가는 링크(%(address)s)가 있어요.", address=address)
