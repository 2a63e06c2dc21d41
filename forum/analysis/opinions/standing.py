"""나는 어디쯤?: where one person stands among the groups of a snapshot.

It is computed when the person asks, after a consent of its own, and shown to them alone. Nothing of it is stored: only
that the consent was given, and when it was taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from forum.analysis.opinions.models import OpinionConsent, OpinionGroup, OpinionScore, OpinionSnapshot
from forum.analysis.opinions.permissions import can_ask_where_one_stands, can_withdraw_consent, why_not_ask
from forum.analysis.opinions.queries import GroupShare, IdeaGround, ground_of, shown_groups
from forum.analysis.opinions.services import Located, locate
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.disclosure import hidden_cells
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.queries import get_account
from forum.people.accounts.services import lock_account
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.votes.models import AGREE, DISAGREE, Vote

FEWEST_VOTES = 10  # on open ideas that the snapshot knows; fewer tell too little
DIFFERENCES_SHOWN = 5
MOST, FEW = 0.6, 0.4  # shares of agreement from which a group is for or against an idea


@dataclass(frozen=True)
class Difference:
    """An idea on which the person votes unlike most of the nearest group."""

    ground: IdeaGround
    own_vote: int
    share: GroupShare

    @property
    def idea(self) -> Idea:
        return self.ground.idea


@dataclass(frozen=True)
class OwnPlace:
    """Where a person stands.

    :param nearest: the group whose votes foretell theirs best, with the probability `chance`, 0..1
    :param x: place on the map, 0..1
    :param n_votes: of theirs that were read
    """

    nearest: OpinionGroup
    chance: float
    x: float
    y: float
    n_votes: int
    differs: Sequence[Difference]


def has_consented(actor: Actor) -> bool:
    """Return whether the actor's consent is in force."""
    query = sa.select(OpinionConsent.id).where(OpinionConsent.account_id == actor.id, _is_in_force)
    return actor.id is not None and db.session.scalar(query) is not None


def votes_known_to(snapshot: OpinionSnapshot, actor: Actor) -> dict[int, int]:
    """Return the actor's present votes that count, on open ideas that the snapshot knows, by idea id."""
    query = (
        sa.select(Vote.idea_id, Vote.value)
        .join(Idea, Idea.id == Vote.idea_id)
        .join(OpinionScore, OpinionScore.idea_id == Vote.idea_id)
        .where(
            Vote.participant_id == actor.participant_id,
            Vote.excluded_by_id.is_(None),
            OpinionScore.snapshot_id == snapshot.id,
            Idea.state == IdeaState.OPEN,
        )
    )
    return {row.idea_id: row.value for row in db.session.execute(query)}


def give_consent(actor: Actor) -> None:
    """Record the actor's consent to be told where they stand; doing it twice is the same as once. The caller commits.

    :raise Forbidden: `actor` may not ask
    :raise WrongState: `actor` has left meanwhile
    """
    require(can_ask_where_one_stands(actor), why_not_ask(actor))
    assert actor.id is not None
    account = get_account(actor.id)
    lock_account(account)  # a second click waits, and nothing is left of who is leaving
    require(can_ask_where_one_stands(account), why_not_ask(account))
    if not has_consented(account):
        db.session.add(OpinionConsent(account_id=account.id))
        db.session.flush()


def withdraw_consent(actor: Actor) -> None:
    """Take the actor's consent back, whether or not there is one. The caller commits.

    :raise Forbidden: a visitor
    """
    require(can_withdraw_consent(actor))
    own = sa.update(OpinionConsent).where(OpinionConsent.account_id == actor.id, _is_in_force)
    db.session.execute(own.values(withdrawn_at=clock.now()).execution_options(synchronize_session=False))


def forget_consents(account_id: int) -> None:
    """Delete the consents of somebody who leaves. The caller commits."""
    own = sa.delete(OpinionConsent).where(OpinionConsent.account_id == account_id)
    db.session.execute(own.execution_options(synchronize_session=False))


def where_one_stands(snapshot: OpinionSnapshot, actor: Actor) -> OwnPlace | None:
    """Return where the actor stands among the snapshot's groups; None where there is no group that may be shown.

    :raise Forbidden: `actor` may not ask
    :raise WrongState: no consent is in force, or fewer than `FEWEST_VOTES` votes
    """
    require(can_ask_where_one_stands(actor), why_not_ask(actor))
    if not has_consented(actor):
        raise WrongState(_("먼저 동의해 주세요."))
    votes, groups = votes_known_to(snapshot, actor), shown_groups(snapshot)
    if len(votes) < FEWEST_VOTES:
        raise WrongState(_("제안 %(n)s건에 투표하면 볼 수 있어요.", n=FEWEST_VOTES))
    if not groups:
        return None
    grounds = ground_of(snapshot, votes)
    found = _located(snapshot, groups, votes, grounds)
    best = max(range(len(groups)), key=lambda place: found.chances[place])
    nearest = groups[best]
    return OwnPlace(
        nearest, found.chances[best], found.x, found.y, len(votes), _differences(votes, grounds, nearest.number)
    )


_is_in_force = OpinionConsent.withdrawn_at.is_(None)


def _located(
    snapshot: OpinionSnapshot, groups: Sequence[OpinionGroup], votes: dict[int, int], grounds: dict[int, IdeaGround]
) -> Located:
    idea_ids = sorted(grounds)
    counts = [_told_counts(snapshot, grounds[idea_id].score, groups) for idea_id in idea_ids]
    return locate(
        [votes[idea_id] for idea_id in idea_ids],
        [[of_idea[place] for of_idea in counts] for place in range(len(groups))],
        [group.size for group in groups],
        [grounds[idea_id].score.loadings for idea_id in idea_ids],
        snapshot.map,
    )


def _told_counts(snapshot: OpinionSnapshot, score: OpinionScore, groups: Sequence[OpinionGroup]) -> list[list[int]]:
    """Return the votes of each group on an idea; those that pages hide count as none, so that nobody can probe them."""
    cells = {group.number: cell[:3] for group, cell in zip(snapshot.groups, score.groups, strict=True)}
    hidden = hidden_cells({number: sum(cell) for number, cell in cells.items()})
    return [[0, 0, 0] if group.number in hidden else list(cells[group.number]) for group in groups]


def _differences(votes: dict[int, int], grounds: dict[int, IdeaGround], number: int) -> list[Difference]:
    """Return where the person's vote and that of most of the group are opposed, the clearest first."""
    found: list[tuple[float, Difference]] = []
    for idea_id, ground in grounds.items():
        own = votes[idea_id]
        share: Any = next((one for one in ground.groups if one.number == number and one.share is not None), None)
        if share is None:
            continue
        if (own == AGREE and share.share <= FEW) or (own == DISAGREE and share.share >= MOST):
            found.append((abs(share.share - (MOST + FEW) / 2), Difference(ground, own, share)))
    found.sort(key=lambda pair: (-pair[0], pair[1].idea.id))
    return [one for _distance, one in found[:DIFFERENCES_SHOWN]]
