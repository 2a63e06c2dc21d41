"""Shortlists, how far their votes are, and what the queue shows first.

A vote counts for a shortlist if its person takes part, having been told that ballots are published, and if it was cast
since the idea stood on it, or confirmed since. Whatever was hidden, merged or withdrawn is left out whenever a
shortlist is read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from forum.analysis.opinions.queries import current_snapshot, ideas_by_ground
from forum.analysis.shortlists.models import (
    Shortlist,
    ShortlistIdea,
    ShortlistState,
    ShortlistVoter,
    Slate,
    SlateStanding,
)
from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account, Participant
from forum.system.jobs.models import Job
from forum.system.jobs.queries import newest_job
from forum.voice.campaigns.models import Campaign, Phase, PhaseKind
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.voice.ideas.queries import Filters, cards, idea_page
from forum.voice.votes.models import Vote

SLATE_JOB = "shortlists.slate"
SEEN_ENOUGH = Fraction(7, 10)  # share of the voters who have seen all ideas: then the queue shows others first
MIN_VOTERS = 30  # so that the first few who have seen all do not end it for everybody
N_FOUND = 20  # ideas that a search in the analyst's form finds
N_CANDIDATES = 30  # ideas that the analyst's form offers by common ground, and as many by agreement


def get_shortlist(campaign: Campaign, number: int) -> Shortlist:
    """Return a campaign's shortlist by its number.

    :raise NotFound:
    """
    query = sa.select(Shortlist).where(Shortlist.campaign_id == campaign.id, Shortlist.number == number)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(_("그런 후보 투표가 없어요."))
    found.campaign = campaign
    return found


def shortlists_of(campaign_id: int) -> Sequence[Shortlist]:
    """Return a campaign's shortlists, the newest first."""
    query = sa.select(Shortlist).where(Shortlist.campaign_id == campaign_id).order_by(Shortlist.number.desc())
    return db.session.scalars(query).all()


def open_shortlist_of(campaign_id: int) -> Shortlist | None:
    """Return the campaign's open shortlist; None while there is none."""
    is_open = sa.and_(Shortlist.campaign_id == campaign_id, Shortlist.state == ShortlistState.OPEN)
    return db.session.scalar(sa.select(Shortlist).where(is_open))


def newest_shortlist(campaign_id: int) -> tuple[Shortlist, SlateStanding | None] | None:
    """Return a campaign's newest shortlist with what can be said of its slate, in one statement."""
    query = (
        sa.select(Shortlist, Slate.standing)
        .outerjoin(Slate, Slate.shortlist_id == Shortlist.id)
        .where(Shortlist.campaign_id == campaign_id)
        .order_by(Shortlist.number.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def slate_of(shortlist_id: int) -> Slate | None:
    """Return what was published of a closed shortlist; None before."""
    return db.session.get(Slate, shortlist_id)


def latest_slate_job(shortlist_id: int) -> Job | None:
    """Return the newest job that was to make this shortlist's slate."""
    return newest_job(SLATE_JOB, f"shortlist:{shortlist_id}")


def shortlist_ideas(shortlist: Shortlist) -> Sequence[Idea]:
    """Return the ideas of a shortlist that are open, in its order, as lists show them."""
    query = (
        cards([Idea.state == IdeaState.OPEN])
        .join(ShortlistIdea, ShortlistIdea.idea_id == Idea.id)
        .where(ShortlistIdea.shortlist_id == shortlist.id)
        .order_by(ShortlistIdea.position)
    )
    return db.session.scalars(query).all()


def n_on_shortlist(shortlist: Shortlist) -> int:
    """Return how many ideas stand on it, open or not."""
    own = ShortlistIdea.shortlist_id == shortlist.id
    return db.session.scalar(sa.select(sa.func.count()).where(own)) or 0


def is_on_shortlist(shortlist: Shortlist, idea_ids: Collection[int]) -> bool:
    """Return whether one of these ideas stands on it, open or not."""
    one = sa.exists().where(ShortlistIdea.shortlist_id == shortlist.id, ShortlistIdea.idea_id.in_(sorted(idea_ids)))
    return db.session.scalar(sa.select(one)) or False


def candidates(campaign: Campaign) -> list[Idea]:
    """Return open ideas that an analyst may want: those that all groups back first, then those with most agreement."""
    snapshot = current_snapshot(campaign.id)
    backed = [one.idea.id for one in ideas_by_ground(snapshot, N_CANDIDATES)] if snapshot else []
    query = (
        cards([Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN])
        .where(Idea.id.not_in(backed))
        .order_by(IdeaTally.agree.desc(), Idea.id)
        .limit(N_CANDIDATES)
    )
    liked = list(db.session.scalars(query))
    first = {idea.id: idea for idea in db.session.scalars(cards([Idea.id.in_(backed)]))}
    return [first[idea_id] for idea_id in backed] + liked


def found_ideas(campaign: Campaign, text: str) -> Sequence[Idea]:
    """Return the open ideas that fit a search text best; none for a text without a word."""
    filters = Filters.parse({"q": text})
    return idea_page(campaign, filters, "", N_FOUND).ideas if filters.search else ()


def listed_ideas(campaign: Campaign, idea_ids: Collection[int]) -> Sequence[Idea]:
    """Return those of these ideas that are open and in this campaign, as lists show them."""
    is_open = sa.and_(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
    return (
        db.session.scalars(cards([is_open, Idea.id.in_(sorted(idea_ids))]).order_by(Idea.id)).all() if idea_ids else ()
    )


def open_idea_ids(campaign_id: int, idea_ids: Collection[int]) -> set[int]:
    """Return those of these ideas that are open and in this campaign."""
    is_open = sa.and_(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
    return set(db.session.scalars(sa.select(Idea.id).where(is_open, Idea.id.in_(sorted(idea_ids)))))


@dataclass(frozen=True)
class SeenBy:
    """How far the votes on a shortlist are.

    :param voters: people with a vote that counts
    :param seen_all: those of them with a vote on every idea that is open
    """

    voters: int
    seen_all: int

    @property
    def share(self) -> Fraction:
        """0..1; 0 while nobody has voted."""
        return Fraction(self.seen_all, max(self.voters, 1))

    @property
    def percent(self) -> int:
        """Rounded down: no page says 100 % before everybody has seen all."""
        return int(100 * self.share)


def last_progress(shortlist: Shortlist) -> SeenBy:
    """Return what `count_votes` said when it was last asked, at most a minute or so ago."""
    return SeenBy(shortlist.n_voters, shortlist.n_seen_all)


def count_votes(shortlist: Shortlist) -> SeenBy:
    """Count how many vote on a shortlist, and how many of them have seen all of it. Not for pages: it reads all votes.

    5,000 people and 60 ideas take 0.2 s on PostgreSQL and 2 s on SQLite.
    """
    per_person = _votes(shortlist, Vote.participant_id, sa.func.count().label("n")).group_by(Vote.participant_id)
    counted = per_person.subquery()
    n_ideas = (
        sa.select(sa.func.count())
        .select_from(ShortlistIdea)
        .join(Idea, Idea.id == ShortlistIdea.idea_id)
        .where(ShortlistIdea.shortlist_id == shortlist.id, Idea.state == IdeaState.OPEN)
        .scalar_subquery()
    )
    has_all = sa.func.coalesce(sa.func.sum(sa.case((counted.c.n >= n_ideas, 1), else_=0)), 0)
    voters, seen_all = db.session.execute(sa.select(sa.func.count(), has_all).select_from(counted)).one()
    return SeenBy(voters, int(seen_all))


def ballots(shortlist: Shortlist) -> list[tuple[int, int, int]]:
    """Return the votes that count: (participant id, idea id, 1, 0 or -1), in the order of both ids."""
    query = _votes(shortlist, Vote.participant_id, Vote.idea_id, Vote.value)
    query = query.order_by(Vote.participant_id, Vote.idea_id)
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def takes_part(shortlist: Shortlist, actor: Actor) -> bool:
    """Return whether the actor takes part in a shortlist."""
    if actor.participant_id is None:
        return False
    return db.session.get(ShortlistVoter, (shortlist.id, actor.participant_id)) is not None


def accounts_taking_part(shortlist: Shortlist) -> list[int]:
    """Return the accounts that take part in a shortlist, without those that are closed or wait for a guardian."""
    query = (
        sa.select(Account.id)
        .join(Participant, Participant.account_id == Account.id)
        .join(ShortlistVoter, ShortlistVoter.participant_id == Participant.id)
        .where(ShortlistVoter.shortlist_id == shortlist.id, Account.active, ~Account.waits_for_consent)
        .order_by(Account.id)
    )
    return list(db.session.scalars(query))


def old_votes(shortlist: Shortlist, actor: Actor) -> list[int]:
    """Return the ideas of an open shortlist on which the actor voted too early for it to count."""
    if actor.participant_id is None or shortlist.state is not ShortlistState.OPEN:
        return []
    query = (
        sa.select(Vote.idea_id)
        .join(ShortlistIdea, ShortlistIdea.idea_id == Vote.idea_id)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(
            ShortlistIdea.shortlist_id == shortlist.id,
            Vote.participant_id == actor.participant_id,
            Vote.cast_at < ShortlistIdea.added_at,
            Idea.state == IdeaState.OPEN,
        )
        .order_by(Vote.idea_id)
    )
    return list(db.session.scalars(query))


def unseen_ideas(campaign: Campaign, actor: Actor) -> tuple[int | None, list[int]]:
    """Return the number of the open shortlist, and others' ideas of it without the actor's vote; (None, []) for none.

    There are none either once it is seen enough.

    One query, since the queue asks before each idea.
    """
    own = sa.select(Vote.idea_id).where(Vote.idea_id == Idea.id, Vote.participant_id == actor.participant_id)
    query = (
        sa.select(Idea.id, Shortlist.number)
        .join(ShortlistIdea, ShortlistIdea.idea_id == Idea.id)
        .join(Shortlist, Shortlist.id == ShortlistIdea.shortlist_id)
        .where(
            Shortlist.campaign_id == campaign.id,
            Shortlist.state == ShortlistState.OPEN,
            ~_is_seen_enough,
            Idea.state == IdeaState.OPEN,
            Idea.author_id.is_distinct_from(actor.participant_id),
            ~own.exists(),
        )
        .order_by(ShortlistIdea.position)
    )
    rows = db.session.execute(query).all()
    return (rows[0].number if rows else None), [row.id for row in rows]


_is_seen_enough = sa.and_(
    Shortlist.n_voters >= MIN_VOTERS,
    Shortlist.n_seen_all * SEEN_ENOUGH.denominator >= Shortlist.n_voters * SEEN_ENOUGH.numerator,
)


def open_shortlists() -> Sequence[Shortlist]:
    """Return the open shortlists of all campaigns."""
    query = sa.select(Shortlist).where(Shortlist.state == ShortlistState.OPEN).order_by(Shortlist.id)
    return db.session.scalars(query).all()


def has_voting_ended(campaign_id: int) -> bool:
    """Has the campaign's voting phase closed?"""
    closed = sa.select(Phase.id).where(
        Phase.campaign_id == campaign_id, Phase.kind == PhaseKind.VOTING, Phase.closes_at <= clock.now()
    )
    return db.session.scalar(sa.select(closed.exists())) or False


def all_slates() -> Sequence[Slate]:
    """Return all slates, for the check."""
    return db.session.scalars(sa.select(Slate).order_by(Slate.shortlist_id)).all()


def _votes(shortlist: Shortlist, *columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the query for votes that count: in time, on open ideas, by people who take part, whose account is open and
    waits for no guardian, and whose votes no moderator has excluded.
    """
    query = (
        sa.select(*columns)
        .select_from(Vote)
        .join(ShortlistIdea, ShortlistIdea.idea_id == Vote.idea_id)
        .join(Idea, Idea.id == Vote.idea_id)
        .join(Participant, Participant.id == Vote.participant_id)
        .join(
            ShortlistVoter,
            sa.and_(
                ShortlistVoter.shortlist_id == ShortlistIdea.shortlist_id,
                ShortlistVoter.participant_id == Vote.participant_id,
            ),
        )
        .outerjoin(Account, Account.id == Participant.account_id)
        .where(
            ShortlistIdea.shortlist_id == shortlist.id,
            Vote.cast_at >= ShortlistIdea.added_at,
            Idea.state == IdeaState.OPEN,
            Vote.excluded_by_id.is_(None),
            sa.or_(Account.id.is_(None), sa.and_(Account.active, ~Account.waits_for_consent)),
        )
    )
    return query if shortlist.closed_at is None else query.where(Vote.cast_at <= shortlist.closed_at)
