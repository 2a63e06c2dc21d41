"""Queries that follow an idea across the slices. Each sends a fixed number of statements, whatever it finds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.analysis.themes.models import (
    DECIDED_STATES,
    LIVE_STATES,
    ClusterMember,
    Theme,
    ThemeIdea,
    ThemeRun,
    ThemeState,
    UnthemedIdea,
)
from forum.analysis.themes.queries import themes_of_idea
from forum.core import clock
from forum.core.access import ANONYMOUS, Actor
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import path_for
from forum.deliberation.rooms.queries import rooms_of
from forum.people.accounts.models import Account, Participant
from forum.people.ministries.models import Ministry
from forum.publication.fixes.queries import same_as, short_way_of
from forum.publication.tracking.council import tasks_of_idea
from forum.publication.tracking.present import Place, Reached, present_of
from forum.publication.tracking.promises import promises_of
from forum.publication.tracking.short_way import ShortReached, short_names, short_present
from forum.publication.tracking.timeline import Analysis, TimelineData, TimelineEntry, build_timeline
from forum.response.certificates.models import Certificate
from forum.response.dataneeds.queries import needs_on_way
from forum.response.datauses.queries import uses_on_way
from forum.response.delivery.queries import two_sides_of_milestones
from forum.response.delivery.sides import TwoSides
from forum.response.pilots.models import Pilot, PilotOrigin, PilotState
from forum.response.referrals.models import (
    ANSWERED_STATES,
    Answer,
    AnswerPoint,
    Decision,
    Milestone,
    MinistryAssignment,
    Referral,
    ResponseClock,
)
from forum.response.referrals.queries import REFERRAL_LOADERS, events_by_referral, is_current_answer
from forum.response.shortpath.models import CheckOutcome, EverydayCheck, ShortAnswer
from forum.response.shortpath.queries import check_of
from forum.voice.campaigns.models import Campaign, Phase, PhaseKind
from forum.voice.ideas.models import SHOWN_STATES, Comment, CommentState, Idea, IdeaRevision, IdeaState, IdeaTally
from forum.voice.votes.models import Vote, VoteEvent

MAX_ID = 2**31 - 1  # of the databases' INTEGER type; a URL may contain a larger number
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_letter_title = sa.func.coalesce(sa.func.nullif(Referral.title, ""), Theme.title)
"""The title under which a letter was sent; the oldest letters kept none."""
_MARK = re.compile(r"([0-9]{1,17})-([0-9]{1,9})")


@dataclass(frozen=True)
class CampaignCounts:
    """Totals of a campaign, without withdrawn and merged ideas and their votes."""

    ideas: int
    votes: int
    comments: int
    themes: int
    referrals: int
    answered: int
    kept: int
    """Promised steps that ministries have finished."""
    promised: int = 0
    """All promised steps of the answers in force."""
    themed: int = 0
    """Ideas in an approved theme."""


@dataclass(frozen=True)
class KeptPromise:
    """A promised step that a ministry has finished, and the letter whose answer promised it."""

    title: str
    finished_on: date
    ministry: str
    theme: str
    referral_id: int
    milestone_id: int
    sides: TwoSides | None = None
    """What people say of it beside the ministry."""


@dataclass(frozen=True)
class LateLetter:
    """A letter whose leading ministry has let the due date pass without an answer."""

    referral_id: int
    title: str
    ministry: str
    due_on: date

    @property
    def days_late(self) -> int:
        return (clock.today() - self.due_on).days


@dataclass(frozen=True)
class CommentPage:
    """Comments, newest first. `next_before` is where the next page begins; None on the last page."""

    comments: Sequence[Comment]
    next_before: int | None


@dataclass(frozen=True)
class OutcomeBadge:
    """The most advanced state of an idea: a badge's text and tone, and the path of its page, if it has one.

    place : the station at which it is
    has_ended : it goes no further
    names : what the stations are called, where they are not the usual ones
    """

    text: str
    tone: str
    path: str
    place: Place = Place.IDEA
    has_ended: bool = False
    names: Sequence[str] = ()


@dataclass(frozen=True)
class NextStep:
    """What the first page says to somebody of their own: their newest idea, and how far it came."""

    idea: Idea | None = None
    outcome: OutcomeBadge | None = None


@dataclass(frozen=True)
class VotePage:
    """A participant's votes with their ideas, the latest first. `next_mark` is empty on the last page."""

    votes: Sequence[tuple[int, Idea]]
    next_mark: str


def timeline_of(idea: Idea, certificates: Sequence[Certificate] = ()) -> list[TimelineEntry]:
    """Return the idea's timeline: what has happened, and what is still to come."""
    return build_timeline(thread_of(idea, certificates))


def thread_of(idea: Idea, certificates: Sequence[Certificate] = ()) -> TimelineData:
    """Return all that the idea's page tells about its way: timeline, stations and answer are built from it.

    :param certificates: all of the idea, revoked ones too
    """
    memberships = themes_of_idea(idea.id)
    revised_at, first_vote_at, last_vote_at = _moments(idea.id)
    referrals = _referrals([membership.theme_id for membership in memberships])
    check = check_of(idea)
    target = same_as(idea, check) if check else None
    same = _referrals([one.theme_id for one in themes_of_idea(target.id)]) if target else {}
    same_letters = [letter for sent in same.values() for letter in sent]
    letters = [*(letter for sent in referrals.values() for letter in sent), *same_letters]
    council = tasks_of_idea(idea.id)
    on_way = {
        "idea_id": [idea.id] if idea.state in SHOWN_STATES else [],
        "theme_id": [one.theme_id for one in memberships if one.theme.is_decided],
        "referral_id": [letter.id for letter in letters],
        "task_id": [way.task.id for way in council],
    }
    return TimelineData(
        idea=idea,
        revised_at=revised_at,
        first_vote_at=first_vote_at,
        last_vote_at=last_vote_at,
        analysis=_analysis(idea),
        memberships=memberships,
        referrals=referrals,
        certificates=certificates,
        room=rooms_of([idea.id]).get(idea.id),
        events=events_by_referral([letter.id for letter in letters]),
        short=short_way_of(idea, letters, check) if check else None,
        same_letters=same_letters,
        promises=promises_of(letters),
        council=council,
        needs=needs_on_way(**on_way),
        uses=uses_on_way(**on_way),
    )


def comments_page(idea: Idea, before: int | None, size: int, actor: Actor = ANONYMOUS) -> CommentPage:
    """Return a page of comments with their authors, the newest or those before the comment `before`.

    A hidden comment is included for its author only.
    """
    is_shown: sa.ColumnElement[bool] = Comment.state == CommentState.VISIBLE
    if actor.participant_id is not None:
        is_shown = is_shown | (Comment.author_id == actor.participant_id)
    query = (
        sa.select(Comment)
        .where(Comment.idea_id == idea.id, is_shown)
        .options(joinedload(Comment.author).joinedload(Participant.account))
        .order_by(Comment.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        query = query.where(Comment.id < min(before, MAX_ID))
    found = db.session.scalars(query).all()
    return CommentPage(found[:size], found[size - 1].id if len(found) > size else None)


def campaign_counts(campaign: Campaign) -> CampaignCounts:
    """Count what a campaign has gathered, in one statement."""
    is_ours = sa.and_(Idea.campaign_id == campaign.id, Idea.state == IdeaState.OPEN)
    votes = sa.func.coalesce(sa.func.sum(IdeaTally.agree + IdeaTally.disagree + IdeaTally.pass_), 0)
    comments = sa.func.coalesce(sa.func.sum(IdeaTally.comments), 0)
    themes = sa.select(sa.func.count()).where(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED)
    referrals = (
        sa.select(sa.func.count(Referral.id))
        .join(Theme, Theme.id == Referral.theme_id)
        .where(Theme.campaign_id == campaign.id)
    )
    answered = referrals.where(
        Referral.assignments.any(sa.and_(MinistryAssignment.is_lead, MinistryAssignment.state.in_(ANSWERED_STATES)))
    )
    promised = _promises(sa.func.count(Milestone.id)).where(Theme.campaign_id == campaign.id)
    themed = (
        sa.select(sa.func.count(sa.distinct(ThemeIdea.idea_id)))
        .join(Theme, Theme.id == ThemeIdea.theme_id)
        .join(Idea, Idea.id == ThemeIdea.idea_id)
        .where(Theme.campaign_id == campaign.id, Theme.state == ThemeState.APPROVED, Idea.state == IdeaState.OPEN)
        .correlate(None)
    )
    query = sa.select(
        sa.func.count(Idea.id),
        votes,
        comments,
        themes.scalar_subquery(),
        referrals.scalar_subquery(),
        answered.scalar_subquery(),
        promised.where(Milestone.is_closed).scalar_subquery(),
        promised.scalar_subquery(),
        themed.scalar_subquery(),
    ).select_from(Idea)
    row = db.session.execute(query.join(IdeaTally, IdeaTally.idea_id == Idea.id).where(is_ours)).one()
    return CampaignCounts(*map(int, row))


def newest_answers(
    size: int, campaign: Campaign | None = None, decisions: Collection[Decision] = frozenset(Decision)
) -> Sequence[Answer]:
    """Return current answers, not those replaced by a later version; the newest first."""
    query = (
        sa.select(Answer)
        .join(Answer.referral)
        .join(Referral.theme)
        .where(is_current_answer(), Answer.decision.in_(decisions))
        .options(
            joinedload(Answer.referral).joinedload(Referral.theme).joinedload(Theme.campaign),
            joinedload(Answer.referral).selectinload(Referral.assignments).joinedload(MinistryAssignment.ministry),
        )
        .order_by(Answer.published_at.desc(), Answer.id.desc())
        .limit(size)
    )
    if campaign is not None:
        query = query.where(Theme.campaign_id == campaign.id)
    return db.session.scalars(query).all()


def kept_promises(size: int, campaign: Campaign | None = None) -> Sequence[KeptPromise]:
    """Return the promises that ministries have kept, the newest first, with both sides. Up to three statements."""
    lead = sa.and_(MinistryAssignment.referral_id == Referral.id, MinistryAssignment.is_lead)
    query = (
        _promises(Milestone.title, Milestone.finished_on, Ministry.name, _letter_title, Referral.id, Milestone.id)
        .join(MinistryAssignment, lead)
        .join(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .where(Milestone.is_closed)
        .order_by(Milestone.finished_on.desc(), Milestone.id.desc())
        .limit(size)
    )
    if campaign is not None:
        query = query.where(Theme.campaign_id == campaign.id)
    kept = [KeptPromise(*row) for row in db.session.execute(query)]
    sides = two_sides_of_milestones([one.milestone_id for one in kept])
    return [replace(one, sides=sides[one.milestone_id]) for one in kept]


def late_letters(size: int, campaign: Campaign | None = None) -> tuple[Sequence[LateLetter], int]:
    """Return the letters that wait for an answer beyond their due date, the longest first, and how many there are.

    A clock that stands still for a correction is not late. One statement.
    """
    query = (
        sa.select(Referral.id, _letter_title, Ministry.name, ResponseClock.due_on, sa.func.count().over())
        .select_from(Referral)
        .join(Theme, Theme.id == Referral.theme_id)
        .join(MinistryAssignment, sa.and_(MinistryAssignment.referral_id == Referral.id, MinistryAssignment.is_lead))
        .join(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .join(ResponseClock, ResponseClock.part_id == MinistryAssignment.id)
        .where(ResponseClock.ended_on.is_(None), ResponseClock.stopped_on.is_(None))
        .where(ResponseClock.due_on < clock.today())
        .order_by(ResponseClock.due_on, Referral.id)
        .limit(size)
    )
    if campaign is not None:
        query = query.where(Theme.campaign_id == campaign.id)
    rows = db.session.execute(query).all()
    return [LateLetter(*row[:4]) for row in rows], rows[0][4] if rows else 0


def outcomes(idea_ids: Collection[int]) -> dict[int, OutcomeBadge]:
    """Return each idea's outcome by idea id, in one statement; none of one that is neither open nor in a decided theme.

    A ministry's decision on the idea itself goes before its decision on the theme. An everyday idea that its check
    merged into another has the outcome of that one.
    """
    is_same = EverydayCheck.outcome == CheckOutcome.SAME
    followed = sa.case((is_same, sa.func.coalesce(Idea.merged_into_id, Idea.id)), else_=Idea.id)
    lead = sa.and_(MinistryAssignment.referral_id == Referral.id, MinistryAssignment.is_lead)
    promised = sa.select(sa.func.count(Milestone.id)).where(Milestone.answer_id == Answer.id)
    query = (
        sa.select(
            Idea.id.label("idea_id"),
            Idea.state.label("idea_state"),
            Theme.id.label("theme_id"),
            Theme.state.label("theme_state"),
            Referral.id.label("referral_id"),
            Ministry.name.label("ministry"),
            Answer.decision.label("decision"),
            AnswerPoint.decision.label("own_decision"),
            promised.scalar_subquery().label("n_promised"),
            promised.where(Milestone.is_closed).scalar_subquery().label("n_kept"),
            *(_is_over(kind).label(kind.name) for kind in PhaseKind),
            EverydayCheck.idea_id.label("check_id"),
            EverydayCheck.outcome.label("check_outcome"),
            EverydayCheck.due_on.label("check_due_on"),
            ShortAnswer.kind.label("kind"),
            *(_has_pilot(state).label(f"pilot_{state.name}") for state in PilotState),
        )
        .outerjoin(EverydayCheck, EverydayCheck.idea_id == Idea.id)
        .outerjoin(ThemeIdea, ThemeIdea.idea_id == followed)
        .outerjoin(Theme, sa.and_(Theme.id == ThemeIdea.theme_id, Theme.state.in_(LIVE_STATES)))
        .outerjoin(Referral, Referral.theme_id == Theme.id)
        .outerjoin(MinistryAssignment, lead)
        .outerjoin(Ministry, Ministry.id == MinistryAssignment.ministry_id)
        .outerjoin(Answer, sa.and_(Answer.referral_id == Referral.id, is_current_answer()))
        .outerjoin(AnswerPoint, sa.and_(AnswerPoint.answer_id == Answer.id, AnswerPoint.idea_id == Idea.id))
        .outerjoin(ShortAnswer, ShortAnswer.answer_id == Answer.id)
        .where(Idea.id.in_(idea_ids))
    )
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(query):
        rows[row.idea_id].append(row)
    found = {idea_id: _outcome(own) for idea_id, own in rows.items()}
    return {idea_id: outcome for idea_id, outcome in found.items() if outcome is not None}


def _is_over(kind: PhaseKind) -> sa.ColumnElement[bool]:
    """Return the condition that this phase of the idea's campaign has ended."""
    return sa.exists().where(Phase.campaign_id == Idea.campaign_id, Phase.kind == kind, Phase.closes_at <= clock.now())


def _has_pilot(state: PilotState) -> sa.ColumnElement[bool]:
    """Return the condition that the office that leads the letter has a pilot in this state, planned for its answer."""
    return sa.exists().where(
        Pilot.referral_id == Referral.id,
        Pilot.ministry_id == MinistryAssignment.ministry_id,
        Pilot.origin != PilotOrigin.SPREAD,
        Pilot.state == state,
    )


def has_sample_things(account: Account) -> bool:
    """Did this person write or vote in a sample forum, or are they a sample account? One statement at most."""
    if account.is_sample:
        return True
    own = account.participant.id if account.participant else 0
    wrote = sa.exists().where(Idea.author_id == own, Idea.campaign_id == Campaign.id, Campaign.is_sample)
    voted = sa.exists().where(
        Vote.participant_id == own, Idea.id == Vote.idea_id, Idea.campaign_id == Campaign.id, Campaign.is_sample
    )
    return bool(db.session.scalar(sa.select(sa.or_(wrote, voted))))


def next_step_of(actor: Actor) -> NextStep:
    """Return the actor's newest open idea and its outcome, in up to two statements; none for who does not propose."""
    if actor.participant_id is None:
        return NextStep()
    query = (
        sa.select(Idea)
        .where(Idea.author_id == actor.participant_id, Idea.state == IdeaState.OPEN)
        .order_by(Idea.id.desc())
        .limit(1)
    )
    idea = db.session.scalar(query)
    return NextStep(idea, outcomes([idea.id]).get(idea.id)) if idea else NextStep()


def vote_count(participant_id: int) -> int:
    """Return how many present votes a participant has, hidden ideas left out."""
    query = (
        sa.select(sa.func.count())
        .select_from(Vote)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(Vote.participant_id == participant_id, Idea.state != IdeaState.HIDDEN)
    )
    return db.session.scalar(query) or 0


def votes_by(participant_id: int, mark: str, size: int) -> VotePage:
    """Return a page of a participant's current votes with their ideas, beginning after `mark`.

    :raise InvalidInput: `mark` is not one that a page gave
    """
    query = (
        sa.select(Vote, Idea)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(Vote.participant_id == participant_id, Idea.state != IdeaState.HIDDEN)
        .options(
            joinedload(Idea.tally),
            joinedload(Idea.campaign),
            joinedload(Idea.author).joinedload(Participant.account),
        )
        .order_by(Vote.cast_at.desc(), Vote.idea_id.desc())
        .limit(size + 1)
    )
    if mark:
        cast_at, idea_id = _read_mark(mark)
        is_later = sa.or_(Vote.cast_at < cast_at, sa.and_(Vote.cast_at == cast_at, Vote.idea_id < idea_id))
        query = query.where(is_later)
    rows = db.session.execute(query).all()
    votes = [(vote.value, idea) for vote, idea in rows[:size]]
    return VotePage(votes, _mark(rows[size - 1][0]) if len(rows) > size else "")


def _promises(*columns: Any) -> sa.Select[Any]:
    """Select from the promised steps of answers that are in force."""
    return (
        sa.select(*columns)
        .select_from(Milestone)
        .join(Answer, Answer.id == Milestone.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .join(Theme, Theme.id == Referral.theme_id)
        .where(is_current_answer())
    )


def _moments(idea_id: int) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Return the times of the last revision, the first vote and the latest vote, in one statement."""
    revised = sa.select(sa.func.max(IdeaRevision.replaced_at)).where(IdeaRevision.idea_id == idea_id)
    voted = sa.select(VoteEvent.at).where(VoteEvent.idea_id == idea_id, VoteEvent.value.is_not(None)).limit(1)
    query = sa.select(
        revised.scalar_subquery(),
        voted.order_by(VoteEvent.id).scalar_subquery(),
        voted.order_by(VoteEvent.id.desc()).scalar_subquery(),
    )
    first, second, third = db.session.execute(query).one()
    return first, second, third


def _analysis(idea: Idea) -> Analysis | None:
    """Return the current run's result for the idea; None if the run did not read it."""
    member = sa.and_(ClusterMember.run_id == ThemeRun.id, ClusterMember.idea_id == idea.id, ClusterMember.is_main)
    left = sa.and_(UnthemedIdea.run_id == ThemeRun.id, UnthemedIdea.idea_id == idea.id)
    query = (
        sa.select(ThemeRun.id, ThemeRun.data_cut_at, ThemeRun.n_ideas, UnthemedIdea.reason)
        .outerjoin(ClusterMember, member)
        .outerjoin(UnthemedIdea, left)
        .where(ThemeRun.campaign_id == idea.campaign_id, ThemeRun.is_current)
        .where(sa.or_(ClusterMember.idea_id.is_not(None), UnthemedIdea.idea_id.is_not(None)))
    )
    row = db.session.execute(query).one_or_none()
    return None if row is None else Analysis(row[0], row[1], row[2], row[3])


def _referrals(theme_ids: Sequence[int]) -> dict[int, list[Referral]]:
    """Return the themes' referrals by theme id, oldest first, with assignments, answers, milestones and lines."""
    points = selectinload(Referral.answers).joinedload(Answer.points)  # in the statement of the answers
    query = sa.select(Referral).where(Referral.theme_id.in_(theme_ids)).options(*REFERRAL_LOADERS, points)
    query = query.order_by(Referral.id)
    found: dict[int, list[Referral]] = {}
    for referral in db.session.scalars(query) if theme_ids else ():
        found.setdefault(referral.theme_id, []).append(referral)
    return found


def _outcome(rows: Sequence[Any]) -> OutcomeBadge | None:
    """Return the outcome of one idea, of which each theme and letter has a row."""
    furthest = max(rows, key=_how_far)
    if furthest.check_id is not None:
        return _short_outcome(furthest)
    states = {row.theme_state for row in rows} - {None}
    if furthest.idea_state is not IdeaState.OPEN and not states & set(DECIDED_STATES):
        return None
    decision = furthest.own_decision or furthest.decision
    present = present_of(
        Reached(
            theme_states=states,
            is_sent=furthest.referral_id is not None,
            decision=decision,
            is_own_decision=furthest.own_decision is not None,
            n_promised=furthest.n_promised,
            n_kept=furthest.n_kept,
            over={kind for kind in PhaseKind if getattr(furthest, kind.name)},
        )
    )
    text, tone, path = present.words, "gray", ""
    if furthest.referral_id is not None:
        path = path_for("referrals.show", referral_id=furthest.referral_id)
        text, tone = _("%(ministry)s: %(words)s", ministry=furthest.ministry, words=text), "information"
    elif furthest.theme_state in DECIDED_STATES and (present.place is Place.LETTER or present.has_ended):
        path = path_for("themes.show", theme_id=furthest.theme_id)
        tone = "success" if furthest.theme_state is ThemeState.APPROVED else tone
    if decision is not None:
        text, tone = _("답변: %(decision)s", decision=decision.label), decision.tone
    return OutcomeBadge(text, tone, path, present.place, present.has_ended)


def _short_outcome(row: Any) -> OutcomeBadge | None:
    """Return the outcome of an everyday idea that was checked."""
    is_same = row.idea_state is IdeaState.MERGED and row.check_outcome is CheckOutcome.SAME
    if row.idea_state is not IdeaState.OPEN and not is_same and row.referral_id is None:
        return None
    late = 0 if row.check_outcome else max(0, (clock.today() - row.check_due_on).days)
    pilots = [state for state in PilotState if getattr(row, f"pilot_{state.name}")]
    present = short_present(
        ShortReached(
            row.check_outcome,
            row.check_due_on,
            late,
            row.referral_id is not None,
            row.decision is not None,
            row.kind,
            pilots,
        )
    )
    text, tone, path = present.words, "danger" if late else "gray", ""
    if row.referral_id is not None:
        path = path_for("referrals.show", referral_id=row.referral_id)
        text, tone = _("%(ministry)s: %(words)s", ministry=row.ministry, words=text), "information"
    if row.decision is not None:
        said = row.kind.label if row.kind else row.decision.label
        text, tone = " · ".join(filter(None, (str(said), present.words))), row.decision.tone
    return OutcomeBadge(text, tone, path, present.place, present.has_ended, tuple(short_names().values()))


def _how_far(row: Any) -> tuple[bool, int, bool, int]:
    """Rank a row: answered before sent before approved, then the newer one."""
    is_approved = row.theme_state is ThemeState.APPROVED
    return row.decision is not None, row.referral_id or 0, is_approved, row.theme_id or 0


def _mark(vote: Vote) -> str:
    return f"{(vote.cast_at - EPOCH) // timedelta(microseconds=1)}-{vote.idea_id}"


def _read_mark(mark: str) -> tuple[datetime, int]:
    """Parse a mark written by `_mark`.

    :raise InvalidInput: anything else
    """
    found = _MARK.fullmatch(mark)
    if found is None:
        raise InvalidInput("다음 쪽의 주소가 올바르지 않아요. 첫 쪽에서 다시 시작해 주세요.")
    return EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
