"""All tables of a digest for programs, checked against the published schema before the file is offered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, BinaryIO

from forum.publication.digests.cells import is_missing
from forum.publication.digests.columns import sample_note
from forum.publication.digests.content import SCHEMA_VERSION, DigestContent
from forum.publication.digests.document import Column, ColumnKind, Table
from forum.publication.digests.json_schema import SCHEMA_FILE, digest_schema, schema_url
from forum.publication.digests.renderers.as_csv import SCORE_PLACES, SHARE_PLACES

Record = dict[str, Any]
BATCH_SIZE = 1000


def render_json(content: DigestContent, tables: Mapping[str, Table], file: BinaryIO) -> None:
    """Write the head of the content and every table as records, a row per line; dates in ISO 8601.

    :raise ValueError: the file does not keep to the schema, which is a fault of this program
    """
    file.writelines(_lines(document_of(content, tables), tables))


def check(document: Record) -> None:
    """:raise ValueError: the document does not keep to the schema; says where, and quotes nothing"""
    from fastjsonschema import JsonSchemaValueException  # only where a digest is made

    try:
        _validator()(document)
    except JsonSchemaValueException as error:
        raise ValueError(f"not as {SCHEMA_FILE.name} says: {error.message[:200]}") from None


@cache
def _validator() -> Callable[[Record], object]:
    """Return the compiled schema: 20,000 ideas are checked in a second, which jsonschema does in 20."""
    import fastjsonschema

    compiled: Callable[[Record], object] = fastjsonschema.compile(
        digest_schema(), use_default=False, detailed_exceptions=False
    )
    return compiled


def _lines(document: Record, tables: Mapping[str, Table]) -> Iterator[bytes]:
    """Yield the file piece by piece, each checked before; each row has a line of its own.

    The records of a large campaign would take 60 MB at once.
    """
    check(document)
    head = {name: value for name, value in document.items() if name != "tables"}
    yield f'{_dumps(head)[:-1]},\n"tables": {{'.encode()
    for place, (key, table) in enumerate(document["tables"].items()):
        about = {name: value for name, value in table.items() if name != "rows"}
        yield f'{"," if place else ""}\n{_dumps(key)}: {_dumps(about)[:-1]}, "rows": ['.encode()
        for first in range(0, len(tables[key].frame), BATCH_SIZE):
            rows = rows_of(tables[key], first)
            check(document | {"tables": document["tables"] | {key: table | {"rows": rows}}})
            for number, row in enumerate(rows, start=first):
                yield f"{',' if number else ''}\n{_dumps(row)}".encode()
        yield b"]}"
    yield b"}}\n"


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def document_of(content: DigestContent, tables: Mapping[str, Table]) -> Record:
    """Return what the file holds but for the rows of its tables, made of what JSON knows."""
    opinion, slate, changes, people = content.opinion, content.slate, content.changes, content.participants
    return {
        "$schema": schema_url(content),
        "schema_version": SCHEMA_VERSION,
        "kind": content.kind,
        "campaign": content.campaign,
        "campaign_url": content.campaign_url,
        "is_sample": content.is_sample,
        "notice": sample_note() if content.is_sample else "",
        "ministry": content.ministry,
        "theme_id": content.theme_id,
        "period": _parts(content.period, "kind", "label", "from_day", "to_day"),
        "run_number": content.run_number,
        "run_read_at": _plain(content.run_read_at),
        "data_cut_at": _plain(content.data_cut_at),
        "opinion": _parts(opinion, "number", "votes_cut_at", "n_people", "n_entering", "url"),
        "slate": _parts(slate, "number", "standing", "n_people", "url"),
        "changes": _parts(changes, "digest_id", "published_on", "url"),
        "participants": _parts(people, "people", "checked_on"),
        "counts": dict(content.counts),
        "period_counts": dict(content.period_counts),
        "parameters": dict(content.parameters),
        "versions": dict(content.versions),
        "method_url": content.method_url,
        "gatherings": _parts(content.gatherings, "ended", "present", "is_rounded"),
        "tables": {key: _table(table) for key, table in tables.items()},
    }


def _parts(thing: object | None, *names: str) -> Record | None:
    return None if thing is None else {name: _plain(getattr(thing, name)) for name in names}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _table(table: Table) -> Record:
    columns = [
        {"key": one.key, "label": one.label, "kind": one.kind.value, "about": one.about} for one in table.columns
    ]
    return {"title": table.title, "note": table.note, "columns": columns, "rows": []}


def rows_of(table: Table, first: int = 0) -> list[Record]:
    """Return some rows as records, `BATCH_SIZE` at most."""
    keys = [column.key for column in table.columns]
    frame = table.frame.iloc[first : first + BATCH_SIZE]
    cells = [_cells(column, frame[column.key].tolist()) for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in zip(*cells, strict=True)]


def _cells(column: Column, values: Sequence[Any]) -> list[Any]:
    plain = CELLS.get(column.kind, str)
    return [None if is_missing(value) else plain(value) for value in values]


CELLS: dict[ColumnKind, Callable[[Any], Any]] = {
    ColumnKind.INTEGER: int,
    ColumnKind.SHARE: lambda value: round(float(value), SHARE_PLACES),
    ColumnKind.SCORE: lambda value: round(float(value), SCORE_PLACES),
    ColumnKind.DATE: lambda value: value.date().isoformat(),
    ColumnKind.MOMENT: lambda value: value.isoformat(),
    ColumnKind.YES: bool,
}
