"""Asks the addresses at which holders offer their data whether they answer, at most once a day each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from forum.core import clock
from forum.core.extensions import db
from forum.core.fetching import answers
from forum.response.datasets.models import Dataset, DatasetState, DatasetVersion, Distribution
from forum.response.datasets.rating import refresh_points

ASK_AGAIN_AFTER = timedelta(days=1)
AT_ONCE = 3
"""Addresses of one run of the task; each may take twice the five seconds of the guarded fetch."""


@dataclass(frozen=True)
class Asked:
    """What one distribution said when it was asked; None where it has no such address."""

    distribution_id: int
    access_url: str
    download_url: str
    access_answers: bool = False
    download_answers: bool = False


def due_addresses() -> Sequence[Asked]:
    """Return distributions of published versions that nobody asked today: the new ones first, then the longest ago."""
    query = (
        sa.select(Distribution.id, Distribution.access_url, Distribution.download_url)
        .join(DatasetVersion, DatasetVersion.id == Distribution.version_id)
        .join(Dataset, Dataset.id == DatasetVersion.dataset_id)
        .where(
            DatasetVersion.published_at.is_not(None),
            Dataset.state.in_({DatasetState.TALKING, DatasetState.OFFERED}),
            sa.or_(Distribution.asked_at.is_(None), Distribution.asked_at < clock.now() - ASK_AGAIN_AFTER),
        )
        .order_by(Distribution.asked_at.asc().nulls_first(), Distribution.id)
        .limit(AT_ONCE)
    )
    return [Asked(*row) for row in db.session.execute(query)]


def ask(due: Asked) -> Asked:
    """Open both addresses. No transaction may be open meanwhile: it takes seconds."""
    download = bool(due.download_url) and answers(due.download_url)
    return Asked(due.distribution_id, due.access_url, due.download_url, answers(due.access_url), download)


def note_answers(asked: Asked) -> bool:
    """Write what an address said, and the points that follow from it. The caller commits.

    :return: False if the distribution was removed or given another address meanwhile
    """
    dataset_of = (
        sa.select(DatasetVersion.dataset_id)
        .join(Distribution, Distribution.version_id == DatasetVersion.id)
        .where(Distribution.id == asked.distribution_id)
    )
    lock = sa.select(Dataset).where(Dataset.id == dataset_of.scalar_subquery()).with_for_update(of=Dataset)
    dataset = db.session.scalar(lock.execution_options(populate_existing=True))
    one = db.session.get(Distribution, asked.distribution_id, populate_existing=True)
    if dataset is None or one is None or (one.access_url, one.download_url) != (asked.access_url, asked.download_url):
        return False
    one.asked_at = clock.now()
    one.access_answers_at = one.asked_at if asked.access_answers else None
    one.download_answers_at = one.asked_at if asked.download_answers else None
    db.session.flush()
    refresh_points(dataset)
    return True
