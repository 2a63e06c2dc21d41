"""The ideas of a guest of a gathering: on the page of their pass, and when they take everything back."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.people.passes.actor import Guest
from forum.voice.ideas.binding import binding_of
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.ideas.services import withdraw_locked
from forum.voice.ideas.texts import IdeaKind


def ideas_of_guest(guest: Guest) -> Sequence[Idea] | None:
    """Return what a guest wrote, the newest first, with tallies; None if that is nothing."""
    query = sa.select(Idea).where(Idea.author_id == guest.participant_id).options(joinedload(Idea.tally))
    return db.session.scalars(query.order_by(Idea.id.desc())).all() or None


def withdraw_ideas(participant_id: int) -> None:
    """Withdraw a guest's open ideas, and delete what only they could read. The caller commits.

    What binds an idea keeps it: one that a ministry has answered stays, as it does for everybody.
    """
    kind = IdeaKind()
    for idea in kind.lock_all(Idea.author_id == participant_id):
        if idea.state is IdeaState.OPEN and not binding_of(idea).why_not_withdraw:
            withdraw_locked(idea)
    db.session.flush()
    kind.leave_behind(participant_id, keep_words=True)
