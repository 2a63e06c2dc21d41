"""The way of a letter in a short row: 전달, 접수, 검토, 중간 답변, 답변, 이행. One stage is the present one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.i18n import _
from forum.response.referrals.models import AssignmentState, MinistryAssignment

DONE, NOW, AHEAD = "done", "now", "ahead"


@dataclass(frozen=True)
class LetterStage:
    """One stage, as `components/step_strip.html` draws it. `state`: done, now or ahead."""

    name: str
    state: str


def stages_of(assignment: MinistryAssignment, has_interim: bool = False) -> tuple[LetterStage, ...]:
    """Return the stages of a ministry's part in a letter.

    A stage stands in the row once it was reached, or while it may still come: an interim answer only if there is one,
    and what was promised only while the answer is open or once it promised something.

    :param has_interim: the ministry said where it stands, and its answer has not come yet
    """
    names, present = _way(assignment, has_interim)
    return tuple(
        LetterStage(name, NOW if place == present else DONE if place < present else AHEAD)
        for place, name in enumerate(names)
    )


def _way(assignment: MinistryAssignment, has_interim: bool) -> tuple[Sequence[str], int]:
    """Return the names of the stages, and at which of them the letter is."""
    state = assignment.state
    begun = [_("전달"), _("접수")]
    review, interim, answer = _("검토"), _("중간 답변"), _("답변") if assignment.is_lead else _("의견")
    ends = [answer, _("이행")] if assignment.is_lead else [answer]
    if state is AssignmentState.TRANSFERRED:
        return [*begun, _("이송")], 2
    if state is AssignmentState.SENT:
        return [*begun, review, *ends], 0
    if state in {AssignmentState.ACKNOWLEDGED, AssignmentState.CORRECTION}:
        return ([*begun, interim, review, *ends], 2) if has_interim else ([*begun, review, *ends], 1)
    if state is AssignmentState.REVIEWING:
        return ([*begun, review, interim, *ends], 3) if has_interim else ([*begun, review, *ends], 2)
    if state is AssignmentState.REEXAMINING:
        again = [*begun, review, answer, _("재심사"), *([interim] if has_interim else []), _("다시 답변")]
        return again, len(again) - 2
    promised = assignment.is_lead and _promises(assignment)
    delivery = _("이행 완료") if state is AssignmentState.COMPLETED else _("이행")
    way = [*begun, review, answer, *([delivery] if promised else [])]
    return way, 3 if state is AssignmentState.ANSWERED else len(way) - 1


def _promises(assignment: MinistryAssignment) -> bool:
    answer = assignment.referral.published_answer
    return answer is not None and bool(answer.milestones)
