"""What follows in the transaction that sends or answers a letter. Higher slices register it in their `setup.py`."""

from __future__ import annotations

from collections.abc import Callable, Collection

from forum.core.access import Actor
from forum.response.referrals.models import Answer, Referral

FollowUp = Callable[[Referral, Actor], None]
AnswerFollowUp = Callable[[Answer, Actor], None]
Enclosure = Callable[[Referral, Actor, Collection[int]], object]
_AFTER_FORWARD: list[FollowUp] = []
_ENCLOSURES: list[Enclosure] = []
_AFTER_PUBLICATION: list[AnswerFollowUp] = []


def register_after_forward(follow_up: FollowUp) -> None:
    """Let a slice do something with each new letter, such as ending the checks of its ideas.

    It flushes and does not commit.

    :param follow_up: is given the letter, with the ideas that it quotes, and who sent it
    """
    if follow_up not in _AFTER_FORWARD:
        _AFTER_FORWARD.append(follow_up)


def register_enclosure(enclose: Enclosure) -> None:
    """Let a slice add something to each new letter, such as what came of its theme before.

    It flushes and does not commit, and may refuse what was chosen.

    :param enclose: is given the letter, who sends it, and the themes whose results the sender chose to send along
    """
    if enclose not in _ENCLOSURES:
        _ENCLOSURES.append(enclose)


def follow_forward(referral: Referral, actor: Actor, similar: Collection[int] = ()) -> None:
    for enclose in _ENCLOSURES:
        enclose(referral, actor, similar)
    for follow_up in _AFTER_FORWARD:
        follow_up(referral, actor)


def register_after_publication(follow_up: AnswerFollowUp) -> None:
    """Let a slice do something with each answer that is published, such as ending what hung on the one before.

    It flushes and does not commit.

    :param follow_up: is given the published answer, and who approved it
    """
    if follow_up not in _AFTER_PUBLICATION:
        _AFTER_PUBLICATION.append(follow_up)


def follow_publication(answer: Answer, actor: Actor) -> None:
    for follow_up in _AFTER_PUBLICATION:
        follow_up(answer, actor)
