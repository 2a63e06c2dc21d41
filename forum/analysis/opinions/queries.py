"""Snapshots as pages read them: what all groups back, what divides, and where groups differ.

Whatever was hidden, merged or withdrawn since the snapshot is left out when it is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.opinions.lens import AGE
from forum.analysis.opinions.models import OpinionGroup, OpinionScore, OpinionSnapshot, SnapshotState
from forum.core import clock
from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.voice.campaigns.models import Campaign, Phase, PhaseKind
from forum.voice.ideas.models import Idea, IdeaState
from forum.voice.integrity.queries import all_open_exclusions
from forum.voice.votes.models import VoteEvent

SNAPSHOT_JOB = "opinions.snapshot"
NEW_VOTES_SHARE = 0.02  # of all votes: a large campaign is not computed anew for a few, and snapshots stay few
LETTERS = _l("가나다라마바사아자차카타파하")
MIN_EFFECTIVE_VOTES = 30  # fewer reweighted votes tell nothing


def group_letter(number: int) -> str:
    """Return the letter by which pictures tell a group: 가, 나, …, 가2, …"""
    letters = str(LETTERS)
    turn, letter = divmod(number, len(letters))
    return letters[letter] + (str(turn + 1) if turn else "")


def group_name(number: int) -> str:
    """Return what a group is called on pages: "가 갈래", "나 갈래", …; it never changes."""
    return _("%(letter)s 갈래", letter=group_letter(number))


def current_snapshot(campaign_id: int) -> OpinionSnapshot | None:
    """Return the campaign's current snapshot with its groups, in one statement."""
    query = (
        sa.select(OpinionSnapshot)
        .where(OpinionSnapshot.campaign_id == campaign_id, OpinionSnapshot.is_current)
        .options(joinedload(OpinionSnapshot.groups))
    )
    return db.session.scalars(query).unique().one_or_none()


def get_snapshot(campaign: Campaign, number: int) -> OpinionSnapshot:
    """Return a campaign's finished snapshot by its number, with its groups.

    :raise NotFound:
    """
    query = (
        sa.select(OpinionSnapshot)
        .where(OpinionSnapshot.campaign_id == campaign.id, OpinionSnapshot.number == number)
        .options(selectinload(OpinionSnapshot.groups))
    )
    snapshot = db.session.scalar(query)
    if snapshot is None:
        raise NotFound(_("그런 공감대 회차가 없어요."))
    return snapshot


def finished_snapshots(campaign_id: int, limit: int = 50) -> Sequence[OpinionSnapshot]:
    """Return a campaign's newest finished snapshots, the newest first."""
    query = (
        sa.select(OpinionSnapshot)
        .where(OpinionSnapshot.campaign_id == campaign_id, OpinionSnapshot.state == SnapshotState.FINISHED)
        .order_by(OpinionSnapshot.number.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def due_campaign_ids() -> list[int]:
    """Return the campaigns with enough votes since their current snapshot, or whose voting has closed since, or where
    other votes are excluded than in it.

    Enough are OPINION_SNAPSHOT_VOTES casts, changes and clearings, or 2 % of the votes if that is more. The events of a
    campaign whose voting had closed when its current snapshot was made are not looked for: there are no new ones.
    """
    least, excluded = int(current_app.config["OPINION_SNAPSHOT_VOTES"]), all_open_exclusions()
    query = (
        sa.select(
            Campaign.id,
            OpinionSnapshot.last_event_id,
            OpinionSnapshot.n_votes,
            OpinionSnapshot.votes_cut_at,
            OpinionSnapshot.parameters["excluded"]["exclusions"],
            sa.or_(OpinionSnapshot.id.is_(None), _votes_came_after(OpinionSnapshot.votes_cut_at)),
        )
        .outerjoin(OpinionSnapshot, sa.and_(OpinionSnapshot.campaign_id == Campaign.id, OpinionSnapshot.is_current))
        .order_by(Campaign.id)
    )
    due = []
    for campaign_id, last_event_id, n_votes, cut_at, left_out, may_have_new in db.session.execute(query).all():
        enough = max(least, int(NEW_VOTES_SHARE * (n_votes or 0)))
        n_new = _new_events(campaign_id, last_event_id or 0, enough) if may_have_new else 0
        has_closed = cut_at is not None and n_new > 0 and _voting_closed_after(campaign_id, cut_at)
        is_other = cut_at is not None and excluded.get(campaign_id, []) != (left_out or [])
        if n_new >= enough or has_closed or is_other:
            due.append(campaign_id)
    return due


def _new_events(campaign_id: int, after: int, enough: int) -> int:
    """Return how many vote events a campaign has after this one, and `enough` where it may be more.

    The newest event of each idea is one place of the index of (idea_id, id), whatever other campaigns do. A join would
    read all newer events of all campaigns: PostgreSQL takes that for cheap, expecting to find enough of them early.
    """
    newest = sa.select(sa.func.max(VoteEvent.id)).where(VoteEvent.idea_id == Idea.id).correlate(Idea)
    has_new = sa.and_(Idea.campaign_id == campaign_id, newest.scalar_subquery() > after)
    idea_ids = db.session.scalars(sa.select(Idea.id).where(has_new).limit(enough)).all()
    if not idea_ids or len(idea_ids) == enough:
        return len(idea_ids)  # each has one at least
    is_new = sa.and_(VoteEvent.idea_id.in_(idea_ids), VoteEvent.id > after)
    return db.session.scalar(sa.select(sa.func.count()).where(is_new)) or 0


def _votes_came_after(moment: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a campaign's voting may have been open after a moment."""
    closed = sa.exists().where(
        Phase.campaign_id == Campaign.id, Phase.kind == PhaseKind.VOTING, Phase.closes_at <= moment
    )
    return ~closed


def _voting_closed_after(campaign_id: int, moment: Any) -> bool:
    closed = sa.select(Phase.id).where(
        Phase.campaign_id == campaign_id,
        Phase.kind == PhaseKind.VOTING,
        Phase.closes_at > moment,
        Phase.closes_at <= clock.now(),
    )
    return db.session.scalar(sa.select(closed.exists())) or False


@dataclass(frozen=True)
class GroupShare:
    """How one group votes on an idea. Figures are None where they would tell about fewer than five people.

    :param share: 0..1 agreement, with its 90 % interval `low` … `high`
    """

    number: int
    votes: int | None
    share: float | None
    low: float | None
    high: float | None

    @property
    def name(self) -> str:
        return group_name(self.number)


@dataclass(frozen=True)
class IdeaGround:
    """An idea with what a snapshot says about it, as pages show it."""

    idea: Idea
    score: OpinionScore
    groups: tuple[GroupShare, ...]

    @property
    def spread(self) -> float | None:
        """Largest difference of two groups' shares, 0..1; None where fewer than two groups may be shown."""
        shares = [group.share for group in self.groups if group.share is not None]
        return max(shares) - min(shares) if len(shares) > 1 else None

    @property
    def reweighted_share(self) -> float | None:
        """Share among votes from the queue, weighted back; None where they tell nothing."""
        return self.score.reweighted_share if self.score.reweighted_votes >= MIN_EFFECTIVE_VOTES else None


IdeaIds = Collection[int] | sa.Select[int]
"""Ids of ideas, or a SELECT of them: those of a theme may be thousands."""


@dataclass(frozen=True)
class Apart:
    """How a group and all others vote on an idea that sets them apart (`nlp.opinion.apart.Difference`).

    :param share: 0..1 agreement among the group's `votes`; `others_share` among the `others_votes`
    """

    group: int
    idea: int
    agrees_more: bool
    share: float
    others_share: float
    votes: int
    others_votes: int


def ideas_by_ground(
    snapshot: OpinionSnapshot,
    limit: int,
    *,
    idea_ids: IdeaIds | None = None,
    with_badge: bool | None = None,
    at_least: float | None = None,
) -> list[IdeaGround]:
    """Return open ideas in the order that repeats best, those that all groups back first.

    :param idea_ids: only these, a theme's say
    :param with_badge: only ideas with the badge, or only those without
    :param at_least: per cent of common ground; ideas on which fewer than five people voted are left out then
    """
    query = _scores(snapshot, idea_ids).where(OpinionScore.order_score.is_not(None))
    if with_badge is not None:
        query = query.where(OpinionScore.badge.is_(with_badge))
    if at_least is not None:
        query = query.where(OpinionScore.common_ground >= at_least, OpinionScore.votes >= MIN_PEOPLE_PER_CELL)
    query = query.order_by(OpinionScore.order_score.desc(), OpinionScore.idea_id).limit(limit)
    return _grounds(snapshot, query)


def ground_of(snapshot: OpinionSnapshot, idea_ids: IdeaIds) -> dict[int, IdeaGround]:
    """Return what the snapshot says about these open ideas, by id; ideas it does not know are missing."""
    return {one.idea.id: one for one in _grounds(snapshot, _scores(snapshot, idea_ids))}


def ideas_set_apart(snapshot: OpinionSnapshot, idea_ids: IdeaIds | None = None) -> dict[int, IdeaGround]:
    """Return the open ideas that set some group apart from the others beyond chance, by id.

    They are those named in a group's `apart`, where false discoveries are held at 5 %.

    :param idea_ids: only these, a theme's say
    """
    named = {one["idea"] for group in shown_groups(snapshot) for one in group.apart}
    if not named:
        return {}
    query = _scores(snapshot, named)
    if idea_ids is not None:
        query = query.where(OpinionScore.idea_id.in_(_ids(idea_ids)))
    return {one.idea.id: one for one in _grounds(snapshot, query)}


def most_dividing(found: Iterable[IdeaGround], limit: int) -> list[IdeaGround]:
    """Return the ideas on which groups are furthest apart, the furthest first."""
    told = [one for one in found if one.spread is not None]
    return sorted(told, key=lambda one: (-(one.spread or 0.0), one.idea.id))[:limit]


def dividing_ideas(snapshot: OpinionSnapshot, limit: int, *, idea_ids: IdeaIds | None = None) -> list[IdeaGround]:
    """Return open ideas that groups see differently beyond chance, those furthest apart first."""
    return most_dividing(ideas_set_apart(snapshot, idea_ids).values(), limit)


def sets_apart(group: OpinionGroup, among: Mapping[int, IdeaGround]) -> list[Apart]:
    """Return what sets a group apart, the largest difference first.

    :param among: ideas that may be named, from `ideas_set_apart`; a difference whose figures would give a hidden cell
        away is left out
    """
    found = []
    for record in group.apart:
        ground = among.get(record["idea"])
        is_shown = ground is not None and any(one.number == group.number and one.votes for one in ground.groups)
        if is_shown and min(record["votes"], record["others_votes"]) >= MIN_PEOPLE_PER_CELL:
            found.append(Apart(group=group.number, **record))
    return found


def age_cells(snapshot: OpinionSnapshot, most: int) -> list[tuple[int, dict[str, list[int]]]]:
    """Return what may be shown by age of the open ideas with the most votes: pairs of idea id and cells."""
    query = (
        sa.select(OpinionScore.idea_id, OpinionScore.lens[AGE])
        .join(Idea, Idea.id == OpinionScore.idea_id)
        .where(OpinionScore.snapshot_id == snapshot.id, Idea.state == IdeaState.OPEN)
        .order_by(OpinionScore.votes.desc(), OpinionScore.idea_id)
        .limit(most)
    )
    return [(idea_id, cells) for idea_id, cells in db.session.execute(query).all() if cells]


def current_score(idea: Idea) -> OpinionScore | None:
    """Return what the campaign's current snapshot says about an open idea, in one statement; None if nothing."""
    if idea.state is not IdeaState.OPEN:
        return None
    query = (
        sa.select(OpinionScore)
        .join(OpinionSnapshot, OpinionSnapshot.id == OpinionScore.snapshot_id)
        .where(
            OpinionSnapshot.campaign_id == idea.campaign_id,
            OpinionSnapshot.is_current,
            OpinionScore.idea_id == idea.id,
            OpinionScore.votes >= MIN_PEOPLE_PER_CELL,
            OpinionScore.common_ground.is_not(None),
        )
    )
    return db.session.scalar(query)


def shown_groups(snapshot: OpinionSnapshot) -> list[OpinionGroup]:
    """Return the groups that pages may show: those with five people or more."""
    return [group for group in snapshot.groups if group.size >= MIN_PEOPLE_PER_CELL]


def _ids(idea_ids: IdeaIds) -> Any:
    return idea_ids if isinstance(idea_ids, sa.Select) else sorted(idea_ids)


def _scores(snapshot: OpinionSnapshot, idea_ids: IdeaIds | None) -> sa.Select[*tuple[Any, ...]]:
    query = (
        sa.select(OpinionScore, Idea)
        .join(Idea, Idea.id == OpinionScore.idea_id)
        .where(OpinionScore.snapshot_id == snapshot.id, Idea.state == IdeaState.OPEN)
    )
    return query if idea_ids is None else query.where(OpinionScore.idea_id.in_(_ids(idea_ids)))


def _grounds(snapshot: OpinionSnapshot, query: sa.Select[*tuple[Any, ...]]) -> list[IdeaGround]:
    return [IdeaGround(idea, score, group_shares(snapshot, score.groups)) for score, idea in db.session.execute(query)]


def group_shares(snapshot: OpinionSnapshot, cells: Sequence[Any]) -> tuple[GroupShare, ...]:
    """Return each shown group's share; a cell is hidden where it is small or the others would give it away.

    :param cells: `OpinionScore.groups`
    """
    votes = {group.number: sum(cell[:3]) for group, cell in zip(snapshot.groups, cells, strict=True)}
    hidden, shown = hidden_cells(votes), {group.number for group in shown_groups(snapshot)}
    return tuple(
        GroupShare(group.number, None, None, None, None)
        if group.number in hidden
        else GroupShare(group.number, votes[group.number], *cell[3:])
        for group, cell in zip(snapshot.groups, cells, strict=True)
        if group.number in shown
    )
