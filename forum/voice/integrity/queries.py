from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from forum.core import clock
from forum.core.access import Actor
from forum.core.disclosure import MIN_PEOPLE_PER_CELL, hidden_cells
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.people.accounts.models import Account, Participant
from forum.voice.campaigns.models import Campaign
from forum.voice.ideas.binding import Binding
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.voice.integrity.models import (
    ExclusionCase,
    ExclusionReason,
    FindingState,
    ObjectionDecision,
    VoteFinding,
    VoteFindingPerson,
    VoteLook,
)
from forum.voice.integrity.permissions import is_about
from forum.voice.votes.models import AGREE, DISAGREE, PASS, Vote, VoteEvent, VoteExclusion

LOOK_JOB = "integrity.look"
MAX_LISTED = 100
LOOK_EVERY = timedelta(minutes=10)
NEW_VOTES = 10  # nothing is found in fewer
LATE = timedelta(minutes=1)
"""A vote that arrived so long after it was cast has waited on a device."""
VALUES = (AGREE, DISAGREE, PASS)


def due_campaign_ids() -> list[int]:
    """Return the campaigns with `NEW_VOTES` since the last look, if that was `LOOK_EVERY` ago or longer."""
    query = (
        sa.select(Campaign.id, sa.func.coalesce(VoteLook.last_event_id, 0))
        .outerjoin(VoteLook, VoteLook.campaign_id == Campaign.id)
        .where(sa.or_(VoteLook.looked_at.is_(None), VoteLook.looked_at <= clock.now() - LOOK_EVERY))
        .order_by(Campaign.id)
    )
    return [campaign_id for campaign_id, after in db.session.execute(query).all() if _has_news(campaign_id, after)]


def _has_news(campaign_id: int, after: int) -> bool:
    newer = (
        sa.select(VoteEvent.id)
        .join(Idea, Idea.id == VoteEvent.idea_id)
        .where(VoteEvent.id > after, Idea.campaign_id == campaign_id)
        .limit(NEW_VOTES)
        .subquery()
    )
    return db.session.scalar(sa.select(sa.func.count()).select_from(newer)) == NEW_VOTES


def newest_event_id() -> int:
    return db.session.scalar(sa.select(sa.func.coalesce(sa.func.max(VoteEvent.id), 0))) or 0


def votes_to_look_at(campaign_id: int) -> sa.Select[*tuple[Any, ...]]:
    """Return the query for the votes that count on open ideas, by open accounts.

    Guests of gatherings are left out: they are made in one hour, sit in one room and talk before they vote, which is
    what the signals look for. What guards there is the check-in, and that people, passes and votes reconcile.

    Its columns: participant id, when their account was made, idea id, characters of its text, value, when it was cast.
    """
    n_chars = sa.func.length(Idea.title) + sa.func.length(Idea.body)
    return (
        sa.select(Vote.participant_id, Account.created_at, Vote.idea_id, n_chars, Vote.value, Vote.cast_at)
        .join(Idea, Idea.id == Vote.idea_id)
        .join(Participant, Participant.id == Vote.participant_id)
        .join(Account, Account.id == Participant.account_id)
        .where(Idea.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        .where(Vote.excluded_by_id.is_(None), Account.active)
    )


def get_finding(finding_id: int) -> VoteFinding:
    """:raise NotFound:"""
    finding = db.session.get(VoteFinding, finding_id)
    if finding is None:
        raise NotFound(_("그런 화면이 없어요."))
    return finding


def open_findings() -> Sequence[VoteFinding]:
    """Return the findings that wait for a decision, those about the most people first."""
    n_people = sa.select(sa.func.count()).where(VoteFindingPerson.finding_id == VoteFinding.id).scalar_subquery()
    query = (
        sa.select(VoteFinding).where(VoteFinding.state == FindingState.OPEN).options(joinedload(VoteFinding.campaign))
    )
    return db.session.scalars(query.order_by(n_people.desc(), VoteFinding.id).limit(MAX_LISTED)).all()


def decided_findings(size: int = 20) -> Sequence[VoteFinding]:
    """Return the findings that were judged last, the newest first."""
    query = sa.select(VoteFinding).where(VoteFinding.state != FindingState.OPEN)
    query = query.options(joinedload(VoteFinding.campaign)).order_by(
        VoteFinding.decided_at.desc(), VoteFinding.id.desc()
    )
    return db.session.scalars(query.limit(size)).all()


def is_outdated(finding: VoteFinding) -> bool:
    """Is it open, but not found again when the votes were looked at last?"""
    looked_at = db.session.scalar(sa.select(VoteLook.looked_at).where(VoteLook.campaign_id == finding.campaign_id))
    return finding.is_open and looked_at is not None and finding.measured_at < looked_at


def found_ideas(finding: VoteFinding) -> Sequence[Idea]:
    """Return the ideas that a finding is about."""
    ids = finding.measured.get("ideas", [])
    return db.session.scalars(sa.select(Idea).where(Idea.id.in_(ids)).order_by(Idea.id)).all() if ids else []


@dataclass(frozen=True)
class FoundPerson:
    """A line of a finding's table: a number, no name.

    :param n_votes: of the finding; `n_all` in the campaign, of which `n_late` have waited on a device
    """

    participant_id: int
    made_at: datetime
    n_votes: int
    n_all: int
    n_late: int
    exclusion_id: int | None
    has_left: bool

    @property
    def may_be_chosen(self) -> bool:
        return self.exclusion_id is None and not self.has_left


def found_people(finding: VoteFinding) -> list[FoundPerson]:
    """Return the people of a finding, in the order of their numbers, in two statements."""
    people = sa.select(VoteFindingPerson.participant_id).where(VoteFindingPerson.finding_id == finding.id)
    counts = _vote_counts(finding.campaign_id, people)
    query = (
        sa.select(
            VoteFindingPerson.participant_id,
            Account.created_at,
            VoteFindingPerson.n_votes,
            VoteExclusion.id,
            ~Account.active,
        )
        .join(Participant, Participant.id == VoteFindingPerson.participant_id)
        .join(Account, Account.id == Participant.account_id)
        .outerjoin(VoteExclusion, VoteExclusion.in_force(VoteFindingPerson.participant_id, finding.campaign_id))
        .where(VoteFindingPerson.finding_id == finding.id)
        .order_by(VoteFindingPerson.participant_id)
    )
    return [
        FoundPerson(who, made_at, n_votes, *counts.get(who, (0, 0)), exclusion_id, has_left)
        for who, made_at, n_votes, exclusion_id, has_left in db.session.execute(query)
    ]


def _vote_counts(campaign_id: int, people: sa.Select[int]) -> dict[int, tuple[int, int]]:
    """Return by participant how many votes they have in a campaign, and how many of these arrived late."""
    arrived = (
        sa.select(VoteEvent.participant_id, VoteEvent.idea_id, sa.func.max(VoteEvent.at).label("at"))
        .where(VoteEvent.participant_id.in_(people), VoteEvent.value.is_not(None))
        .group_by(VoteEvent.participant_id, VoteEvent.idea_id)
        .subquery()
    )
    query = (
        sa.select(Vote.participant_id, Vote.cast_at, arrived.c.at)
        .join(Idea, Idea.id == Vote.idea_id)
        .outerjoin(
            arrived,
            sa.and_(arrived.c.participant_id == Vote.participant_id, arrived.c.idea_id == Vote.idea_id),
        )
        .where(Vote.participant_id.in_(people), Idea.campaign_id == campaign_id)
    )
    counts: dict[int, tuple[int, int]] = {}
    for who, cast_at, at in db.session.execute(query):
        n, n_late = counts.get(who, (0, 0))
        counts[who] = n + 1, n_late + (at is not None and at - cast_at > LATE)
    return counts


@dataclass(frozen=True)
class Minutes:
    """Votes of a finding's people, counted by spans of time, for a picture and its table.

    :param step: minutes of a span
    :param spans: when each begins, and how many votes are in it
    """

    step: int
    spans: Sequence[tuple[datetime, int]]


MAX_SPANS = 30
STEPS = (1, 5, 10, 30, 60, 360, 1_440, 10_080, 43_200)


def votes_by_minute(finding: VoteFinding) -> Minutes | None:
    """Count the votes that a finding is about over time, in at most `MAX_SPANS` spans; None where there is none."""
    people = sa.select(VoteFindingPerson.participant_id).where(VoteFindingPerson.finding_id == finding.id)
    query = (
        sa.select(Vote.cast_at)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(Vote.participant_id.in_(people), Idea.campaign_id == finding.campaign_id)
    )
    if ids := finding.measured.get("ideas"):
        query = query.where(Vote.idea_id.in_(ids))
    times = sorted(at.timestamp() for at in db.session.scalars(query))
    if not times:
        return None
    step = next((one for one in STEPS if (times[-1] - times[0]) / 60 / one <= MAX_SPANS - 1), STEPS[-1])
    first = int(times[0] // (60 * step))
    n_spans = min(int(times[-1] // (60 * step)) - first + 1, MAX_SPANS)
    counts = [0] * n_spans
    for at in times:
        counts[min(int(at // (60 * step)) - first, n_spans - 1)] += 1
    return Minutes(
        step, [(datetime.fromtimestamp((first + n) * 60 * step, UTC), count) for n, count in enumerate(counts)]
    )


@dataclass(frozen=True)
class CastVote:
    """That somebody voted on an idea and when; not how.

    :param n_same: of the `n_voters` people of the finding with a vote on it, how many voted like this person
    """

    idea: Idea
    cast_at: datetime
    n_same: int
    n_voters: int


def votes_of_person(finding: VoteFinding, participant_id: int) -> list[CastVote]:
    """Return somebody's votes in a finding's campaign, the earliest first: what can be checked without an opinion."""
    other = aliased(Vote)
    people = sa.select(VoteFindingPerson.participant_id).where(VoteFindingPerson.finding_id == finding.id)
    n_same = sa.func.sum(sa.case((other.value == Vote.value, 1), else_=0))
    counts = (
        sa.select(Vote.idea_id, Vote.cast_at, n_same.label("n_same"), sa.func.count().label("n"))
        .join(other, sa.and_(other.idea_id == Vote.idea_id, other.participant_id.in_(people)))
        .where(Vote.participant_id == participant_id)
        .group_by(Vote.idea_id, Vote.cast_at)
        .subquery()
    )
    query = (
        sa.select(Idea, counts.c.cast_at, counts.c.n_same, counts.c.n)
        .join(counts, counts.c.idea_id == Idea.id)
        .where(Idea.campaign_id == finding.campaign_id)
        .order_by(counts.c.cast_at, Idea.id)
    )
    return [CastVote(idea, cast_at, int(n_same), n) for idea, cast_at, n_same, n in db.session.execute(query)]


def get_case(exclusion_id: int) -> ExclusionCase:
    """:raise NotFound:"""
    case = db.session.get(ExclusionCase, exclusion_id)
    if case is None:
        raise NotFound(_("그런 화면이 없어요."))
    return case


def get_own_case(exclusion_id: int, actor: Actor) -> ExclusionCase:
    """Return an exclusion of the actor's own votes.

    :raise NotFound: no such exclusion, or of somebody else's votes
    """
    case = db.session.get(ExclusionCase, exclusion_id)
    if case is None or not is_about(actor, case):
        raise NotFound(_("그런 화면이 없어요."))
    return case


def cases_of(actor: Actor) -> Sequence[ExclusionCase]:
    """Return the exclusions of the actor's votes, the newest first."""
    query = (
        sa.select(ExclusionCase)
        .join(VoteExclusion, VoteExclusion.id == ExclusionCase.exclusion_id)
        .where(VoteExclusion.participant_id == actor.participant_id)
        .order_by(ExclusionCase.exclusion_id.desc())
    )
    return db.session.scalars(query).all() if actor.participant_id is not None else []


def cases_of_finding(finding: VoteFinding) -> Sequence[ExclusionCase]:
    query = sa.select(ExclusionCase).where(ExclusionCase.finding_id == finding.id)
    return db.session.scalars(query.order_by(ExclusionCase.exclusion_id)).all()


def objections_waiting() -> Sequence[ExclusionCase]:
    """Return the exclusions whose objection waits for a decision, the oldest first."""
    query = _waiting(sa.select(ExclusionCase)).order_by(ExclusionCase.objected_at, ExclusionCase.exclusion_id)
    return db.session.scalars(query.limit(MAX_LISTED)).all()


def _waiting(query: sa.Select[Any]) -> sa.Select[Any]:
    """Return a query of exclusions narrowed to those whose objection waits for a decision."""
    return (
        query.join(VoteExclusion, VoteExclusion.id == ExclusionCase.exclusion_id)
        .where(ExclusionCase.objected_at.is_not(None), ExclusionCase.objection_decided_at.is_(None))
        .where(VoteExclusion.lifted_at.is_(None))
    )


def binding_by_exclusions(idea_id: int) -> Binding:
    """Return what excluded votes bind on an idea: they stand in no tally, and may count again."""
    query = sa.select(sa.exists().where(Vote.idea_id == idea_id, Vote.excluded_by_id.is_not(None)))
    if not db.session.scalar(query):
        return Binding()
    return Binding(
        why_not_edit=_("투표가 있는 제안은 고칠 수 없어요. 집계에서 뺐다가 다시 셀 수 있는 투표도 투표예요.")
    )


def n_waiting() -> int:
    """Return how many findings and objections wait for a moderator, in one statement."""
    found = sa.select(sa.func.count()).where(VoteFinding.state == FindingState.OPEN)
    objected = _waiting(sa.select(sa.func.count()).select_from(ExclusionCase))
    return sum(db.session.execute(sa.select(found.scalar_subquery(), objected.scalar_subquery())).one())


def latest_cases(size: int = 20) -> Sequence[ExclusionCase]:
    """Return the newest exclusions, whether lifted or not."""
    return db.session.scalars(sa.select(ExclusionCase).order_by(ExclusionCase.exclusion_id.desc()).limit(size)).all()


def campaigns_by_id(ids: Collection[int]) -> dict[int, Campaign]:
    query = sa.select(Campaign).where(Campaign.id.in_(sorted(set(ids))))
    return {one.id: one for one in db.session.scalars(query)} if ids else {}


def account_of(participant_id: int) -> Account | None:
    """Return a participant's account; None if its owner has left."""
    query = sa.select(Account).join(Participant, Participant.account_id == Account.id)
    return db.session.scalar(query.where(Participant.id == participant_id, Account.active))


@dataclass(frozen=True)
class ReasonCount:
    """How many people's votes were excluded for one reason, and what became of it."""

    reason: ExclusionReason
    people: int = 0
    in_force: int = 0
    objected: int = 0
    accepted: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class BothWays:
    """An idea's votes without the excluded ones and with them: agree, disagree, pass; None where that would tell of a
    few."""

    idea: Idea
    without: tuple[int, int, int]
    with_them: tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class PublicRecord:
    """What everybody may read about a campaign's excluded votes.

    :param people: whose votes are excluded now; `votes` how many these are
    :param ideas: those with five or more of these people, whose difference may be shown at least in part
    :param n_hidden: ideas on which fewer of them voted
    """

    reasons: Sequence[ReasonCount]
    people: int
    votes: int
    ideas: Sequence[BothWays]
    n_hidden: int


def public_record(campaign: Campaign) -> PublicRecord:
    """Return the numbers and reasons, and the ideas' votes both ways, in three statements."""
    of_idea = marked_counts(campaign.id)
    shown = {idea_id: counts for idea_id, counts in of_idea.items() if sum(counts.values()) >= MIN_PEOPLE_PER_CELL}
    query = (
        sa.select(Idea, IdeaTally)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .where(Idea.id.in_(sorted(shown)), Idea.state == IdeaState.OPEN)
        .order_by(Idea.id)
    )
    found = [
        BothWays(idea, _of_tally(tally), _with_them(_of_tally(tally), shown[idea.id]))
        for idea, tally in (db.session.execute(query) if shown else ())
    ]
    ideas = sorted(found, key=lambda one: (-sum(shown[one.idea.id].values()), one.idea.id))
    reasons = _reason_counts(campaign.id)
    return PublicRecord(
        reasons,
        sum(one.in_force for one in reasons),
        sum(sum(counts.values()) for counts in of_idea.values()),
        ideas[:MAX_LISTED],
        len(of_idea) - len(shown),
    )


def marked_counts(campaign_id: int) -> dict[int, dict[int, int]]:
    """Return the excluded votes of a campaign: idea id -> value -> how many, for open ideas with any."""
    query = (
        sa.select(Vote.idea_id, Vote.value, sa.func.count())
        .join(VoteExclusion, VoteExclusion.id == Vote.excluded_by_id)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(VoteExclusion.campaign_id == campaign_id, Idea.state == IdeaState.OPEN)
        .group_by(Vote.idea_id, Vote.value)
    )
    counts: dict[int, dict[int, int]] = {}
    for idea_id, value, n in db.session.execute(query):
        counts.setdefault(idea_id, dict.fromkeys(VALUES, 0))[value] = n
    return counts


def _of_tally(tally: IdeaTally) -> tuple[int, int, int]:
    return tally.agree, tally.disagree, tally.pass_


def _with_them(without: tuple[int, int, int], marked: Mapping[int, int]) -> tuple[int | None, int | None, int | None]:
    """Add the excluded votes, where so many people cast each that none of them is told of."""
    hidden = hidden_cells(marked)
    agree, disagree, passed = (
        None if value in hidden else n + marked[value] for value, n in zip(VALUES, without, strict=True)
    )
    return agree, disagree, passed


def _reason_counts(campaign_id: int) -> list[ReasonCount]:
    query = (
        sa.select(
            ExclusionCase.reason,
            VoteExclusion.lifted_at,
            ExclusionCase.objected_at,
            ExclusionCase.objection_decision,
        )
        .join(VoteExclusion, VoteExclusion.id == ExclusionCase.exclusion_id)
        .where(VoteExclusion.campaign_id == campaign_id)
    )
    counts: dict[ExclusionReason, list[int]] = {}
    for reason, lifted_at, objected_at, decision in db.session.execute(query):
        row = counts.setdefault(reason, [0, 0, 0, 0, 0])
        is_open = lifted_at is None
        waits = objected_at is not None and decision is None and is_open
        facts = (True, is_open, objected_at is not None, decision is ObjectionDecision.LIFTED, waits)
        for place, fact in enumerate(facts):
            row[place] += fact
    return [ReasonCount(reason, *counts[reason]) for reason in ExclusionReason if reason in counts]


def open_exclusion_ids(campaign_id: int) -> list[int]:
    """Return the exclusions in force in a campaign, ascending: they tell what a result leaves out."""
    return all_open_exclusions(campaign_id).get(campaign_id, [])


def all_open_exclusions(campaign_id: int | None = None) -> dict[int, list[int]]:
    """Return the exclusions in force by campaign, ascending; of one campaign, or of all."""
    query = sa.select(VoteExclusion.campaign_id, VoteExclusion.id).where(VoteExclusion.lifted_at.is_(None))
    if campaign_id is not None:
        query = query.where(VoteExclusion.campaign_id == campaign_id)
    found: dict[int, list[int]] = {}
    for campaign, exclusion_id in db.session.execute(query.order_by(VoteExclusion.id)):
        found.setdefault(campaign, []).append(exclusion_id)
    return found
