"""What slices above do when a file comes and goes. They register it in their `setup.py`; nothing commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forum.response.datafiles.models import DataFile

FollowUp = Callable[[DataFile], None]


@dataclass(frozen=True)
class _FollowUps:
    published: FollowUp
    withdrawn: FollowUp


_follow_ups: dict[str, _FollowUps] = {}


def register_follow_ups(name: str, published: FollowUp, withdrawn: FollowUp) -> None:
    """Let a slice act in the transaction that publishes or withdraws a file. A name again replaces it."""
    _follow_ups[name] = _FollowUps(published, withdrawn)


def follow_publication(file: DataFile) -> None:
    for name in sorted(_follow_ups):
        _follow_ups[name].published(file)


def follow_withdrawal(file: DataFile) -> None:
    for name in sorted(_follow_ups):
        _follow_ups[name].withdrawn(file)
