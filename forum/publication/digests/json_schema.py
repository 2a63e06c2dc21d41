"""The published JSON Schema of digest files. `python -m forum.publication.digests.json_schema` writes it anew.

It is made from the columns' definitions and shipped as a file, so that a change of the format shows in the diff and
asks whether SCHEMA_VERSION must rise. A test compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from forum.publication.digests.columns import LATER, TABLES
from forum.publication.digests.content import COUNT_NAMES, LATER_COUNTS, SCHEMA_VERSION, DigestContent
from forum.publication.digests.document import Column, ColumnKind

SCHEMA_FILE = Path(__file__).parent / "schema" / f"digest-v{SCHEMA_VERSION}.json"
SCHEMA_PATH = f"/schemas/{SCHEMA_FILE.name}"
"""Where the site serves the schema; each file names it."""
MEDIA_TYPE = "application/schema+json"
DRAFT = "http://json-schema.org/draft-07/schema#"
LATER_PARTS = frozenset({"gatherings"})
"""Parts that came after the first digests of this schema version."""
Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}:\d{2}$"}
CELLS: dict[ColumnKind, Schema] = {
    ColumnKind.TEXT: TEXT,
    ColumnKind.INTEGER: {"type": ["integer", "null"]},
    ColumnKind.SHARE: {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    ColumnKind.SCORE: {"type": ["number", "null"], "minimum": 0, "maximum": 10},
    ColumnKind.DATE: DAY | {"type": ["string", "null"]},
    ColumnKind.MOMENT: MOMENT | {"type": ["string", "null"]},
    ColumnKind.YES: {"type": "boolean"},
    ColumnKind.URL: {"type": "string", "pattern": "^https?://"},
}


def schema_url(content: DigestContent) -> str:
    """Return the schema's full address on the site that a digest comes from."""
    site = urlsplit(content.method_url)
    return urlunsplit((site.scheme, site.netloc, SCHEMA_PATH, "", ""))


def shipped_schema() -> bytes:
    return SCHEMA_FILE.read_bytes()


@cache
def digest_schema() -> Schema:
    """Return the schema of a digest file, made from the columns of its tables."""
    head: Schema = {
        "$schema": {"type": "string", "pattern": "^https?://"},
        "schema_version": {"enum": [SCHEMA_VERSION]},
        "kind": TEXT,
        "campaign": TEXT,
        "campaign_url": TEXT,
        "is_sample": {"type": "boolean"},
        "notice": {"type": "string", "description": "says where all of it is invented, else empty"},
        "ministry": {"type": "string", "description": "the one ministry that it looks at, or empty"},
        "theme_id": {"type": ["integer", "null"], "description": "the one theme that it looks at"},
        "period": _object(kind=TEXT, label=TEXT, from_day=_or_null(DAY), to_day=DAY),
        "run_number": COUNT,
        "run_read_at": MOMENT | {"description": "when the analysis read the ideas"},
        "data_cut_at": MOMENT | {"description": "when votes, comments and answers were counted"},
        "opinion": _or_null(_object(number=COUNT, votes_cut_at=MOMENT, n_people=COUNT, n_entering=COUNT, url=TEXT)),
        "slate": _or_null(_object(number=COUNT, standing=TEXT, n_people=COUNT, url=TEXT)),
        "changes": _or_null(_object(digest_id=COUNT, published_on=DAY, url=TEXT)),
        "participants": _or_null(_object(people=COUNT, checked_on=DAY)),
        "counts": _object(LATER_COUNTS, **dict.fromkeys(COUNT_NAMES, COUNT)),
        "period_counts": {"type": "object", "additionalProperties": COUNT},
        "parameters": {"type": "object"},
        "versions": {"type": "object"},
        "method_url": TEXT,
        "gatherings": _object(ended=COUNT, present=_or_null(COUNT), is_rounded={"type": "boolean"}),
        "tables": _object(
            frozenset(key for key, columns in LATER.items() if not columns),
            **{key: _table(columns(), LATER.get(key, frozenset())) for key, columns in TABLES.items()},
        ),
    }
    title = "Net-Zero People's Forum: policy digest"
    about = "One policy digest: one analysis run, one data cut, one opinion snapshot. Shares are from 0 to 1."
    return {"$schema": DRAFT, "title": title, "description": about} | _object(LATER_PARTS, **head)


def _object(later: Collection[str] = (), **properties: Schema) -> Schema:
    """:param later: properties that came after the first files of this version, which hold without them"""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in later],
        "additionalProperties": False,
    }


def _or_null(schema: Schema) -> Schema:
    return {"oneOf": [{"type": "null"}, schema]}


def _table(columns: tuple[Column, ...], later: Collection[str]) -> Schema:
    cells = {
        column.key: {"title": column.label, "description": column.about} | CELLS[column.kind] for column in columns
    }
    column = _object(key=TEXT, label=TEXT, kind={"enum": [kind.value for kind in ColumnKind]}, about=TEXT)
    return _object(title=TEXT, note=TEXT, columns=_list(column), rows=_list(_object(later, **cells)))


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def write() -> None:
    SCHEMA_FILE.write_text(json.dumps(digest_schema(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
