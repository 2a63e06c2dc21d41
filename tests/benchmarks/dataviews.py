"""Time and memory of previews of a table of 100 MB, from the request to the answer, beside bare DuckDB.

    python -m tests.benchmarks.dataviews

Each preview starts its child, as on a page. `bare` is the same kind of statement in a process that has DuckDB
loaded, without limits and with one thread. The figures stand in docs/data-preview.md. Linux only.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forum.response.datasets.models import ColumnType
from forum.response.dataviews.asking import Column, Filter, Operator, PreviewRequest
from forum.response.dataviews.convert import convert
from forum.response.dataviews.engine import preview

SIZE, N_TRIES = 100_000_000, 7
COLUMNS = (
    Column("month", ColumnType.DATE),
    Column("building", ColumnType.CODE),
    Column("type", ColumnType.TEXT),
    Column("region", ColumnType.CODE),
    Column("kwh", ColumnType.NUMBER, "kWh"),
    Column("cost", ColumnType.INTEGER),
)
KINDS = ("아파트", "단독주택", "연립주택", "업무시설", "학교", "병원", "상가", "공장", "창고", "기타")
ASKED = {
    "first rows": (PreviewRequest(), "SELECT * FROM '{0}' LIMIT 50"),
    "sort + limit": (PreviewRequest(sort="kwh", is_descending=True), "SELECT * FROM '{0}' ORDER BY c4 DESC LIMIT 50"),
    "filter": (
        PreviewRequest(filter=Filter("kwh", Operator.AT_LEAST, "8000")),
        "SELECT count(*) FROM '{0}' WHERE c4 >= 8000; SELECT * FROM '{0}' WHERE c4 >= 8000 LIMIT 50",
    ),
    "filter by text": (
        PreviewRequest(filter=Filter("type", Operator.CONTAINS, "주택")),
        "SELECT count(*) FROM '{0}' WHERE contains(lower(c2), '주택'); "
        "SELECT * FROM '{0}' WHERE contains(lower(c2), '주택') LIMIT 50",
    ),
    "count and sum": (
        PreviewRequest(group_by="type", sum_of="kwh"),
        "SELECT c2, count(*), sum(c4) FROM '{0}' GROUP BY 1",
    ),
    "400,000 groups": (
        PreviewRequest(group_by="building", sum_of="kwh"),
        "SELECT c1, count(*), sum(c4) s FROM '{0}' GROUP BY 1 ORDER BY s DESC LIMIT 50",
    ),
}
BARE = """
import sys, time, duckdb
connection = duckdb.connect(config={"threads": 1})
taken = []
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    connection.execute(sys.argv[1]).fetchall()
    taken.append(time.perf_counter() - began)
print(sorted(taken)[len(taken) // 2])
"""


def write_table(file: Path) -> int:
    """Write a made table of `SIZE` bytes; return its number of rows."""
    draw, n_rows = random.Random(1), 0
    with file.open("w", encoding="utf-8") as out:
        out.write(",".join(column.name for column in COLUMNS) + "\n")
        while n_rows % 1_000 or out.tell() < SIZE:
            month = f"20{20 + n_rows % 5}-{n_rows % 12 + 1:02d}-01"
            measured = f"{draw.random() * 9_000:.2f},{draw.randrange(10**6)}"
            building, region = f"서울-건물-{draw.randrange(400_000):06d}", f"{draw.randrange(1, 26):02d}"
            out.write(f"{month},{building},{draw.choice(KINDS)},{region},{measured}\n")
            n_rows += 1
    return n_rows


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak(work: Callable[[], Any]) -> int:
    """Return the largest resident size, in MiB, of a child that the work starts; its children before count too."""
    work()
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def apart(work: Callable[[], int]) -> int:
    """Return a number that the work finds in a process of its own, so that its children are the only ones."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        os.write(writer, str(work()).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(writer)
    with os.fdopen(reader) as said:
        return int(said.read())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, table = Path(folder) / "table.csv", Path(folder) / "table.parquet"
        n_rows = write_table(source)
        took = timed(lambda: convert(source, table, COLUMNS))
        memory = apart(lambda: peak(lambda: convert(source, table, COLUMNS)))
        sizes = [file.stat().st_size / 1e6 for file in (source, table)]
        print(f"{n_rows:,} rows, {sizes[0]:.0f} MB as CSV, {sizes[1]:.0f} MB as Parquet in {took:.1f} s, {memory} MiB")
        for name, (asked, statement) in ASKED.items():
            times = sorted(timed(lambda: preview(table, COLUMNS, asked)) for _ in range(N_TRIES))  # noqa: B023
            memory = apart(lambda: peak(lambda: preview(table, COLUMNS, asked)))  # noqa: B023
            command = [sys.executable, "-c", BARE, statement.format(table), str(N_TRIES)]
            bare = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            middle = times[N_TRIES // 2]
            print(
                f"{name:16} {middle:.2f} s (slowest {times[-1]:.2f}), peak {memory} MiB, bare {bare:.3f} s, "
                f"{middle - bare:+.2f} s, × {middle / bare:.1f}",
                flush=True,
            )
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
