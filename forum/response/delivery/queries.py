from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.analysis.curation.paging import Page, one_page
from forum.analysis.themes.models import Theme
from forum.core import clock
from forum.core.disclosure import MIN_PEOPLE_PER_CELL
from forum.core.errors import NotFound
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.delivery.models import MAX_HELPS, Happened, MilestoneRating, RatingRound, RatingState
from forum.response.delivery.participants import took_part, waiting_rounds
from forum.response.delivery.sides import TwoSides, people_score
from forum.response.referrals.models import Answer, EventType, Milestone, Referral, ReferralEvent, ReferralFile
from forum.response.referrals.queries import is_current_answer


def may_rate(participant_id: int | None, round_: RatingRound) -> bool:
    """Return whether somebody took part in the theme before this round opened. One statement.

    Whether their account may rate at all, `permissions.can_rate` says.
    """
    if participant_id is None:
        return False
    theme_id = round_.milestone.answer.referral.theme_id
    return bool(db.session.scalar(sa.select(took_part(participant_id, theme_id, round_.opened_at))))


def rounds_to_rate(participant_id: int) -> Sequence[RatingRound]:
    """Return the open rounds in which somebody may rate and has not, the oldest first, with milestone and letter."""
    loaded = joinedload(RatingRound.milestone).joinedload(Milestone.answer).joinedload(Answer.referral)
    return db.session.scalars(waiting_rounds(participant_id).options(loaded)).all()


def shows_comments(round_id: int) -> bool:
    """Return whether enough people rated in a round for their comments to be shown."""
    query = sa.select(sa.func.count(MilestoneRating.id)).where(_counted_in(round_id))
    return (db.session.scalar(query) or 0) >= MIN_PEOPLE_PER_CELL


def comments_in(round_id: int, number: int) -> Page[MilestoneRating]:
    """Return one page of the comments of a round that others can read, the newest first."""
    which = sa.and_(
        MilestoneRating.round_id == round_id,
        MilestoneRating.state == RatingState.VISIBLE,
        MilestoneRating.comment != "",
    )
    total = db.session.scalar(sa.select(sa.func.count(MilestoneRating.id)).where(which)) or 0
    query = sa.select(MilestoneRating).where(which).order_by(MilestoneRating.id.desc())
    return Page(db.session.scalars(one_page(query, number)).all(), number, total)


def times_of_ratings(round_id: int) -> Sequence[datetime]:
    """Return when each rating of a round was first sent, the earliest first."""
    query = sa.select(MilestoneRating.created_at).where(_counted_in(round_id))
    return db.session.scalars(query.order_by(MilestoneRating.created_at, MilestoneRating.id)).all()


def own_rating(round_id: int, participant_id: int | None) -> MilestoneRating | None:
    query = sa.select(MilestoneRating).where(
        MilestoneRating.round_id == round_id, MilestoneRating.author_id == participant_id
    )
    return db.session.scalar(query) if participant_id is not None else None


def newest_round(milestone_id: int) -> RatingRound | None:
    """Return the open round about a milestone, or else the last one that ended."""
    query = sa.select(RatingRound).where(RatingRound.milestone_id == milestone_id)
    return db.session.scalar(query.order_by(RatingRound.number.desc()).limit(1))


def standing_milestone(milestone: Milestone) -> Milestone:
    """Return the step that stands in a milestone's place: itself, or what the present answer carried over from it.

    :raise NotFound: it stands in a draft
    """
    answer, present = milestone.answer, milestone.answer.referral.published_answer
    if answer.published_at is None or present is None:
        raise NotFound(_("그런 이행 단계가 없어요."))
    if answer.id == present.id:
        return milestone
    same = [it for it in present.milestones if (it.title, it.due_on) == (milestone.title, milestone.due_on)]
    return same[0] if same else milestone


class Evidence(NamedTuple):
    """What the ministry last told about a milestone: its words, when, and the files that came with them."""

    event: ReferralEvent
    files: Sequence[ReferralFile]


def evidence_for(milestone: Milestone) -> Evidence | None:
    """Return the newest report of progress on a milestone, also from before an answer carried it over."""
    steps = sa.select(Milestone.id).join(Answer, Answer.id == Milestone.answer_id)
    steps = steps.where(
        Answer.referral_id == milestone.answer.referral_id,
        Milestone.title == milestone.title,
        Milestone.due_on == milestone.due_on,
    )
    reported = sa.and_(ReferralEvent.milestone_id.in_(steps), ReferralEvent.act == EventType.PROGRESS_REPORTED)
    event = db.session.scalar(sa.select(ReferralEvent).where(reported).order_by(ReferralEvent.id.desc()).limit(1))
    if event is None:
        return None
    files = sa.select(ReferralFile).where(ReferralFile.event_id == event.id).order_by(ReferralFile.id)
    return Evidence(event, db.session.scalars(files).all())


def _counted_in(round_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(MilestoneRating.round_id == round_id, MilestoneRating.state != RatingState.REMOVED)


def two_sides_of_milestones(milestone_ids: Sequence[int]) -> dict[int, TwoSides]:
    """Return both sides of each milestone. Two statements."""
    return _two_sides(Milestone.id, Milestone.id.in_(milestone_ids), milestone_ids)


def two_sides_of_letters(referral_ids: Sequence[int]) -> dict[int, TwoSides]:
    """Return both sides of the present answer of each letter. Two statements."""
    which = sa.and_(Answer.referral_id.in_(referral_ids), is_current_answer())
    return _two_sides(Answer.referral_id, which, referral_ids)


def two_sides_of_themes(theme_ids: Sequence[int]) -> dict[int, TwoSides]:
    """Return both sides of the present answers to all letters of each theme. Two statements."""
    which = sa.and_(Referral.theme_id.in_(theme_ids), is_current_answer())
    return _two_sides(Referral.theme_id, which, theme_ids)


def two_sides_of_campaign(campaign_id: int) -> TwoSides:
    """Return both sides of the present answers to all letters of a campaign. Two statements."""
    key = sa.select(Theme.campaign_id).where(Theme.id == Referral.theme_id).scalar_subquery()
    which = sa.and_(key == campaign_id, is_current_answer())
    return _two_sides(key, which, [campaign_id])[campaign_id]


class _Step(NamedTuple):
    weight: int
    percent_done: int
    is_closed: bool
    due_on: date


class _Rating(NamedTuple):
    author_id: int
    happened: Happened
    helps: int | None


def _two_sides(key: Any, which: sa.ColumnElement[bool], keys: Sequence[int]) -> dict[int, TwoSides]:
    if not keys:
        return {}
    of_milestone = (
        sa.select(key, Milestone.weight, Milestone.percent_done, Milestone.is_closed, Milestone.due_on)
        .join(Answer, Answer.id == Milestone.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .where(which)
    )
    steps: Mapping[int, list[_Step]] = defaultdict(list)
    for found, *step in db.session.execute(of_milestone):
        steps[found].append(_Step(*step))
    of_people = (
        sa.select(key, Milestone.id, MilestoneRating.author_id, MilestoneRating.happened, MilestoneRating.helps)
        .select_from(MilestoneRating)
        .join(RatingRound, RatingRound.id == MilestoneRating.round_id)
        .join(Milestone, Milestone.id == RatingRound.milestone_id)
        .join(Answer, Answer.id == Milestone.answer_id)
        .join(Referral, Referral.id == Answer.referral_id)
        .where(which, RatingRound.ended_at.is_(None), MilestoneRating.state != RatingState.REMOVED)
    )
    of_steps: Mapping[tuple[int, int], list[_Rating]] = defaultdict(list)
    for found, milestone_id, *rating in db.session.execute(of_people):
        of_steps[found, milestone_id].append(_Rating(*rating))
    ratings: Mapping[int, list[_Rating]] = defaultdict(list)
    for (found, _milestone_id), some in of_steps.items():
        if len(some) >= MIN_PEOPLE_PER_CELL:  # else the whole without the other steps would tell of these few people
            ratings[found] += some
    return {one: _of(steps[one], ratings[one]) for one in keys}


def _of(steps: Sequence[_Step], ratings: Sequence[_Rating]) -> TwoSides:
    today, total = clock.today(), sum(step.weight for step in steps)
    done = sum(step.weight * step.percent_done for step in steps) * MAX_HELPS / (100 * total) if total else None
    own: Mapping[int, list[int]] = defaultdict(list)
    for rating in ratings:
        if rating.helps is not None:
            own[rating.author_id].append(rating.helps)
    score = people_score([sum(values) / len(values) for values in own.values()])
    n_people = len({rating.author_id for rating in ratings})
    happened = {one: sum(rating.happened is one for rating in ratings) for one in Happened}
    is_shown = n_people >= MIN_PEOPLE_PER_CELL
    helps, low, high = score or (None, None, None)
    return TwoSides(
        n_promised=len(steps),
        n_done=sum(step.is_closed for step in steps),
        n_late=sum(not step.is_closed and step.due_on < today for step in steps),
        done=done,
        n_people=n_people if is_shown else None,
        helps=helps,
        low=low,
        high=high,
        happened=happened if is_shown else {},
    )
