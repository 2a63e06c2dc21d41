"""Quality points of a dataset, kept so that lists need not compute them. `services.rated` asks for them anew."""

from __future__ import annotations

from forum.response.datasets.models import Dataset


def refresh_points(dataset: Dataset) -> None:
    """Compute the points anew. The caller commits. Without a way to rate, they stay what they are."""
