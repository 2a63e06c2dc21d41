"""What slices above say to a change of a dataset. They register it in their `setup.py`; nothing commits."""

from __future__ import annotations

from collections.abc import Callable

from forum.response.datasets.models import Dataset

Objection = Callable[[Dataset], str]
_to_opening: dict[str, Objection] = {}


def register_objection_to_opening(name: str, objection: Objection) -> None:
    """Let a slice refuse that everybody gets the rows of a dataset: it returns why, or "". A name replaces it."""
    _to_opening[name] = objection


def objections_to_opening(dataset: Dataset) -> list[str]:
    """Return why the rows of a dataset must not become everybody's."""
    return [said for name in sorted(_to_opening) if (said := _to_opening[name](dataset))]
