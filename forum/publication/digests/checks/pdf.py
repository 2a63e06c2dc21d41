"""A PDF that people who hear it, and programs, can read: PDF/UA-1, and header cells in each table."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import page
import pypdf

from forum.core.i18n import _
from forum.publication.digests.checks.reading import Unreadable, reading

PROFILE = "ua1"
SCOPES = {"/Row", "/Column", "/Both"}


def pdf_pages(data: bytes) -> int:
    """Return how many pages it has."""
    with reading("pdf"):
        return len(pypdf.PdfReader(io.BytesIO(data)).pages)


def pdf_problems(data: bytes) -> Iterator[str]:
    yield from _rule_problems(data)
    yield from _table_problems(data)


def _rule_problems(data: bytes) -> Iterator[str]:
    try:
        report = page.validate_pdf_bytes(data, profile=PROFILE)
    except page.PageError as error:
        raise Unreadable("pdf", str(error)) from error
    if not report.is_compliant:
        rules = Counter(failure.rule_id for failure in report.failures)
        names = ", ".join(_("%(rule)s(%(n)s곳)", rule=rule, n=n) for rule, n in sorted(rules.items()))
        yield _("PDF가 접근성 규칙(PDF/UA-1)을 어겼어요: %(rules)s. 개발자에게 알려 주세요.", rules=names or PROFILE)


def _table_problems(data: bytes) -> Iterator[str]:
    """Yield what page-validation (0.11) does not see: tables without header cells, and ones that tell no scope."""
    with reading("pdf"):
        root: Any = pypdf.PdfReader(io.BytesIO(data)).root_object
        tables = [one for one in _elements(root.get("/StructTreeRoot")) if one["/S"] == "/Table"]
        without, unscoped = 0, 0
        for table in tables:
            heads = [cell for cell in _elements(table) if cell["/S"] == "/TH"]
            plain = [one for head in _elements(table) if head["/S"] == "/THead" for one in _elements(head)]
            without += not heads or any(cell["/S"] == "/TD" for cell in plain)
            unscoped += sum(not _has_scope(cell) for cell in heads)
    if without:
        yield _("PDF의 표 %(n)s개에 제목 칸이 없어요. 개발자에게 알려 주세요.", n=without)
    if unscoped:
        yield _(
            "PDF의 표 제목 칸 %(n)s개가 행과 열 가운데 무엇의 제목인지 적지 않았어요. 개발자에게 알려 주세요.",
            n=unscoped,
        )


def _elements(node: Any) -> Iterator[Any]:
    """Yield the structure elements at and below a node. Content is told by numbers, which are passed over."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            if "/S" in one:
                yield one
            waiting.append(one.get("/K"))


def _has_scope(cell: Any) -> bool:
    attributes = cell.get("/A", [])
    attributes = attributes.get_object() if hasattr(attributes, "get_object") else attributes
    each = attributes if isinstance(attributes, list) else [attributes]
    return any(one.get_object().get("/Scope") in SCOPES for one in each if hasattr(one.get_object(), "get"))
