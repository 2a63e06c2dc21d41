"""The words of an answer: as typed by an officer, checked, and as a draft holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from forum.core import clock
from forum.core.errors import Mistakes
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.referrals.history import clean_reason
from forum.response.referrals.models import Answer, Decision, Milestone, Referral, ReferralIdea
from forum.system.audit.services import text_hash

MAX_OFFICE_CHARS = 120
MAX_POINT_CHARS = 2_000
MAX_MILESTONES = 20
MAX_WEIGHT = 100


class MilestoneInput(NamedTuple):
    """A milestone as typed by an officer; a part may be missing."""

    title: str
    due_on: date | None
    weight: int = 1


class CheckedMilestone(NamedTuple):
    """A milestone that was checked."""

    title: str
    due_on: date
    weight: int


@dataclass(frozen=True)
class AnswerInput:
    """An answer as typed by an officer.

    `decision` is that of the part, if there is one. `points` are lines to single ideas of the letter, by idea id;
    `point_decisions` the decisions on some of these.
    """

    decision: Decision | None
    reason: str
    contact_office: str = ""
    milestones: Sequence[MilestoneInput] = ()
    points: Mapping[int, str] = field(default_factory=dict)
    point_decisions: Mapping[int, Decision] = field(default_factory=dict)
    part: object = None
    """What `AnswerPart.read` returned, for letters whose answers have a part."""


@dataclass(frozen=True)
class AnswerWords:
    """An answer that was checked, as a draft holds it."""

    decision: Decision
    reason: str
    contact_office: str
    milestones: Sequence[CheckedMilestone]
    points: Mapping[int, str]
    point_decisions: Mapping[int, Decision]


def checked_words(referral: Referral, draft: AnswerInput) -> AnswerWords:
    """Return a typed answer, checked and normalised, without lines that say nothing.

    All mistakes are told at once: those of a milestone under `milestones-0-title` and so on, by its place in the
    input; those of a line to an idea under `points-85-text`, by the idea's id.

    :raise InvalidInput: no decision, no reason, a milestone without title or due date or in the past, a line to an
        idea outside the letter, a decision on an idea without a line to it
    """
    mistakes = Mistakes()
    reason, office = "", ""
    if draft.decision is None:
        mistakes.add("decision", _("결정을 하나 골라 주세요."))
    with mistakes.noted():
        reason = clean_reason(draft.reason)
    with mistakes.noted():
        office = _checked_office(draft.contact_office)
    milestones = _checked_milestones(referral, draft.milestones, mistakes)
    lines = _checked_points(referral, draft, mistakes)
    mistakes.raise_if_any()
    assert draft.decision is not None
    return AnswerWords(draft.decision, reason, office, milestones, lines, dict(draft.point_decisions))


def _checked_office(text: str) -> str:
    text = clean_line(text, "contact_office", "문의할 곳", max_chars=MAX_OFFICE_CHARS, min_chars=0)
    refuse_resident_numbers(text, "contact_office")
    return text


def _checked_points(referral: Referral, draft: AnswerInput, mistakes: Mistakes) -> dict[int, str]:
    in_letter = set(db.session.scalars(sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == referral.id)))
    if not draft.points.keys() | draft.point_decisions.keys() <= in_letter:
        mistakes.add("", _("편지에 없는 제안에는 답할 수 없어요."))
    lines = {}
    for idea_id, text in draft.points.items():
        with mistakes.noted():
            lines[idea_id] = _checked_point(text, f"points-{idea_id}-text")
    for idea_id in sorted(draft.point_decisions.keys() - {idea_id for idea_id, text in lines.items() if text}):
        message = _("%(number)s번 제안에 결정을 골랐어요. 이 제안에 대한 답도 한 줄 적어 주세요.", number=idea_id)
        mistakes.add(f"points-{idea_id}-text", message)
    return {idea_id: text for idea_id, text in lines.items() if text}


def is_said_by(words: AnswerWords, answer: Answer) -> bool:
    """Return whether a draft holds these checked words already. The order of its milestones does not matter."""
    milestones = sorted(CheckedMilestone(it.title, it.due_on, it.weight) for it in answer.milestones)
    points = {point.idea_id: (point.text, point.decision) for point in answer.points}
    lines = {idea_id: (text, words.point_decisions.get(idea_id)) for idea_id, text in words.points.items()}
    held = (answer.decision, answer.reason, answer.contact_office, milestones, points)
    return held == (words.decision, words.reason, words.contact_office, sorted(words.milestones), lines)


def fingerprints(answer: Answer) -> dict[str, object]:
    """Return codes and hashes by which the parts of an answer can be compared with a later revision of it."""
    milestones = "\n".join(sorted(f"{it.due_on.isoformat()} {it.weight} {it.title}" for it in answer.milestones))
    return {
        "decision": answer.decision.name,
        "reason": text_hash(answer.reason),
        "contact_office": text_hash(answer.contact_office),
        "milestones": text_hash(milestones),
        "points": {
            str(it.idea_id): text_hash(f"{it.decision.name if it.decision else ''} {it.text}") for it in answer.points
        },
    }


def changes_since(before: Mapping[str, Any], answer: Answer) -> list[str]:
    """Return in sentences what differs from the words of which `before` holds the `fingerprints`."""
    now: Mapping[str, Any] = fingerprints(answer)
    found = []
    if now["decision"] != before["decision"]:
        old = Decision[before["decision"]].label
        found.append(_("결정이 바뀌었어요: %(old)s → %(new)s", old=old, new=answer.decision.label))
    for part, name in (("reason", _("까닭")), ("contact_office", _("문의할 곳")), ("milestones", _("이행 단계"))):
        if now[part] != before[part]:
            found.append(_("%(part)s{을} 고쳤어요.", part=name))
    points, old_points = now["points"], before["points"]
    for idea_id in sorted(points.keys() | old_points.keys(), key=int):
        if points.get(idea_id) != old_points.get(idea_id):
            found.append(_("%(number)s번 제안에 하는 답을 고쳤어요.", number=idea_id))
    return found


def current_milestones(referral: Referral) -> dict[tuple[str, date], Milestone]:
    """Return the milestones of the published answer by title and due date."""
    published = referral.published_answer
    return {(it.title, it.due_on): it for it in published.milestones} if published else {}


def _checked_point(text: str, field: str) -> str:
    text = clean_text(text, field, "이 제안에 대한 답", max_chars=MAX_POINT_CHARS, min_chars=0)
    refuse_resident_numbers(text, field)
    return text


def _checked_milestones(
    referral: Referral, milestones: Sequence[MilestoneInput], mistakes: Mistakes
) -> Sequence[CheckedMilestone]:
    if len(milestones) > MAX_MILESTONES:
        mistakes.add("milestones", f"이행 단계는 {MAX_MILESTONES}개까지 적을 수 있어요.")
    current, checked = current_milestones(referral), []
    for place, milestone in enumerate(milestones):
        title, due_on = "", milestone.due_on
        with mistakes.noted():
            title = clean_line(milestone.title, f"milestones-{place}-title", "할 일", max_chars=200)
            refuse_resident_numbers(title, f"milestones-{place}-title")
        is_kept = (title, due_on) in current
        if wrong := _wrong_day(due_on, is_kept):
            mistakes.add(f"milestones-{place}-due_on", wrong)
        if not 1 <= milestone.weight <= MAX_WEIGHT:
            mistakes.add(f"milestones-{place}-weight", f"비중은 1부터 {MAX_WEIGHT}까지예요.")
        if due_on is not None:
            checked.append(CheckedMilestone(title, due_on, milestone.weight))
    return checked


def _wrong_day(due_on: date | None, is_kept: bool) -> str:
    """Return what is wrong with the due date of a milestone, if anything.

    :param is_kept: the published answer promises the same for that day
    """
    if due_on is None:
        return _("언제까지 할지 기한을 골라 주세요.")
    if due_on < clock.today() and not is_kept:
        return _("이미 지난 날이에요. 오늘이나 그 뒤의 날을 골라 주세요.")
    if due_on.year > clock.LAST_YEAR:
        return _("기한은 %(last)s년까지 적을 수 있어요.", last=clock.LAST_YEAR)
    return ""
