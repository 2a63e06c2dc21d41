"""What travels beside the data: the terms in words, and the dictionary as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from forum.core.access import Actor
from forum.core.i18n import _, _l
from forum.core.korean import day, thousands
from forum.core.links import link_to
from forum.core.spreadsheets import escape_formula
from forum.response.datafiles.models import DataFile
from forum.response.datasets.models import Licence

TERMS_NAME, DICTIONARY_NAME = _l("이용조건.txt"), _l("자료사전.csv")
BOM = "\ufeff"

Papers = Callable[[DataFile, Actor], dict[str, bytes]]
_papers: dict[str, Papers] = {}


def register_papers(name: str, papers: Papers) -> None:
    """Let a slice put small files beside the data for one reader, such as the terms of an approval."""
    _papers[name] = papers


def papers_beside(file: DataFile, reader: Actor) -> dict[str, bytes]:
    """Return the small files that travel beside the data, by name: its terms, its dictionary, and the reader's own."""
    found = {str(TERMS_NAME): terms_text(file).encode(), str(DICTIONARY_NAME): dictionary_csv(file).encode()}
    for name in sorted(_papers):
        found |= _papers[name](file, reader)
    return found


def terms_text(file: DataFile) -> str:
    """Return on what terms the data may be used, from whom it is, and how to tell that it is whole."""
    version, dataset = file.version, file.version.dataset
    lines = [
        _("자료: %(title)s (%(n)s판)", title=dataset.title, n=version.number),
        _("보유기관: %(holder)s, %(office)s", holder=dataset.holder.name, office=dataset.holder.contact_office),
        _("이용 허락: %(licence)s", licence=dataset.licence.label),
        "",
        *([_("이용 조건"), dataset.terms, ""] if dataset.terms else []),
        *(
            [
                _(
                    "출처를 이렇게 적어 주세요: %(holder)s, ‘%(title)s’",
                    holder=dataset.holder.name,
                    title=dataset.title,
                ),
                "",
            ]
            if dataset.licence is not Licence.CC0
            else []
        ),
        _(
            "파일: %(name)s, %(rows)s줄, %(encoding)s",
            name=file.name,
            rows=thousands(file.n_rows or 0),
            encoding=file.encoding,
        ),
        _("SHA-256: %(sha)s", sha=file.sha256),
        _("검사한 날: %(day)s", day=day(file.checked_at)) if file.checked_at else "",
        _("자료 화면: %(url)s", url=link_to("datafiles.show", file_id=file.id)),
        _("보유기관이 자료를 거두면 이 사본도 지워 주세요."),
    ]
    return BOM + "\r\n".join("\r\n".join(line.splitlines()) for line in lines) + "\r\n"


def dictionary_csv(file: DataFile) -> str:
    """Return the dictionary of the file's version as CSV for spreadsheets."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\r\n")
    rows.writerow([_("열"), _("뜻"), _("종류"), _("단위"), _("빈칸 수")])
    missing = file.report.get("missing", {})
    for one in file.version.columns:
        cells = [one.name, one.meaning, one.type.label, one.unit, missing.get(one.name, 0)]
        rows.writerow([escape_formula(cell) for cell in cells])
    return BOM + table.getvalue()
