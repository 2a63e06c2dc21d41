"""What pages say of both sides of a promise, put together from its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from forum.analysis.curation.paging import Page
from forum.core.access import Actor
from forum.response.delivery.models import MilestoneRating, RatingRound
from forum.response.delivery.permissions import can_rate, why_not_rate
from forum.response.delivery.queries import (
    Evidence,
    comments_in,
    evidence_for,
    may_rate,
    newest_round,
    own_rating,
    times_of_ratings,
    two_sides_of_letters,
    two_sides_of_milestones,
)
from forum.response.delivery.ratings import TOOK_NO_PART
from forum.response.delivery.sides import TwoSides
from forum.response.referrals.models import Milestone, Referral

CROWD_SPAN = timedelta(hours=1)
CROWD_RATINGS = 20
"""From so many ratings on, a page says if more than half of them came within `CROWD_SPAN`."""


@dataclass(frozen=True)
class RatedMilestone:
    """What the page of a rating, and the ministry's page of the milestone, show.

    round : the open one, or the last one that ended; None: it was never done
    is_open : people are asked now
    own : the reader's own rating in it
    why_not : why the reader may not rate, as a sentence; empty if they may
    is_crowded : more than half of the ratings came within one hour
    comments : None while fewer than five people rated
    """

    milestone: Milestone
    round: RatingRound | None
    is_open: bool
    sides: TwoSides
    own: MilestoneRating | None
    why_not: str
    is_crowded: bool
    comments: Page[MilestoneRating] | None
    evidence: Evidence | None


def rated_milestone(milestone: Milestone, reader: Actor, page: int = 1) -> RatedMilestone:
    """Return a milestone of a published answer with both sides, as somebody reads it."""
    found, sides = newest_round(milestone.id), two_sides_of_milestones([milestone.id])[milestone.id]
    is_open = found is not None and found.ended_at is None
    own, why_not, is_crowded, comments = None, "", False, None
    if found is not None and is_open:
        own = own_rating(found.id, reader.participant_id)
        why_not = why_not_in(found, reader) if own is None or not can_rate(reader) else ""
        if sides.n_people is not None:
            is_crowded = came_at_once(times_of_ratings(found.id))
            comments = comments_in(found.id, page)
    evidence = evidence_for(milestone)
    return RatedMilestone(milestone, found, is_open, sides, own, why_not, is_crowded, comments, evidence)


def why_not_in(round_: RatingRound, reader: Actor) -> str:
    """Return why somebody may not rate in a round, as a sentence; empty if they may."""
    if not can_rate(reader):
        return why_not_rate(reader)
    return "" if may_rate(reader.participant_id, round_) else str(TOOK_NO_PART)


def came_at_once(times: Sequence[datetime]) -> bool:
    """Return whether more than half of at least `CROWD_RATINGS` moments, earliest first, lie within `CROWD_SPAN`."""
    if len(times) < CROWD_RATINGS:
        return False
    most = first = 0
    for last, moment in enumerate(times):
        while moment - times[first] > CROWD_SPAN:
            first += 1
        most = max(most, last - first + 1)
    return 2 * most > len(times)


@dataclass(frozen=True)
class LetterSides:
    """Both sides of a letter: of each milestone that is done, by its id, and of the whole if it promised several."""

    milestones: Mapping[int, TwoSides]
    whole: TwoSides | None


def letter_sides(referral: Referral) -> LetterSides | None:
    """Return both sides of a letter's present answer; None while nothing that it promised is done."""
    answer = referral.published_answer
    done = [it.id for it in answer.milestones if it.is_closed] if answer else []
    if answer is None or not done:
        return None
    whole = two_sides_of_letters([referral.id])[referral.id] if len(answer.milestones) > 1 else None
    return LetterSides(two_sides_of_milestones(done), whole)


def sides_in_list(letters: Sequence[Referral]) -> dict[int, TwoSides]:
    """Return both sides of those letters of a list that have something done, by letter."""
    answers = [letter.published_answer for letter in letters]
    done = [it.referral_id for it in answers if it and any(step.is_closed for step in it.milestones)]
    return two_sides_of_letters(done)
