"""What people said of the promises about an idea, and what they pledged themselves: for its timeline and stations.

Scores are of 0 to 10; those of fewer than five people, and hidden cells of pledges, are never told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core import clock
from forum.core.access import Actor
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.korean import thousands
from forum.core.links import path_for
from forum.deliberation.hearings.models import HearingInvitation, SignedOpinion
from forum.deliberation.hearings.queries import invitations_waiting, opinions_asked_of
from forum.publication.tracking.entries import TimelineEntry
from forum.response.delivery.models import RatingRound
from forum.response.delivery.permissions import can_rate
from forum.response.delivery.queries import rounds_to_rate, two_sides_of_letters, two_sides_of_milestones
from forum.response.delivery.sides import TwoSides
from forum.response.delivery.wording import gap_sentence, points
from forum.response.pledges.catalogue import catalogue
from forum.response.pledges.models import CheckIn, CheckInOutcome, Pledge, PledgeBy, PledgeState
from forum.response.pledges.queries import PledgeFigures, figures_of_themes
from forum.response.referrals.models import Answer, Referral


@dataclass(frozen=True)
class Promises:
    """What was said of the promises of the letters about an idea.

    of_letters, of_milestones : both sides by id; only where something is done
    asked_at : since when people are asked about a milestone, by its id
    pledges : by theme id
    """

    of_letters: Mapping[int, TwoSides] = field(default_factory=dict)
    of_milestones: Mapping[int, TwoSides] = field(default_factory=dict)
    asked_at: Mapping[int, datetime] = field(default_factory=dict)
    pledges: Mapping[int, PledgeFigures] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnPledge:
    """:param words: what it says, with who keeps it; :param outcome: of its present period, None: nothing recorded"""

    pledge: Pledge
    words: str
    outcome: CheckInOutcome | None


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody on the page of their activity.

    rounds : open ones in which they may rate and have not, the oldest first
    pledges : own ones that are kept now, the oldest first
    hearings : own invitations to hearings that are to come
    opinions : asked of them, and not sent
    """

    rounds: Sequence[RatingRound] = ()
    pledges: Sequence[OwnPledge] = ()
    hearings: Sequence[HearingInvitation] = ()
    opinions: Sequence[SignedOpinion] = ()


def promises_of(letters: Sequence[Referral]) -> Promises:
    """Return what was said of the promises of these letters. Up to seven statements, none before the first answer."""
    answered = [letter for letter in letters if letter.published_answer is not None]
    if not answered:
        return Promises()
    pledges = figures_of_themes(sorted({letter.theme_id for letter in answered}))
    done = {
        step.id: letter.id
        for letter in answered
        if letter.published_answer
        for step in letter.published_answer.milestones
        if step.is_closed
    }
    if not done:
        return Promises(pledges=pledges)
    query = sa.select(RatingRound.milestone_id, RatingRound.opened_at)
    query = query.where(RatingRound.milestone_id.in_(done), RatingRound.ended_at.is_(None))
    return Promises(
        two_sides_of_letters(sorted(set(done.values()))),
        two_sides_of_milestones(sorted(done)),
        {row.milestone_id: row.opened_at for row in db.session.execute(query)},
        pledges,
    )


def sides_words(sides: TwoSides | None) -> str:
    """Return both scores in a few words; empty while the people's may not be shown."""
    if sides is None or sides.done is None or sides.helps is None:
        return ""
    said = _("부처 %(done)s점, 사람들 %(helps)s점", done=points(sides.done), helps=points(sides.helps))
    return " · ".join((said, _("차이가 커요"))) if sides.has_gap else said


def rating_sentence(sides: TwoSides) -> str:
    """Return what people gave, in a sentence; empty while it may not be shown."""
    if sides.helps is None or sides.n_people is None:
        return ""
    words = {"n": thousands(sides.n_people), "points": points(sides.helps)}
    return _("참여한 사람 %(n)s명의 도움 점수는 10점 만점에 평균 %(points)s점이에요.", **words)


def rating_entries(answer: Answer, promises: Promises) -> Iterator[TimelineEntry]:
    """Yield since when people are asked about each step that is done, and what they say of it."""
    for step in answer.milestones:
        asked_at, sides = promises.asked_at.get(step.id), promises.of_milestones.get(step.id)
        if asked_at is None or sides is None:
            continue
        url = path_for("delivery.rating", milestone_id=step.id)
        if sides.helps is None or sides.n_people is None:
            title = _("약속한 일 ‘%(title)s’{이} 정말 됐는지 참여한 사람들에게 물었어요", title=step.title)
            yield TimelineEntry(title, _("5명이 점수를 주면 보여 드려요."), asked_at, url)
            continue
        words = {"title": step.title, "n": thousands(sides.n_people), "points": points(sides.helps)}
        title = _("참여한 사람 %(n)s명이 ‘%(title)s’에 10점 만점에 %(points)s점을 줬어요", **words)
        yield TimelineEntry(title, gap_sentence(sides), asked_at, url)


def pledge_entries(theme_id: int, promises: Promises) -> Iterator[TimelineEntry]:
    """Yield what people pledged for a theme. It has no day: the first one's would tell of a single person."""
    words = pledge_words(promises.pledges.get(theme_id))
    if words:
        yield TimelineEntry(words[0], words[1], url=path_for("themes.show", theme_id=theme_id))


def pledge_words(found: PledgeFigures | None) -> tuple[str, str] | None:
    """Return what people pledged, as a title and what else may be told; None without a pledge."""
    if found is None or not found.has_some:
        return None
    parts = ", ".join(
        _("%(who)s %(n)s명", who=made_by.label, n=thousands(found.people[made_by]))
        for made_by in PledgeBy
        if made_by in found.people
    )
    few = _("5명이 안 되는 칸은 보여 드리지 않아요.")
    if found.n_people is not None:
        title = _("%(n)s명이 함께 실천하기로 약속했어요", n=thousands(found.n_people))
        return title, _("%(parts)s이에요.", parts=parts) if len(found.people) > 1 else ""
    if parts:
        return _("사람들이 함께 실천하기로 약속했어요"), _("%(parts)s이에요. %(few)s", parts=parts, few=few)
    return _("함께 실천하기로 약속한 사람이 있어요"), few


def waiting_of(actor: Actor) -> Waiting:
    """Return what waits for somebody: steps to rate, own pledges with their present period, hearings at which they were
    asked to explain, and opinions that they were asked to sign. Four statements.
    """
    participant_id = actor.participant_id
    if participant_id is None:
        return Waiting()
    rounds = rounds_to_rate(participant_id) if can_rate(actor) else ()
    return Waiting(rounds, _own_pledges(participant_id), invitations_waiting(actor), opinions_asked_of(actor))


def _own_pledges(participant_id: int) -> list[OwnPledge]:
    today = clock.today()
    now = sa.and_(CheckIn.pledge_id == Pledge.id, CheckIn.period_from <= today, CheckIn.period_until >= today)
    query = (
        sa.select(Pledge, CheckIn.outcome)
        .outerjoin(CheckIn, now)
        .where(Pledge.author_id == participant_id, Pledge.stopped_on.is_(None), Pledge.state != PledgeState.REMOVED)
        .options(joinedload(Pledge.theme))
        .order_by(Pledge.id)
    )
    return [_own_pledge(pledge, outcome) for pledge, outcome in db.session.execute(query)]


def _own_pledge(pledge: Pledge, outcome: CheckInOutcome | None) -> OwnPledge:
    item = catalogue().get(pledge.item)
    is_own = pledge.made_by is PledgeBy.PERSON
    words = (item.words_person if is_own else item.words_group) if item else pledge.theme.title
    who = _("나는") if is_own else _("%(name)s{은}", name=pledge.group_name)
    return OwnPledge(pledge, f"{who} {words}" if item else words, outcome)
