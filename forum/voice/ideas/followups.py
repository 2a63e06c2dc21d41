"""What follows in the same transaction when an idea is submitted. Higher slices register it in their `setup.py`."""

from __future__ import annotations

from collections.abc import Callable

from forum.voice.ideas.models import Idea

FollowUp = Callable[[Idea], None]
_AFTER_SUBMISSION: list[FollowUp] = []


def register_after_submission(follow_up: FollowUp) -> None:
    """Let a slice do something with each new idea, such as starting its check. It flushes and does not commit.

    :param follow_up: is given the stored idea, which a moderator may have to read first (HIDDEN)
    """
    if follow_up not in _AFTER_SUBMISSION:
        _AFTER_SUBMISSION.append(follow_up)


def follow_submission(idea: Idea) -> None:
    for follow_up in _AFTER_SUBMISSION:
        follow_up(idea)
