"""k-anonymity of a table, exactly: how many rows share each combination of the identifying columns.

Counts live in memory until there are many, then in a temporary SQLite file that is deleted with the folder.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from forum.core.disclosure import MIN_PEOPLE_PER_CELL

IN_MEMORY = 50_000  # combinations
UNIT_SEPARATOR = "\x1f"  # control characters are refused in cells, so it parts them for sure


@dataclass(frozen=True)
class Anonymity:
    """k : size of the smallest group; n_small_rows : rows in groups of fewer than 5"""

    k: int
    n_groups: int
    n_small_rows: int


class Groups:
    """Counts rows by combination. Close it with its folder.

    :param folder: private, for the file; deleted by the caller
    """

    def __init__(self, folder: Path) -> None:
        self._counts: Counter[str] = Counter()
        self._file = folder / "groups.sqlite"
        self._database: sqlite3.Connection | None = None

    def add(self, columns: Iterable[Iterable[str]]) -> None:
        """Count the rows of a batch, given as its identifying columns."""
        self._counts.update(map(UNIT_SEPARATOR.join, zip(*columns, strict=True)))
        if len(self._counts) >= IN_MEMORY:
            self._move()

    def measure(self) -> Anonymity:
        """:raise ValueError: no row was counted"""
        if self._database is None:
            small = sum(n for n in self._counts.values() if n < MIN_PEOPLE_PER_CELL)
            return Anonymity(min(self._counts.values()), len(self._counts), small)
        self._move()
        least, n_groups, small = self._database.execute(
            "SELECT min(n), count(*), coalesce(sum(n) FILTER (WHERE n < ?), 0) FROM groups", (MIN_PEOPLE_PER_CELL,)
        ).fetchone()
        return Anonymity(least, n_groups, small)

    def pairs(self) -> Iterator[tuple[str, int]]:
        """Yield each combination with its count, in no order."""
        if self._database is None:
            yield from self._counts.items()
            return
        self._move()
        with closing(self._database.execute("SELECT key, n FROM groups")) as found:
            yield from found

    def sizes(self, keys: list[str]) -> dict[str, int]:
        """Return the counts of those combinations that are here."""
        if self._database is None:
            return {key: self._counts[key] for key in keys if key in self._counts}
        self._move()
        marks = ",".join("?" * len(keys))
        return dict(self._database.execute(f"SELECT key, n FROM groups WHERE key IN ({marks})", keys))  # noqa: S608

    def close(self) -> None:
        if self._database is not None:
            self._database.close()

    def _move(self) -> None:
        if self._database is None:
            self._database = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode=OFF")
            self._database.execute("PRAGMA synchronous=OFF")
            self._database.execute("CREATE TABLE groups (key TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
        add = "INSERT INTO groups VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET n = n + excluded.n"
        self._database.execute("BEGIN")
        self._database.executemany(add, sorted(self._counts.items()))
        self._database.execute("COMMIT")
        self._counts.clear()
