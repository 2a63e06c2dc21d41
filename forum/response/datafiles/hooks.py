"""What slices above do when a file comes and goes, and say to its figures. Nothing here commits.

They register it in their `setup.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forum.response.datafiles.models import DataFile

FollowUp = Callable[[DataFile], None]
Objection = Callable[[DataFile], str]


@dataclass(frozen=True)
class _FollowUps:
    published: FollowUp
    withdrawn: FollowUp


_follow_ups: dict[str, _FollowUps] = {}
_to_figures: dict[str, Objection] = {}


def register_follow_ups(name: str, published: FollowUp, withdrawn: FollowUp) -> None:
    """Let a slice act in the transaction that publishes or withdraws a file. A name again replaces it."""
    _follow_ups[name] = _FollowUps(published, withdrawn)


def follow_publication(file: DataFile) -> None:
    for name in sorted(_follow_ups):
        _follow_ups[name].published(file)


def follow_withdrawal(file: DataFile) -> None:
    for name in sorted(_follow_ups):
        _follow_ups[name].withdrawn(file)


def register_objection_to_figures(name: str, objection: Objection) -> None:
    """Let a slice refuse exact figures of a file: it returns why, or "". A name again replaces it."""
    _to_figures[name] = objection


def objections_to_figures(file: DataFile) -> list[str]:
    """Return why no exact figures are made of a file."""
    return [said for name in sorted(_to_figures) if (said := _to_figures[name](file))]
