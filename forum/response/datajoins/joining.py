"""Which columns two files share, and what the child process finds when it joins them.

Whoever has another file is taken to know, of a row, the values of the columns that both files have. Two columns are
the same if they have one name and a type whose values mean the same in both. Measured numbers (NUMBER) are left out:
equal kWh of two buildings are chance, and chance would look like knowledge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forum.core.children import Limits
from forum.core.errors import InvalidInput
from forum.response.datafiles.models import DataFile
from forum.response.datasets.models import ColumnType
from forum.response.dataviews.prepared import Source, make_copy
from forum.response.dataviews.processes import PreviewFailed, ask_child, opened
from forum.response.dataviews.queries import source_of

JOINING = Limits(memory_mib=768, cpu_seconds=120, seconds=240.0, file_bytes=1 << 20)
_MEANS = {
    ColumnType.TEXT: "words",
    ColumnType.CODE: "words",
    ColumnType.INTEGER: "integer",
    ColumnType.DATE: "day",
    ColumnType.DATETIME: "time",
    ColumnType.BOOLEAN: "truth",
}


@dataclass(frozen=True)
class Table:
    """A file that is given out, as its dictionary describes it.

    identifying : places of the identifying columns
    is_of_people : it has an identifying or a sensitive column; otherwise nobody is found in it
    """

    source: Source
    identifying: tuple[int, ...]
    is_of_people: bool

    @classmethod
    def of(cls, file: DataFile) -> Table:
        columns = file.version.columns
        identifying = tuple(one.position for one in columns if one.is_identifying)
        return cls(source_of(file), identifying, bool(identifying) or any(one.is_sensitive for one in columns))


@dataclass(frozen=True)
class Joined:
    """n_rows : rows whose shared values the other file has; k : the smallest group of them, None if there are none"""

    n_rows: int
    k: int | None


def shared_columns(own: Source, other: Source) -> list[tuple[int, int]]:
    """Return the places of the columns that both files have, in the order of the first."""
    kinds = {(one.name, _MEANS.get(one.type)): place for place, one in enumerate(other.columns)}
    keys = [(one.name, _MEANS.get(one.type)) for one in own.columns]
    return [(place, kinds[key]) for place, key in enumerate(keys) if key[1] and key in kinds]


def join(own: Table, other: Source, limits: Limits = JOINING) -> Joined | None:
    """Measure what whoever has the other file can tell of rows of this one; None if the child could not.

    :raise StoreGone, BlobMissing: a copy has to be made, and the store does not answer
    """
    try:
        for source in (own.source, other):
            if not source.path.exists():
                make_copy(source)
        found = _ask(own, other, limits)
    except (InvalidInput, PreviewFailed):
        return None
    return Joined(found["n_rows"], found["k"])


def _ask(own: Table, other: Source, limits: Limits) -> dict[str, Any]:
    shared = shared_columns(own.source, other)
    with opened(own.source.path) as mine, opened(other.path) as theirs:
        request = _table(mine, own.source) | {
            "operation": "joined",
            "other": _table(theirs, other),
            "shared": shared,
            "alike": sorted({*own.identifying, *(place for place, _theirs in shared)}),
        }
        return ask_child(request, [mine, theirs], limits)


def _table(descriptor: int, source: Source) -> dict[str, Any]:
    return {"file": descriptor, "is_parquet": True, "types": [column.type.value for column in source.columns]}
