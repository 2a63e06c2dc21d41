"""The letters of a digest's themes, and their answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.core.clock import SEOUL
from forum.core.extensions import db
from forum.core.links import link_to
from forum.publication.digests.content import InterimLine, MilestoneLine, ReferralLine
from forum.publication.digests.kinds import Scope
from forum.response.delivery.queries import two_sides_of_milestones
from forum.response.delivery.sides import TwoSides
from forum.response.referrals.models import Answer, EventType, Milestone, MinistryAssignment, Referral, ReferralEvent


@dataclass(frozen=True)
class Letters:
    """:param of_theme: theme id -> its letters, in the order they were sent
    :param answered_at: number -> when its answer was published
    """

    of_theme: Mapping[int, tuple[ReferralLine, ...]]
    answered_at: Mapping[str, datetime]


def sent_letters(themes: Mapping[int, str], scope: Scope) -> Letters:
    """Return the letters of these themes.

    :param themes: id -> title
    """
    found: dict[int, list[ReferralLine]] = defaultdict(list)
    answered_at = {}
    letters = _referrals(themes.keys(), scope).all()
    interim, sides = interim_answers([referral.id for referral in letters]), _sides(letters)
    for referral in letters:
        line = _line(referral, themes[referral.theme_id], interim.get(referral.id, ()), sides)
        found[referral.theme_id].append(line)
        answer = referral.published_answer
        if answer is not None and answer.published_at is not None:
            answered_at[referral.code] = answer.published_at
    return Letters({key: tuple(lines) for key, lines in found.items()}, answered_at)


def _referrals(theme_ids: Collection[int], scope: Scope) -> sa.ScalarResult[Referral]:
    query = (
        sa.select(Referral)
        .where(Referral.theme_id.in_(sorted(theme_ids)), *scope.letters)
        .options(
            selectinload(Referral.assignments).joinedload(MinistryAssignment.ministry),
            selectinload(Referral.assignments).selectinload(MinistryAssignment.clocks),
            selectinload(Referral.answers).selectinload(Answer.milestones),
        )
        .order_by(Referral.id)
    )
    return db.session.scalars(query)


def interim_answers(referral_ids: Collection[int]) -> dict[int, tuple[InterimLine, ...]]:
    """Return what ministries said before they answered, by letter, the oldest first. One statement."""
    query = (
        sa.select(ReferralEvent)
        .where(ReferralEvent.referral_id.in_(referral_ids), ReferralEvent.act == EventType.INTERIM_ANSWERED)
        .options(joinedload(ReferralEvent.assignment).joinedload(MinistryAssignment.ministry))
        .order_by(ReferralEvent.id)
    )
    found: dict[int, list[InterimLine]] = defaultdict(list)
    for event in db.session.scalars(query):
        ministry = event.assignment.ministry.name if event.assignment else ""
        found[event.referral_id].append(InterimLine(event.at.astimezone(SEOUL).date(), ministry, event.reason))
    return {key: tuple(lines) for key, lines in found.items()}


def _sides(letters: Collection[Referral]) -> Mapping[int, TwoSides]:
    """Return both sides of the steps that are done, by milestone. Two statements."""
    answers = [letter.published_answer for letter in letters]
    done = [step.id for answer in answers if answer for step in answer.milestones if step.is_closed]
    return two_sides_of_milestones(done)


def _line(
    referral: Referral, theme: str, interim: tuple[InterimLine, ...], sides: Mapping[int, TwoSides]
) -> ReferralLine:
    answer = referral.published_answer
    return ReferralLine(
        number=referral.code,
        theme_id=referral.theme_id,
        theme=theme,
        ministry=referral.lead.ministry.name,
        sent_on=referral.sent_on,
        due_on=referral.due_on,
        state=referral.lead.state.label,
        days_late=0 if answer else referral.lead.clock.days_late,
        decision=answer.decision.label if answer else "",
        reason=answer.reason if answer else "",
        answered_on=answer.published_at.astimezone(SEOUL).date() if answer and answer.published_at else None,
        milestones=tuple(_step(step, sides.get(step.id)) for step in answer.milestones) if answer else (),
        url=link_to("referrals.show", referral_id=referral.id),
        interim=interim,
    )


def _step(milestone: Milestone, sides: TwoSides | None) -> MilestoneLine:
    return MilestoneLine(milestone.title, milestone.due_on, milestone.percent_done, milestone.weight, sides)
