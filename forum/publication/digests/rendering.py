"""From the content of a digest to its files, and what keeps them back.

Only a job imports this module: it brings matplotlib, pandas and all that draws and writes, which a web process would
carry for nothing.
"""

from __future__ import annotations

import errno
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeVar

from forum.core import memory
from forum.core.errors import WrongState
from forum.core.i18n import _
from forum.publication.digests.charts import charts_of
from forum.publication.digests.checks import pdf_pages, problems
from forum.publication.digests.collecting import Collected
from forum.publication.digests.composing import compose
from forum.publication.digests.content import DigestContent
from forum.publication.digests.document import Chart, Document
from forum.publication.digests.files import Files
from forum.publication.digests.models import DOCUMENT
from forum.publication.digests.renderers.as_csv import render_csv
from forum.publication.digests.renderers.as_html import render_html
from forum.publication.digests.renderers.as_hwpx import render_hwpx
from forum.publication.digests.renderers.as_json import render_json
from forum.publication.digests.renderers.as_pdf import render_pdf
from forum.publication.digests.renderers.as_xlsx import render_xlsx
from forum.publication.digests.renderers.plain import plain
from forum.publication.digests.tables import tables_of

PROBLEMS_SHOWN = 5
MOST_PATH_CHARS = 120
LISTS = {"xlsx", "csv", "json"}
"""Formats that list every idea."""
Made = TypeVar("Made")
Write = Callable[[BinaryIO], object]
_SHEET = re.compile(rb"<(?:\w+:)?sheet ")


@dataclass(frozen=True)
class Rendered:
    """A digest's files by format, and the parts of its page by name: `DOCUMENT`, and a picture for each chart."""

    files: Files
    parts: Mapping[str, bytes]


def render_files(
    collected: Collected, formats: Sequence[str], files: Files, report_progress: Callable[[float], object]
) -> Rendered:
    """Render the content in each format and for its page, and check the files.

    Those that list every idea come first. The ideas' texts are let go then, and make room for the others.

    :param files: still empty; what is written to it is in the answer
    :param report_progress: called after each step with the share (0..1) that is done
    :raise WrongState: a check failed, or a file could not be made; the message says which, in sentences
    """
    charts = _made(_("그림"), lambda: charts_of(collected.content))
    document = _made(_("글"), lambda: compose(collected.content, charts))

    def write(ways: Mapping[str, Write]) -> None:
        for name in formats:
            if name in ways:
                _made(name.upper(), partial(files.write, name, ways[name]))
                report_progress(len(files) / (len(formats) + 1))

    if LISTS & set(formats):
        write(_lists(collected.content, charts))
    collected.drop_texts()
    memory.release()
    write(_documents(document))
    memory.release()
    refuse(problems(files, document, collected.content))
    collected.drop_ideas()
    report_progress(1.0)
    pictures = {f"{key}.svg": chart.svg for key, chart in charts.items()}
    return Rendered(files, pictures | {DOCUMENT: json.dumps(plain(document), ensure_ascii=False).encode()})


def _lists(content: DigestContent, charts: Mapping[str, Chart]) -> Mapping[str, Write]:
    """Return how the formats are written that list every idea."""
    tables = _made(_("표"), lambda: tables_of(content))
    return {
        "xlsx": partial(render_xlsx, content, tables, charts),
        "csv": partial(render_csv, content, tables),
        "json": partial(render_json, content, tables),
    }


def _documents(document: Document) -> Mapping[str, Write]:
    """Return how the formats are written that are read, and hold the ideas they cite."""
    return {
        "pdf": lambda file: file.write(render_pdf(document)),
        "hwpx": lambda file: file.write(render_hwpx(document)),
        "html": lambda file: file.write(render_html(document)),
    }


def _made(what: str, make: Callable[[], Made]) -> Made:
    """Return what `make` returns, with the reason in words where a font or the space on a disk is missing.

    :raise WrongState:
    """
    try:
        return make()
    except FileNotFoundError as error:
        named = {"what": what, "file": str(error.filename or error)[-MOST_PATH_CHARS:]}
        raise WrongState(
            _("보고서에 필요한 글꼴이나 틀이 없어요(%(what)s): %(file)s. 관리자에게 알려 주세요.", **named)
        ) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise WrongState(
            _("저장 공간이 모자라 보고서를 만들지 못했어요(%(what)s). 관리자에게 알려 주세요.", what=what)
        ) from error


def refuse(found: Sequence[str]) -> None:
    """Keep the whole set back if a check found something.

    :param found: what is wrong, a sentence each
    :raise WrongState:
    """
    if not found:
        return
    more = len(found) - PROBLEMS_SHOWN
    rest = [_("그 밖에 %(n)d가지가 더 있어요.", n=more)] if more > 0 else []
    raise WrongState(" ".join([_("검사를 통과하지 못해서 보고서를 내지 않았어요."), *found[:PROBLEMS_SHOWN], *rest]))


def page_counts(files: Mapping[str, bytes]) -> dict[str, int]:
    """Return the pages of a PDF and the sheets of a workbook; other formats have none to count."""
    counts = {}
    if "pdf" in files:
        counts["pdf"] = pdf_pages(files["pdf"])
    if "xlsx" in files:
        with zipfile.ZipFile(io.BytesIO(files["xlsx"])) as book:
            counts["xlsx"] = len(_SHEET.findall(book.read("xl/workbook.xml")))
    return counts
