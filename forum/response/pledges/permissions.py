from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain, may_take_part
from forum.response.pledges.models import Pledge, PledgeState
from forum.voice.ideas.permissions import MEMBERS


def can_pledge(actor: Actor) -> bool:
    """Make a pledge: accounts of citizens and facilitators who may take part. A teacher pledges for a class."""
    return actor.role in MEMBERS and may_take_part(actor)


def why_not_pledge(actor: Actor) -> str:
    """Return why the actor may make no pledge, as a sentence; empty if they may."""
    return explain(
        actor,
        MEMBERS,
        for_visitors=_l("로그인하면 실천을 약속할 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 실천을 약속하지 않아요."),
    )


def is_own(actor: Actor, pledge: Pledge) -> bool:
    return actor.participant_id is not None and actor.participant_id == pledge.author_id


def can_read(actor: Actor, pledge: Pledge) -> bool:
    """Whoever made it; everybody else only what was made public and nobody has hidden."""
    if pledge.state is PledgeState.REMOVED:
        return False
    return is_own(actor, pledge) or (pledge.is_public and pledge.state is PledgeState.VISIBLE)


def can_keep(actor: Actor, pledge: Pledge) -> bool:
    """Check in, change the settings and stop: only whoever made it, and may take part."""
    return is_own(actor, pledge) and can_pledge(actor) and pledge.state is not PledgeState.REMOVED
