"""Merge an idea into an earlier one that asks for the same, and undo that.

A merged idea keeps its text, its votes and its tally; nobody votes or comments on it any more (`IdeaState.MERGED`).
What was merged into it before leads to the same earlier idea from then on: no merged idea points at another one. Its
followers, and its author, follow the earlier idea.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.follows.registry import FOLLOW_KINDS
from forum.people.follows.services import bring_followers
from forum.system.audit.services import record
from forum.voice.ideas.binding import binding_of
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.permissions import can_merge, can_unmerge


def merge_idea(idea: Idea, target: Idea, actor: Actor) -> None:
    """Merge an open idea into another open one of its campaign. The caller commits.

    :raise Forbidden: only analysts
    :raise InvalidInput: the same idea, or one of another campaign
    :raise WrongState: one of the two is not open any more, or a letter to a ministry quotes the first
    """
    require(can_merge(actor))
    if idea.id == target.id or idea.campaign_id != target.campaign_id:
        raise InvalidInput({"target": _("같은 포럼의 다른 제안을 골라 주세요.")})
    lock_ideas(idea, target)
    for each in (idea, target):
        if each.state is not IdeaState.OPEN:
            words = {"number": each.id, "state": each.state.label}
            raise WrongState(_("제안 %(number)s번이 그사이에 ‘%(state)s’ 상태가 되었어요.", **words))
    if binding_of(idea).why_not_edit:
        raise WrongState(_("이미 소관부처에 보낸 제안이라 다른 제안에 합칠 수 없어요."))
    brought = _merged_into(idea.id)
    _point(brought, target.id)
    idea.state, idea.merged_into_id, idea.updated_at = IdeaState.MERGED, target.id, clock.now()
    db.session.flush()
    account = idea.author.account if idea.author else None
    bring_followers(FOLLOW_KINDS["idea"], idea.id, target.id, [account.id] if account and account.active else [])
    record(actor, "ideas.merge", idea, after={"into": target.id, "brought": brought})


def unmerge_idea(idea: Idea, actor: Actor, back: Collection[int] = ()) -> None:
    """Open a merged idea again. Who follows the other idea because of the merge goes on to. The caller commits.

    :param back: ideas that had been merged into this one first, and follow it again
    :raise Forbidden: only analysts and the system
    :raise WrongState: it is not merged
    """
    require(can_unmerge(actor))
    lock_ideas(idea)
    if idea.state is not IdeaState.MERGED:
        raise WrongState(_("합쳐진 제안이 아니에요."))
    was = idea.merged_into_id
    idea.state, idea.merged_into_id, idea.updated_at = IdeaState.OPEN, None, clock.now()
    db.session.flush()
    theirs = [one for one in _merged_into(was or 0) if one in set(back)]
    _point(theirs, idea.id)
    record(actor, "ideas.unmerge", idea, before={"into": was}, after={"back": theirs})


def lock_ideas(*ideas: Idea) -> None:
    """Lock the ideas until the commit, in the order of their ids, and reload them: votes under way are waited for."""
    ids = sorted({idea.id for idea in ideas})
    db.session.execute(sa.select(Idea.id).where(Idea.id.in_(ids)).order_by(Idea.id).with_for_update(of=Idea))
    for idea in ideas:
        db.session.refresh(idea)


def _merged_into(idea_id: int) -> list[int]:
    """Lock and return the ideas that were merged into this one."""
    query = sa.select(Idea.id).where(Idea.merged_into_id == idea_id).order_by(Idea.id).with_for_update(of=Idea)
    return list(db.session.scalars(query))


def _point(idea_ids: Sequence[int], target_id: int) -> None:
    if idea_ids:
        moved = sa.update(Idea).where(Idea.id.in_(idea_ids)).values(merged_into_id=target_id)
        db.session.execute(moved.execution_options(synchronize_session=False))
        db.session.expire_all()
