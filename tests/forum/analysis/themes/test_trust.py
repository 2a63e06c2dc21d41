from __future__ import annotations

import csv
from types import SimpleNamespace

import pytest

from forum.analysis.themes.models import Cluster, ClusterLineage, ThemeRun
from forum.analysis.themes.trust import changes_since_last, confidence, readings, tiers
from forum.core.reference import DATA_DIR

ROOT = DATA_DIR.parent
DOCUMENT = (ROOT / "docs" / "analysis-experiments.md").read_text(encoding="utf-8")


def rows_of(name):
    with (ROOT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_idea_of_a_run_is_in_one_tier():
    run = ThemeRun(n_ideas=20, n_themed=12)
    assert [part.value for part in tiers(run, 5)] == [12, 5, 3]


@pytest.mark.parametrize(
    ("stabilities", "wanted"),
    [([1.0, 0.8, 0.79, 0.6, 0.5, 0.0], [2, 2, 1, 1]), ([0.9, None], []), ([], [])],
)
def test_clusters_are_counted_by_how_stable_they_are(stabilities, wanted):
    run = ThemeRun(clusters=[Cluster(stability=value) for value in stabilities])
    assert [part.value for part in confidence(run)] == wanted


def test_what_changed_is_counted_from_the_links_that_continue_a_cluster():
    def link(kind, cluster, earlier, is_successor=True):
        ends = [SimpleNamespace(title=title, size=size) if title else None for title, size in (cluster, earlier)]
        return SimpleNamespace(kind=kind, cluster=ends[0], earlier=ends[1], is_successor=is_successor)

    links: list[ClusterLineage] = [
        link("same", ("지붕", 5), ("지붕", 4)),
        link("split", ("급식", 3), ("급식 잔반", 9)),
        link("split", ("잔반", 6), ("급식 잔반", 9), is_successor=False),
        link("new", ("버스", 3), ("", 0), is_successor=False),
        link("gone", ("", 0), ("하천", 3), is_successor=False),
    ]
    changes = changes_since_last(links)
    assert (changes.new, changes.gone, changes.renamed, changes.grown, changes.shrunk) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize(("corpus", "name"), [(0, "seoul-whole"), (1, "petitions-whole")])
def test_the_shipped_figures_are_those_of_the_marks_that_are_kept(app, corpus, name):
    reading = readings()[corpus]
    rows = rows_of(f"docs/readings/2026-11-27-{name}.csv")
    counted = [row["belongs"] for row in rows if row["tier"] == "counted" and row["belongs"]]
    assert (reading.n, reading.belong) == (len(counted), round(counted.count("1") / len(counted), 2))
    ratings = [row["title_rating"] for row in rows]
    assert (reading.good, reading.usable, reading.bad) == tuple(map(ratings.count, ("good", "usable", "bad")))
    for share in (reading.low, reading.high, reading.kept):
        assert f"{share:.2f}".lstrip("0") in DOCUMENT


def test_every_shipped_figure_names_its_source_and_version(app):
    for row in rows_of("data/benchmark.csv"):
        assert (ROOT / row["source"]).is_file()
        assert row["version"]
        assert row["measured_on"]
