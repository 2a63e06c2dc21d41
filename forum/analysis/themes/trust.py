"""How far a run can be trusted, in figures for its page: tiers, confidence, what changed, and how this version reads.

Everything is stored with the run, counted from what is stored, or shipped in `data/benchmark.csv`. Nothing is analysed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from forum.analysis.themes.models import ClusterLineage, ThemeRun
from forum.core.i18n import LazyString, _l
from forum.core.reference import DATA_DIR

CONFIDENCE: tuple[tuple[float, LazyString], ...] = (
    (0.8, _l("거의 그대로 다시 나와요")),
    (0.6, _l("대체로 다시 나와요")),
    (0.4, _l("자주 달라져요")),
    (0.0, _l("많이 달라져요")),
)
"""Least stability of a cluster in each class; the limits are those of the component `measure`."""
CORPORA: dict[str, LazyString] = {"proposals": _l("한 도시의 시민 제안"), "petitions": _l("국민청원")}


@dataclass(frozen=True)
class Part:
    """A part of a whole, for the component `share_bars`."""

    label: LazyString
    value: int


@dataclass(frozen=True)
class Changes:
    """How a run's clusters differ from those of the last run that they continue."""

    new: int
    gone: int
    renamed: int
    grown: int
    shrunk: int


@dataclass(frozen=True)
class Reading:
    """What a reader who did not write the rules found in one corpus, by this version or an earlier one.

    :param belong: 0..1, share of the counted members that belong, with `low` and `high`, its 90 % interval
    :param kept: 0..1, share of what belongs that is counted
    :param n: members that were read
    """

    corpus: LazyString
    belong: float
    low: float
    high: float
    n: int
    kept: float
    good: int
    usable: int
    bad: int
    measured_on: date
    version: str


def tiers(run: ThemeRun, n_loose: int) -> list[Part]:
    """Return how many of the ideas that a run read count, loosely belong, and are left out."""
    return [
        Part(_l("묶음에 들어 세는 제안"), run.n_themed),
        Part(_l("느슨하게 가까워 세지 않은 제안"), n_loose),
        Part(_l("묶이지 않은 제안"), max(0, run.n_ideas - run.n_themed - n_loose)),
    ]


def confidence(run: ThemeRun) -> list[Part]:
    """Return how many clusters are how stable; nothing where that was not tried for all of them."""
    known = [cluster.stability for cluster in run.clusters if cluster.stability is not None]
    if not known or len(known) < len(run.clusters):
        return []
    classes = [next(place for place, (least, _name) in enumerate(CONFIDENCE) if value >= least) for value in known]
    return [Part(name, classes.count(place)) for place, (_least, name) in enumerate(CONFIDENCE)]


def changes_since_last(links: Iterable[ClusterLineage]) -> Changes:
    """Count what the links of a run say about its clusters."""
    links = list(links)
    kept = [(link.cluster, link.earlier) for link in links if link.is_successor]
    both = [(cluster, earlier) for cluster, earlier in kept if cluster is not None and earlier is not None]
    return Changes(
        new=sum(link.kind == "new" for link in links),
        gone=sum(link.kind == "gone" for link in links),
        renamed=sum(cluster.title != earlier.title for cluster, earlier in both),
        grown=sum(cluster.size > earlier.size for cluster, earlier in both),
        shrunk=sum(cluster.size < earlier.size for cluster, earlier in both),
    )


@cache
def readings() -> tuple[Reading, ...]:
    """Return the figures of `data/benchmark.csv`, in the order of the file."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    with (DATA_DIR / "benchmark.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["corpus"], {})[row["figure"]] = row
    return tuple(_reading(corpus, rows) for corpus, rows in found.items())


def _reading(corpus: str, rows: dict[str, dict[str, str]]) -> Reading:
    belong = rows["belong"]
    good, usable, bad = (int(rows[f"titles_{rating}"]["value"]) for rating in ("good", "usable", "bad"))
    return Reading(
        corpus=CORPORA[corpus],
        belong=float(belong["value"]),
        low=float(belong["low"]),
        high=float(belong["high"]),
        n=int(belong["n"]),
        kept=float(rows["kept"]["value"]),
        good=good,
        usable=usable,
        bad=bad,
        measured_on=date.fromisoformat(belong["measured_on"]),
        version=belong["version"],
    )
