"""Read one table with DuckDB, as a program of its own: a JSON request on stdin, a JSON answer on stdout.

    python -I child.py MEMORY_MIB CPU_SECONDS FILE_BYTES

It runs as a file and imports one small module of the forum, whose whole takes 1.3 s to import; DuckDB takes .13 s.
DuckDB's own limits of memory and time do not hold (tried), so the process has limits of the kernel. It gets no path, no
name and no text of SQL from anybody: files are open descriptors, columns are c0, c1, … by their place, and what people
typed is bound as a value. An error is answered by a code alone, because DuckDB's texts quote cells.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

forum = ModuleType("forum")  # stands for the package, whose own file imports the whole application
forum.__path__ = [str(Path(__file__).resolve().parents[2])]
sys.modules.setdefault("forum", forum)

from forum.core.child_limits import limit_process  # noqa: E402

if TYPE_CHECKING:
    import duckdb

MIB = 1 << 20
MOST_REQUEST_BYTES = 1 * MIB
MEMORY_SHARE = 3  # DuckDB is asked to stay within a third; its buffers come on top
ROW_GROUP_CELLS = 3_000_000  # of a Parquet file; a row group is in memory as a whole
ROW_GROUP_ROWS = (2_048, 122_880)
TRUE = "lower(trim({0})) IN ('true', 't', 'yes', 'y', '1', '예')"
FALSE = "lower(trim({0})) IN ('false', 'f', 'no', 'n', '0', '아니요')"
CSV = "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', nullstr=''"
# The type of each column that has one but text, and how a cell of a CSV file becomes it.
TYPES = {
    "INTEGER": ("BIGINT", "CASE WHEN regexp_full_match(trim({0}), '[+-]?[0-9]+') THEN TRY_CAST({0} AS BIGINT) END"),
    "NUMBER": ("DOUBLE", "CASE WHEN isfinite(TRY_CAST({0} AS DOUBLE)) THEN TRY_CAST({0} AS DOUBLE) END"),
    "DATE": ("DATE", "CASE WHEN isfinite(TRY_CAST({0} AS DATE)) THEN TRY_CAST({0} AS DATE) END"),
    "DATETIME": ("TIMESTAMP", "CASE WHEN isfinite(TRY_CAST({0} AS TIMESTAMP)) THEN TRY_CAST({0} AS TIMESTAMP) END"),
    "BOOLEAN": ("BOOLEAN", f"CASE WHEN {TRUE} THEN true WHEN {FALSE} THEN false END"),
}
CONDITIONS = {
    "EQUALS": "{0} = CAST(? AS {1})",
    "DIFFERS": "{0} IS DISTINCT FROM CAST(? AS {1})",
    "AT_LEAST": "{0} >= CAST(? AS {1})",
    "AT_MOST": "{0} <= CAST(? AS {1})",
    "CONTAINS": "contains(lower({0}), lower(CAST(? AS {1})))",
    "EMPTY": "{0} IS NULL",
    "FILLED": "{0} IS NOT NULL",
}
WITHOUT_VALUE = frozenset({"EMPTY", "FILLED"})


class Table:
    """The file of a request: what its columns are, and the texts of SQL that name them."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.path = descriptor(request["file"])
        self.is_parquet = bool(request["is_parquet"])
        self.types = [TYPES.get(code, ("VARCHAR", "{0}")) for code in request["types"]]

    def cell(self, place: int) -> str:
        """Return the value of a column, in its type."""
        name = self.name(place)
        return name if self.is_parquet else self.types[place][1].format(name)

    def name(self, place: int) -> str:
        if not 0 <= place < len(self.types):
            raise IndexError(place)
        return f"c{place:d}"

    def source(self, columns: set[int]) -> str:
        """Return the rows with these columns and their number `r`; its only parameter is the path."""
        cells = ", ".join([f"{self.cell(place)} AS {self.name(place)}" for place in sorted(columns)])
        number = "file_row_number" if self.is_parquet else "row_number() OVER ()"
        return f"({select(f'{cells or 1}, {number} AS r', self.file())})"

    def file(self) -> str:
        if self.is_parquet:
            return "read_parquet(?)"
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.types)))
        return f"read_csv(?, {CSV}, columns={{{columns}}})"


def select(what: str, source: str, rest: str = "") -> str:
    return f"SELECT {what} FROM {source}{rest}"  # noqa: S608 # of our own texts and numbers alone: see above


def descriptor(number: int) -> str:
    return f"/dev/fd/{number:d}"


def shown(expression: str, most_chars: int) -> str:
    return f"left(CAST({expression} AS VARCHAR), {most_chars:d})"


def condition(table: Table, wanted: dict[str, Any] | None) -> tuple[str, list[Any]]:
    """Return the text of a WHERE clause and the values bound in it."""
    if wanted is None:
        return "", []
    place, operator = wanted["column"], wanted["operator"]
    text = CONDITIONS[operator].format(table.name(place), table.types[place][0])
    return f" WHERE {text}", [] if operator in WITHOUT_VALUE else [wanted["value"]]


def rows(connection: duckdb.DuckDBPyConnection, table: Table, request: dict[str, Any]) -> dict[str, Any]:
    """Return the first rows as text, in the order asked for, and how many match."""
    where, values = condition(table, request["filter"])
    asked = {request["filter"]["column"]} if request["filter"] else set()
    count = select("count(*)", table.source(asked), where)
    [(n_rows,)] = connection.execute(count, [table.path, *values]).fetchall()
    order, sort = "r", request["sort"]
    if sort is not None:
        order = f"{table.name(sort)} {'DESC' if request['is_descending'] else 'ASC'} NULLS LAST, r"
        asked.add(sort)
    columns = request["columns"]
    cells = ", ".join(shown(table.name(place), request["cell_chars"]) for place in columns)
    source = table.source(asked | set(columns))
    is_plain = sort is None and not where  # the file's own order, without reading on
    rest = "" if is_plain else f"{where} ORDER BY {order}"
    query = select(cells, source, f"{rest} LIMIT {request['limit']:d}")
    return {"n_rows": n_rows, "rows": connection.execute(query, [table.path, *values]).fetchall()}


def groups(connection: duckdb.DuckDBPyConnection, table: Table, request: dict[str, Any]) -> dict[str, Any]:
    """Return each value of a column with its number of rows; of another column the sum, and its largest part of it.

    The groups are the largest first. Beside them stand how many rows and groups there are in all.
    """
    where, values = condition(table, request["filter"])
    by, of = request["group_by"], request["sum_of"]
    asked = {by} | ({of} if of is not None else set()) | ({request["filter"]["column"]} if request["filter"] else set())
    sums = "NULL, NULL, NULL"
    if of is not None:
        name = table.name(of)
        sums = f"sum({name}), sum(abs(CAST({name} AS DOUBLE))), max(abs(CAST({name} AS DOUBLE)))"
    grouped = select(f"{table.name(by)}, count(*), {sums}", table.source(asked), f"{where} GROUP BY 1")
    what = f"{shown('k', request['cell_chars'])}, n, s, a, m, sum(n) OVER (), count(*) OVER ()"
    order = " ORDER BY coalesce(s, 0) DESC, n DESC, k NULLS LAST"
    query = select(what, f"({grouped}) AS t (k, n, s, a, m)", f"{order} LIMIT {request['limit']:d}")
    found = connection.execute(query, [table.path, *values]).fetchall()
    n_rows, n_groups = (int(found[0][5]), found[0][6]) if found else (0, 0)
    return {"n_rows": n_rows, "n_groups": n_groups, "groups": [line[:5] for line in found]}


def convert(connection: duckdb.DuckDBPyConnection, table: Table, request: dict[str, Any]) -> dict[str, Any]:
    """Write the CSV file as Parquet; return how many rows it has, and cells not of their type."""
    places = range(len(table.types))
    counts = ", ".join(f"count({table.name(place)}) - count({table.cell(place)})" for place in places)
    counting = select(f"count(*), {counts}", table.file())
    [(n_rows, *n_unread)] = connection.execute(counting, [table.path]).fetchall()
    least, most = ROW_GROUP_ROWS
    size = min(max(ROW_GROUP_CELLS // len(table.types), least), most)
    cells = ", ".join(f"{table.cell(place)} AS {table.name(place)}" for place in places)
    options = f"FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, ROW_GROUP_SIZE {size:d}"
    target = descriptor(request["target"])
    connection.execute(f"COPY ({select(cells, table.file())}) TO '{target}' ({options})", [table.path])
    return {"n_rows": n_rows, "n_unread": n_unread}


def joined(connection: duckdb.DuckDBPyConnection, table: Table, request: dict[str, Any]) -> dict[str, Any]:
    """Return how many rows have values of shared columns that the other table has too, and the smallest group of these.

    A group is the rows that are alike in the columns `alike`. An empty cell is a value like others.
    """
    other = Table(request["other"])
    pairs = [(table.name(own), other.name(theirs)) for own, theirs in request["shared"]]
    own = ", ".join(f"{table.cell(place)} AS {table.name(place)}" for place in request["alike"])
    theirs = ", ".join(f"{other.cell(place)} AS {other.name(place)}" for _own, place in request["shared"])
    known = select(f"DISTINCT {theirs}", other.file())
    matches = " AND ".join(f"a.{mine} IS NOT DISTINCT FROM b.{others}" for mine, others in pairs)
    found = f"({select(own, table.file())}) AS a SEMI JOIN ({known}) AS b ON {matches}"
    alike = ", ".join(f"a.{table.name(place)}" for place in request["alike"])
    groups = select("count(*) AS n", found, f" GROUP BY {alike}")
    query = select("coalesce(sum(n), 0), min(n)", f"({groups})")
    [(n_rows, k)] = connection.execute(query, [table.path, other.path]).fetchall()
    return {"n_rows": int(n_rows), "k": k}


OPERATIONS = {"rows": rows, "groups": groups, "convert": convert, "joined": joined}


def locked_connection(memory_mib: int, paths: list[str]) -> duckdb.DuckDBPyConnection:
    """Return a database in memory that may open these paths alone, and whose settings are fixed."""
    import duckdb

    settings: dict[str, Any] = {
        "threads": 1,
        "async_threads": 0,
        "memory_limit": f"{memory_mib // MEMORY_SHARE}MiB",
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=settings)
    allowed = ", ".join(f"'{path}'" for path in paths)
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def answer(request: dict[str, Any], memory_mib: int) -> dict[str, Any]:
    """Return what was asked for, or a code that says why not."""
    import duckdb

    table = Table(request)
    paths = [table.path] + ([descriptor(request["target"])] if "target" in request else [])
    paths += [descriptor(request["other"]["file"])] if "other" in request else []
    try:
        return OPERATIONS[request["operation"]](locked_connection(memory_mib, paths), table, request)
    except (MemoryError, duckdb.OutOfMemoryException):
        return {"error": "memory"}
    except duckdb.Error as error:
        line = re.search("CSV Error on Line: ([0-9]+)", str(error))
        return {"error": "unreadable", "line": int(line[1]) if line else None}


def main() -> None:
    memory_mib, cpu_seconds, file_bytes = map(int, sys.argv[1:])
    limit_process(memory_mib, cpu_seconds, file_bytes)
    request = json.loads(sys.stdin.buffer.read(MOST_REQUEST_BYTES))
    said = json.dumps(answer(request, memory_mib), default=str)
    sys.stdout.write(said)
    sys.stdout.flush()
    os._exit(0)  # DuckDB takes time to tidy up


if __name__ == "__main__":
    main()
