"""Quality points of a dataset, kept so that lists need not count them. `services.rated` calls this at every change."""

from __future__ import annotations

from forum.response.datasets.models import Dataset
from forum.response.datasets.quality import points_of


def refresh_points(dataset: Dataset) -> None:
    """Compute the points anew. The caller commits."""
    dataset.quality_points = points_of(dataset)
