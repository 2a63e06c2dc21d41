"""Facts: fingerprints of rows in audit entries, which `flask forum check` compares with the rows as they stand.

Some rows may change by a recorded act alone: published answers, letters, roles, certificates. The act that makes or
changes such a row writes its fingerprint into its own audit entry, `record(…, facts=ANSWERS.of([answer.id]))`. Whoever
changes the row past the services leaves the fingerprint behind, and cannot change that: the entries are chained.

A slice declares its kinds of facts in `facts.py`, each by the query that reads its rows. Entry and check read by the
same query, so that both see what the database gives. A kind whose query changes needs a new code: its old fingerprints
no longer apply, and `record_baseline` records what stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from flask_babel.speaklater import LazyString

from forum.core.database import batches
from forum.core.extensions import db

BATCH_SIZE = 500
SMALLEST_ID = -(2**31)
FactsByKind = dict[str, Mapping[str, str | None]]
"""Code of a kind -> key of a row -> its fingerprint; None says that there is no such row."""

Query = sa.Select[*tuple[Any, ...]]

FACT_KINDS: dict[str, FactKind] = {}


@dataclass(frozen=True)
class FactKind:
    """A kind of row that only recorded acts change.

    :param label: what the rows are called on the operator's screen
    :param query: the columns that are vouched for; the first is the key, a number
    :param children: queries of rows that belong to a row: their first column is its key
    """

    code: str
    label: LazyString
    query: Query
    children: Sequence[Query] = ()

    def of(self, keys: Collection[int]) -> FactsByKind:
        """Return the fingerprints of these rows. Facts of several kinds are put together with `|`."""
        db.session.flush()
        key_column: Any = self.query.selected_columns[0]
        found: dict[str, str] = {}
        for batch in batches(sorted(set(keys)), BATCH_SIZE):
            found |= self._fingerprints(self.query.where(key_column.in_(batch)))
        return {self.code: {str(key): found.get(str(key)) for key in sorted(set(keys))}}

    def all(self) -> Iterator[Mapping[str, str]]:
        """Yield the fingerprints of all rows, in batches."""
        key_column: Any = self.query.selected_columns[0]
        after = SMALLEST_ID
        while found := self._fingerprints(self.query.where(key_column > after).order_by(key_column).limit(BATCH_SIZE)):
            yield found
            after = max(map(int, found))

    def _fingerprints(self, query: Query) -> dict[str, str]:
        rows = db.session.execute(query).all()
        keys = [row[0] for row in rows]
        belonging = [_by_key(child, keys) for child in self.children if keys]
        return {str(row[0]): fingerprint([list(row), *(found.get(row[0], []) for found in belonging)]) for row in rows}


def fact_kind(code: str, label: LazyString, query: Query, children: Sequence[Query] = ()) -> FactKind:
    """Declare a kind of facts."""
    assert code not in FACT_KINDS, code
    FACT_KINDS[code] = FactKind(code, label, query, children)
    return FACT_KINDS[code]


def fingerprint(content: object) -> str:
    """Return SHA-256 over the content as JSON: the same on every machine and database."""
    return hashlib.sha256(_json(content).encode()).hexdigest()


def _by_key(query: Query, keys: Sequence[int]) -> dict[int, list[str]]:
    """Return the rows that belong to each key as JSON, sorted here: databases sort text each in their own way."""
    belongs_to: Any = query.selected_columns[0]
    grouped: dict[int, list[str]] = {}
    for key, *values in db.session.execute(query.where(belongs_to.in_(keys))):
        grouped.setdefault(key, []).append(_json(values))
    return {key: sorted(found) for key, found in grouped.items()}


def _json(content: object) -> str:
    return json.dumps(content, default=_as_json, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _as_json(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no fingerprint of {type(value).__name__}")
