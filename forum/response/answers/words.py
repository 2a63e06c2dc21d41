"""The words of an answer: as typed by an officer, checked, and as a draft holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.referrals.history import clean_reason
from forum.response.referrals.models import Answer, Decision, Milestone, Referral, ReferralIdea

MAX_OFFICE_CHARS = 120
MAX_POINT_CHARS = 2_000
MAX_MILESTONES = 20
MAX_WEIGHT = 100


class MilestoneInput(NamedTuple):
    """A milestone as typed by an officer."""

    title: str
    due_on: date
    weight: int = 1


@dataclass(frozen=True)
class AnswerInput:
    """An answer as typed by an officer.

    `points` are lines to single ideas of the letter, by idea id; `point_decisions` the decisions on some of these.
    """

    decision: Decision
    reason: str
    contact_office: str = ""
    milestones: Sequence[MilestoneInput] = ()
    points: Mapping[int, str] = field(default_factory=dict)
    point_decisions: Mapping[int, Decision] = field(default_factory=dict)


def checked_words(referral: Referral, draft: AnswerInput) -> AnswerInput:
    """Return a typed answer, checked and normalised, without lines that say nothing.

    :raise InvalidInput: no reason, a milestone without title or in the past, a line to an idea outside the letter, a
        decision on an idea without a line to it
    """
    reason = clean_reason(draft.reason)
    office = clean_line(draft.contact_office, "contact_office", "문의할 곳", max_chars=MAX_OFFICE_CHARS, min_chars=0)
    refuse_resident_numbers(office, "contact_office")
    points = {idea_id: _checked_point(text) for idea_id, text in draft.points.items()}
    in_letter = set(db.session.scalars(sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == referral.id)))
    if not points.keys() | draft.point_decisions.keys() <= in_letter:
        raise InvalidInput("편지에 없는 제안에는 답할 수 없어요.")
    lines = {idea_id: text for idea_id, text in points.items() if text}
    for idea_id in sorted(draft.point_decisions.keys() - lines.keys()):
        message = _("%(number)s번 제안에 결정을 골랐어요. 까닭도 한 줄 적어 주세요.", number=idea_id)
        raise InvalidInput({"points": message})
    milestones = _checked_milestones(referral, draft.milestones)
    return AnswerInput(draft.decision, reason, office, milestones, lines, dict(draft.point_decisions))


def is_said_by(words: AnswerInput, answer: Answer) -> bool:
    """Return whether a draft holds these checked words already. The order of its milestones does not matter."""
    milestones = sorted(MilestoneInput(it.title, it.due_on, it.weight) for it in answer.milestones)
    points = {point.idea_id: (point.text, point.decision) for point in answer.points}
    lines = {idea_id: (text, words.point_decisions.get(idea_id)) for idea_id, text in words.points.items()}
    held = (answer.decision, answer.reason, answer.contact_office, milestones, points)
    return held == (words.decision, words.reason, words.contact_office, sorted(words.milestones), lines)


def current_milestones(referral: Referral) -> dict[tuple[str, date], Milestone]:
    """Return the milestones of the published answer by title and due date."""
    published = referral.published_answer
    return {(it.title, it.due_on): it for it in published.milestones} if published else {}


def _checked_point(text: str) -> str:
    text = clean_text(text, "points", "제안마다 하는 답", max_chars=MAX_POINT_CHARS, min_chars=0)
    refuse_resident_numbers(text, "points")
    return text


def _checked_milestones(referral: Referral, milestones: Sequence[MilestoneInput]) -> Sequence[MilestoneInput]:
    if len(milestones) > MAX_MILESTONES:
        raise InvalidInput({"milestones": f"이행 단계는 {MAX_MILESTONES}개까지 적을 수 있어요."})
    today, current = clock.today(), current_milestones(referral)
    checked = []
    for title, due_on, weight in milestones:
        title = clean_line(title, "milestones", "이행 단계", max_chars=200)
        refuse_resident_numbers(title, "milestones")
        if due_on < today and (title, due_on) not in current:
            raise InvalidInput({"milestones": f"‘{title}’의 기한이 이미 지났어요."})
        if due_on.year > clock.LAST_YEAR:
            message = _("‘%(title)s’의 기한은 %(last)s년까지 적을 수 있어요.", title=title, last=clock.LAST_YEAR)
            raise InvalidInput({"milestones": message})
        if not 1 <= weight <= MAX_WEIGHT:
            raise InvalidInput({"milestones": f"‘{title}’의 비중은 1부터 {MAX_WEIGHT}까지예요."})
        checked.append(MilestoneInput(title, due_on, weight))
    return checked
