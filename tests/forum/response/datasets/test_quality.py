from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from forum.response.datasets import distributions
from forum.response.datasets.distributions import KeptFile
from forum.response.datasets.models import FileFormat, Licence
from forum.response.datasets.quality import CopyFacts, QualityFacts, facts_of, points_of, rate
from forum.response.datasets.quality_rules import MAX_POINTS, RULES, Dimension, Grade, Metric
from tests.factories import Factories
from tests.forum.response.datasets.rows import full_dataset, minimal_dataset, publish

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
FULL_COPY = CopyFacts(**{field.name: True for field in fields(CopyFacts)})
FULL = QualityFacts(
    **{field.name: True for field in fields(QualityFacts) if field.name != "copies"},  # type: ignore[arg-type]
    copies=(FULL_COPY,),
)
# Worked by hand from data.europa.eu/mqa/methodology, not from the rules.
WEIGHTS = {
    Metric.KEYWORDS: 30,
    Metric.THEME: 30,
    Metric.SPATIAL: 20,
    Metric.TEMPORAL: 20,
    Metric.ACCESS_ANSWERS: 50,
    Metric.DOWNLOAD: 20,
    Metric.DOWNLOAD_ANSWERS: 30,
    Metric.FORMAT: 20,
    Metric.MEDIA_TYPE: 10,
    Metric.VOCABULARY: 10,
    Metric.NON_PROPRIETARY: 20,
    Metric.MACHINE_READABLE: 20,
    Metric.COMPLIANT: 30,
    Metric.LICENCE: 20,
    Metric.KNOWN_LICENCE: 10,
    Metric.ACCESS_RIGHTS: 10,
    Metric.KNOWN_ACCESS_RIGHTS: 5,
    Metric.CONTACT: 20,
    Metric.PUBLISHER: 10,
    Metric.RIGHTS: 5,
    Metric.SIZE: 5,
    Metric.ISSUED: 5,
    Metric.MODIFIED: 5,
}


def test_everything_said_is_full_marks() -> None:
    rating = rate(FULL)
    assert (rating.points, rating.grade, rating.missing) == (MAX_POINTS, Grade.EXCELLENT, [])
    by_dimension = {one.dimension: (one.points, one.weight) for one in rating.dimensions}
    assert by_dimension == {
        Dimension.FINDABILITY: (100, 100),
        Dimension.ACCESSIBILITY: (100, 100),
        Dimension.INTEROPERABILITY: (110, 110),
        Dimension.REUSABILITY: (75, 75),
        Dimension.CONTEXTUALITY: (20, 20),
    }


def test_nothing_said_is_no_point_and_says_what_to_do_with_the_most_points_first() -> None:
    rating = rate(QualityFacts())
    assert (rating.points, rating.grade) == (0, Grade.POOR)
    assert [line.rule.metric for line in rating.missing[:2]] == [Metric.ACCESS_ANSWERS, Metric.KEYWORDS]
    assert all(line.missing for line in rating.missing)
    assert len(rating.missing) == len(RULES) == 23


@pytest.mark.parametrize("metric", list(Metric))
def test_what_is_not_said_costs_its_weight(metric: Metric) -> None:
    is_of_copy = hasattr(FULL_COPY, metric)
    without = {"copies": (replace(FULL_COPY, **{metric: False}),)} if is_of_copy else {metric: False}
    rating = rate(replace(FULL, **without))
    assert rating.points == MAX_POINTS - WEIGHTS[metric]
    assert [line.rule.metric for line in rating.lines if not line.is_reached] == [metric]


@pytest.mark.parametrize(
    ("lost", "grade"),
    [
        ((Metric.ACCESS_ANSWERS,), Grade.EXCELLENT),  # 355
        ((Metric.ACCESS_ANSWERS, Metric.SIZE), Grade.GOOD),  # 350
    ],
)
def test_grades_begin_where_the_portal_lets_them(lost: tuple[Metric, ...], grade: Grade) -> None:
    copy = replace(FULL_COPY, **dict.fromkeys(lost, False))
    assert rate(replace(FULL, copies=(copy,))).grade is grade


def test_the_best_copy_counts() -> None:
    poor = CopyFacts(has_size=True)
    assert rate(replace(FULL, copies=(poor, FULL_COPY, poor))).points == MAX_POINTS


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the forum keep a file of every version."""

    def keep(format_: FileFormat = FileFormat.CSV, download_path: str = "") -> None:
        file = KeptFile("전력.csv", "/datafiles/1", download_path, format_, 10)
        monkeypatch.setattr(distributions, "_providers", {"test": lambda ids: {one: [file] for one in ids}})

    return keep


@SQLITE
def test_a_minimal_dataset_worked_by_hand(make: Factories) -> None:
    """Theme 30, place 20, DCAT-AP 30, who may have it 10 + 5, contact 20, publisher 10, day of change 5."""
    assert points_of(minimal_dataset(make)) == 130


@SQLITE
@pytest.mark.parametrize(
    ("format_", "download_path", "licence", "points"),
    [
        (FileFormat.CSV, "/datafiles/1/download", Licence.CC_BY_4, 405),
        (FileFormat.CSV, "/datafiles/1/download", Licence.KOGL_1, 395),  # not in the table of licences
        (FileFormat.CSV, "", Licence.CC_BY_4, 355),  # no open download: 20 + 30
        (FileFormat.XLSX, "/datafiles/1/download", Licence.CC_BY_4, 385),  # proprietary
        (FileFormat.PARQUET, "/datafiles/1/download", Licence.CC_BY_4, 365),  # in neither list
    ],
)
def test_what_the_forum_keeps_always_answers(
    make: Factories, kept: Callable[..., None], format_: FileFormat, download_path: str, licence: Licence, points: int
) -> None:
    dataset = full_dataset(make, licence=licence)
    dataset.versions[0].distributions = []
    kept(format_, download_path)
    assert points_of(dataset) == points


@SQLITE
def test_only_the_newest_published_version_counts(make: Factories) -> None:
    dataset = full_dataset(make)
    assert points_of(dataset) == 405
    later = make.dataset_version(dataset, number=2, published=False, changes="새 달")
    assert points_of(dataset) == 405
    publish(later)
    assert facts_of(dataset).copies == ()


@SQLITE
def test_an_address_that_did_not_answer_earns_nothing(make: Factories) -> None:
    dataset = full_dataset(make)
    [one] = dataset.versions[0].distributions
    one.access_answers_at = one.download_answers_at = None
    assert points_of(dataset) == 405 - 50 - 30
