"""Rates how well a dataset is described, by the metrics of the European data portal (`quality_rules`).

As there, what is said of a copy counts for the best one. Points for addresses that answer come from what the forum
keeps itself, whose pages always do, and from the guarded fetch (`addresses`) alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from forum.core.extensions import db
from forum.core.links import is_web_address
from forum.response.datasets.distributions import KeptFile, kept_files
from forum.response.datasets.models import Dataset, DatasetVersion, Distribution, FileFormat
from forum.response.datasets.quality_rules import GRADES, RULES, Dimension, Grade, Metric, Rule
from forum.response.datasets.vocabularies import EU_LICENCES, MACHINE_READABLE, NON_PROPRIETARY


@dataclass(frozen=True)
class CopyFacts:
    """What is said of one copy of the data: a file that the forum keeps, or an address of the holder."""

    access_answers: bool = False
    has_download: bool = False
    download_answers: bool = False
    has_format: bool = False
    has_media_type: bool = False
    is_named_by_table: bool = False
    is_non_proprietary: bool = False
    is_machine_readable: bool = False
    has_licence: bool = False
    has_known_licence: bool = False
    has_rights: bool = False
    has_size: bool = False


@dataclass(frozen=True)
class QualityFacts:
    """What is said of a dataset as a whole, and of each of its copies."""

    has_keywords: bool = False
    has_theme: bool = False
    has_place: bool = False
    has_period: bool = False
    is_compliant: bool = False
    has_access_rights: bool = False
    has_known_access_rights: bool = False
    has_contact: bool = False
    has_publisher: bool = False
    has_issue_date: bool = False
    has_change_date: bool = False
    copies: tuple[CopyFacts, ...] = ()


@dataclass(frozen=True)
class QualityLine:
    rule: Rule
    is_reached: bool

    @property
    def points(self) -> int:
        return self.rule.weight if self.is_reached else 0

    @property
    def missing(self) -> str:
        """What to do, in words; empty if nothing is missing."""
        return "" if self.is_reached else str(self.rule.missing)


@dataclass(frozen=True)
class DimensionPoints:
    dimension: Dimension
    points: int
    weight: int


@dataclass(frozen=True)
class Rating:
    """The points of a dataset with one line for each metric, in the order of `RULES`."""

    lines: tuple[QualityLine, ...]

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def grade(self) -> Grade:
        for least, grade in GRADES:
            if self.points >= least:
                return grade
        return Grade.POOR

    @property
    def missing(self) -> list[QualityLine]:
        """Lines that are not reached, the most points first."""
        return sorted((line for line in self.lines if not line.is_reached), key=lambda line: -line.rule.weight)

    @property
    def dimensions(self) -> list[DimensionPoints]:
        by_dimension = groupby(self.lines, key=lambda line: line.rule.dimension)
        return [_sum(dimension, list(lines)) for dimension, lines in by_dimension]


def _sum(dimension: Dimension, lines: list[QualityLine]) -> DimensionPoints:
    return DimensionPoints(dimension, sum(line.points for line in lines), sum(line.rule.weight for line in lines))


def rate(facts: QualityFacts) -> Rating:
    """Count the points of these facts. What is said of a copy counts for the one with the most points."""
    best = max(facts.copies, key=_points_of_copy, default=CopyFacts())
    return Rating(tuple(QualityLine(rule, _is_reached(rule.metric, facts, best)) for rule in RULES))


def _points_of_copy(copy: CopyFacts) -> int:
    return sum(rule.weight for rule in RULES if getattr(copy, rule.metric, False))


def _is_reached(metric: Metric, facts: QualityFacts, copy: CopyFacts) -> bool:
    return bool(getattr(facts if hasattr(facts, metric) else copy, metric))


def points_of(dataset: Dataset) -> int:
    """Count the points of a dataset as it is now, with its newest published version."""
    return rate(facts_of(dataset)).points


def facts_of(dataset: Dataset) -> QualityFacts:
    """Return what is known of a dataset, with the copies of its newest published version."""
    [facts] = facts_of_all([dataset]).values()
    return facts


def facts_of_all(datasets: Sequence[Dataset]) -> dict[int, QualityFacts]:
    """Return what is known of each of these datasets, by its id."""
    versions = newest_versions([dataset.id for dataset in datasets])
    kept = kept_files(version.id for version in versions.values())
    found = {}
    for dataset in datasets:
        version = versions.get(dataset.id)
        copies = tuple(_copies(dataset, version, kept.get(version.id, ()))) if version else ()
        found[dataset.id] = _facts(dataset, version, copies)
    return found


def newest_versions(dataset_ids: Iterable[int]) -> Mapping[int, DatasetVersion]:
    """Return the newest published version of each dataset that has one, with its copies and dictionary."""
    newest = (
        sa.select(DatasetVersion.dataset_id, sa.func.max(DatasetVersion.number))
        .where(DatasetVersion.dataset_id.in_(list(dataset_ids)), DatasetVersion.published_at.is_not(None))
        .group_by(DatasetVersion.dataset_id)
    )
    query = (
        sa.select(DatasetVersion)
        .where(sa.tuple_(DatasetVersion.dataset_id, DatasetVersion.number).in_(newest))
        .options(selectinload(DatasetVersion.distributions), selectinload(DatasetVersion.columns))
        .order_by(DatasetVersion.id)
    )
    return {version.dataset_id: version for version in db.session.scalars(query)}


def _facts(dataset: Dataset, version: DatasetVersion | None, copies: tuple[CopyFacts, ...]) -> QualityFacts:
    addresses = [address for one in version.distributions for address in _addresses(one)] if version else []
    return QualityFacts(
        has_keywords=bool(dataset.keywords),
        has_theme=True,
        has_place=True,  # a region, or the whole country
        has_period=dataset.period_from is not None,
        is_compliant=bool(dataset.title and dataset.summary) and all(map(is_web_address, addresses)),
        has_access_rights=True,
        has_known_access_rights=True,
        has_contact=bool(dataset.holder.contact_email),
        has_publisher=bool(dataset.holder.name),
        has_issue_date=dataset.offered_at is not None,
        has_change_date=dataset.changed_at is not None,
        copies=copies,
    )


def _addresses(distribution: Distribution) -> Iterator[str]:
    yield distribution.access_url
    if distribution.download_url:
        yield distribution.download_url


def _copies(dataset: Dataset, version: DatasetVersion, kept: Iterable[KeptFile]) -> Iterator[CopyFacts]:
    for file in kept:
        is_open = bool(file.download_path)
        yield _copy(dataset, file.format, True, is_open, is_open, True)
    for one in version.distributions:
        answers = one.access_answers_at is not None, one.download_answers_at is not None
        yield _copy(dataset, one.format, answers[0], bool(one.download_url), answers[1], one.size_bytes is not None)


def _copy(
    dataset: Dataset,
    format_: FileFormat,
    access_answers: bool,
    has_download: bool,
    download_answers: bool,
    has_size: bool,
) -> CopyFacts:
    return CopyFacts(
        access_answers=access_answers,
        has_download=has_download,
        download_answers=download_answers,
        has_format=True,
        has_media_type=True,
        is_named_by_table=True,
        is_non_proprietary=format_ in NON_PROPRIETARY,
        is_machine_readable=format_ in MACHINE_READABLE,
        has_licence=True,
        has_known_licence=dataset.licence in EU_LICENCES,
        has_rights=True,
        has_size=has_size,
    )
