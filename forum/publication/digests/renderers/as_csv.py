from __future__ import annotations

import csv
import io

from forum.core.spreadsheets import escape_formula
from forum.publication.digests.content import DigestContent
from forum.publication.digests.renderers.tables import IDEA_COLUMNS, idea_rows


def render_csv(content: DigestContent) -> bytes:
    """Render the table of ideas in UTF-8 with BOM, which Korean Excel needs; no cell is a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(IDEA_COLUMNS)
    for row in idea_rows(content):
        writer.writerow([escape_formula(cell) for cell in row])
    return buffer.getvalue().encode("utf-8-sig")
