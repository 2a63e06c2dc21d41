from __future__ import annotations

from forum.core.access import Actor
from forum.core.i18n import _l
from forum.people.accounts.permissions import explain, may_take_part
from forum.voice.ideas.permissions import MEMBERS


def can_rate(actor: Actor) -> bool:
    """Rate a milestone: accounts of citizens and facilitators who may take part; staff and guests of a room don't.

    In a round only those who took part in the theme before it opened: `queries.may_rate`.
    """
    return actor.role in MEMBERS and may_take_part(actor)


def why_not_rate(actor: Actor) -> str:
    """Return why the actor may not rate, as a sentence; empty if they may."""
    return explain(
        actor,
        MEMBERS,
        for_visitors=_l("로그인하면 평가할 수 있어요."),
        for_other_roles=_l("%(role)s 계정으로는 평가하지 않아요."),
    )
