from __future__ import annotations

from forum.core.access import Actor
from forum.voice.integrity.models import ExclusionCase
from forum.voice.moderation.permissions import can_moderate


def can_see_findings(actor: Actor) -> bool:
    """See what was found about votes: moderators."""
    return can_moderate(actor)


def can_judge_votes(actor: Actor, participant_id: int) -> bool:
    """Exclude somebody's votes, or let them count again: moderators, but not their own.

    Never the system: no job and no command decides that a vote does not count.
    """
    return can_moderate(actor) and actor.participant_id != participant_id


def is_about(actor: Actor, case: ExclusionCase) -> bool:
    return actor.participant_id is not None and actor.participant_id == case.participant_id


def can_object(actor: Actor, case: ExclusionCase) -> bool:
    """Object: the person whose votes they are, and nobody else."""
    return is_about(actor, case)


def can_decide_objection(actor: Actor, case: ExclusionCase, n_others: int) -> bool:
    """Decide an objection: a moderator who did not exclude the votes; the one who did only if there is no other.

    :param n_others: how many active moderators did not exclude them
    """
    return can_judge_votes(actor, case.participant_id) and (actor.id != case.decided_by_id or n_others == 0)
