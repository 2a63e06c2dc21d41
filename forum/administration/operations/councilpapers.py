"""Checks of the papers of meetings: each file against its hash, each figure against the text, numbers without a gap."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from forum.administration.operations.findings import Finding, compare_bytes
from forum.core.extensions import db
from forum.core.i18n import _
from forum.publication.councilpapers.models import CouncilPaper, CouncilPaperFile


def paper_files() -> Finding:
    """Compare each file's hash with its bytes."""
    query = sa.select(
        CouncilPaper.meeting_id,
        CouncilPaper.number,
        CouncilPaperFile.format,
        CouncilPaperFile.sha256,
        CouncilPaperFile.content,
    ).join(CouncilPaper, CouncilPaper.id == CouncilPaperFile.paper_id)
    return compare_bytes(_("회의 자료 파일의 해시"), query, _changed)


def _changed(meeting_id: int, number: int, name: str) -> str:
    values = {"id": meeting_id, "number": number, "name": name}
    return _("회의 %(id)s번의 %(number)s번째 자료 %(name)s: 내용이 바뀌었습니다", **values)


def paper_figures() -> Finding:
    """Count the items of each paper's text again, and the papers of each meeting from 1."""
    finding = Finding(_("회의 자료의 수와 차례"), 0)
    query = sa.select(CouncilPaper.meeting_id, CouncilPaper.number, CouncilPaper.counts, CouncilPaper.document)
    last: dict[int, int] = {}
    for meeting_id, number, counts, document in db.session.execute(
        query.order_by(CouncilPaper.meeting_id, CouncilPaper.number)
    ):
        finding.n_checked += 1
        is_next = number == last.get(meeting_id, 0) + 1
        last[meeting_id] = number
        if not is_next or _n_items(document) != counts.get("items"):
            finding.differences.append(_("회의 %(id)s번의 %(number)s번째 자료", id=meeting_id, number=number))
    return finding


def _n_items(document: dict[str, Any]) -> int:
    """Return how many headings of the text are those of an item of the agenda."""
    anchors = [block.get("anchor", "") for block in document.get("blocks", ()) if block.get("kind") == "heading"]
    return sum(anchor.startswith("item-") for anchor in anchors)


COUNCIL_PAPER_CHECKS = (paper_files, paper_figures)
