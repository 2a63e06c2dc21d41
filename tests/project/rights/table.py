"""Reads the two data files. Lines that begin with # are for people."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

HERE = Path(__file__).parent
ACTORS = (
    *("visitor", "unconfirmed", "citizen", "facilitator", "analyst", "officer", "council", "admin", "child"),
    "guest",
)
LIKE = {"child": "unconfirmed", "guest": "visitor"}
"""Where a column is left out: a child without a guardian's consent is answered as somebody with an unconfirmed address,
and a guest of a gathering as a visitor.
"""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSALS = frozenset({"login", "400", "403", "404", "409", "410", "413", "415"})
ANSWERS = REFUSALS | {"ok", "ok+", "ok-", "ok="}


@dataclass(frozen=True)
class Route:
    """One endpoint × method, the action it is, and what a well-meaning form would send."""

    endpoint: str
    method: str
    action: str
    body: str

    def form(self, words: dict[str, str]) -> list[tuple[str, str]]:
        """The fields to send; {name} stands for one of `words`, the same field may come twice."""
        return [
            (name.format_map(words), value.format_map(words))
            for name, value in parse_qsl(self.body, keep_blank_values=True)
        ]


@dataclass(frozen=True)
class Right:
    """What one action on one object answers to each actor, and which secrets a good answer may show."""

    action: str
    thing: str
    shows: frozenset[str]
    answers: dict[str, str]


@cache
def routes() -> tuple[Route, ...]:
    return tuple(
        Route(line["endpoint"], method, line["action"], line["body"] or "")
        for line in _lines("routes.csv")
        for method in line["methods"].split()
    )


@cache
def rights() -> tuple[Right, ...]:
    found = []
    for line in _lines("rights.csv"):
        answers = {who: line[who] or line[LIKE[who]] for who in ACTORS}
        found.append(Right(line["action"], line["object"], frozenset(line["shows"].split()), answers))
    return tuple(found)


def _lines(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(row for row in file if row.strip() and not row.startswith("#")):
            yield {key: (value or "").strip() for key, value in line.items()}
