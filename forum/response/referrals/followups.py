"""What follows in the same transaction when a letter is sent. Higher slices register it in their `setup.py`."""

from __future__ import annotations

from collections.abc import Callable

from forum.core.access import Actor
from forum.response.referrals.models import Referral

FollowUp = Callable[[Referral, Actor], None]
_AFTER_FORWARD: list[FollowUp] = []


def register_after_forward(follow_up: FollowUp) -> None:
    """Let a slice do something with each new letter, such as ending the checks of its ideas.

    It flushes and does not commit.

    :param follow_up: is given the letter, with the ideas that it quotes, and who sent it
    """
    if follow_up not in _AFTER_FORWARD:
        _AFTER_FORWARD.append(follow_up)


def follow_forward(referral: Referral, actor: Actor) -> None:
    for follow_up in _AFTER_FORWARD:
        follow_up(referral, actor)
