from __future__ import annotations

from dataclasses import fields, replace

import pytest

from forum.response.datasets.quality import CopyFacts, QualityFacts, rate
from forum.response.datasets.quality_rules import MAX_POINTS, RULES, Dimension, Grade, Metric

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
