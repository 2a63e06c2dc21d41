"""Quality points of a dataset, kept so that lists need not count them. `services.rated` calls this at every change."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.database import batches
from forum.core.extensions import db
from forum.response.datasets.models import Dataset
from forum.response.datasets.quality import facts_of_all, points_of, rate

BATCH_SIZE = 200


def refresh_points(dataset: Dataset) -> None:
    """Compute the points anew. The caller commits."""
    dataset.quality_points = points_of(dataset)


def wrong_points() -> tuple[int, list[tuple[Dataset, int]]]:
    """Count the points of all datasets anew.

    :return: how many there are, and those whose stored points differ, each with the counted ones
    """
    n_checked, wrong = 0, list[tuple[Dataset, int]]()
    query = sa.select(Dataset).options(joinedload(Dataset.holder)).order_by(Dataset.id)
    for batch in batches(db.session.scalars(query).all(), BATCH_SIZE):
        n_checked += len(batch)
        facts = facts_of_all(batch)
        counted = [(dataset, rate(facts[dataset.id]).points) for dataset in batch]
        wrong.extend((dataset, points) for dataset, points in counted if points != dataset.quality_points)
    return n_checked, wrong
