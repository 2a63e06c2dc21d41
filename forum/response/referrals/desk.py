"""The ministry's desk: each letter under the one step that comes next, and how many wait at each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from flask import url_for

from forum.core import clock
from forum.core.access import Actor
from forum.core.database import LabelledEnum
from forum.core.i18n import _, _l
from forum.response.referrals.interim import interims_of
from forum.response.referrals.models import (
    Answer,
    AssignmentState,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralEvent,
)
from forum.response.referrals.queries import done_letters, letters_to_correct, open_letters, waiting_parts
from forum.response.referrals.states import may_give_interim
from forum.web.page_data import page_data
from forum.web.waiting import Waiting

DONE_SHOWN = 20
INTERIM_DAYS = 7
"""From so many days before the due date on, the desk offers an interim answer."""
DESK = "referrals/desk.html"


class DeskStep(LabelledEnum):
    """What comes next for a ministry's part in a letter, the most pressing first."""

    RECEIVE = "RECEIVE"
    APPROVE = "APPROVE"
    ANSWER = "ANSWER"
    OPINION = "OPINION"
    WRITING = "WRITING"
    SUBMITTED = "SUBMITTED"
    CORRECTION = "CORRECTION"
    DELIVER = "DELIVER"
    DONE = "DONE"

    __labels__ = {
        RECEIVE: _l("접수할 것"),
        APPROVE: _l("결재할 것"),
        ANSWER: _l("답변할 것"),
        OPINION: _l("의견 낼 것"),
        WRITING: _l("담당자가 쓰는 중"),
        SUBMITTED: _l("결재 기다림"),
        CORRECTION: _l("보완 기다림"),
        DELIVER: _l("약속 지키는 중"),
        DONE: _l("끝난 것"),
    }


OWN_STEPS = frozenset({DeskStep.RECEIVE, DeskStep.APPROVE, DeskStep.ANSWER, DeskStep.OPINION})
"""Steps that the officer can take now; the others wait for somebody else or for a day."""


ANSWERING = frozenset({AssignmentState.ACKNOWLEDGED, AssignmentState.REVIEWING, AssignmentState.REEXAMINING})


@dataclass(frozen=True)
class DeskRow:
    """A letter on the ministry's desk."""

    referral: Referral
    assignment: MinistryAssignment
    step: DeskStep
    interim: ReferralEvent | None = None
    """What the ministry said of it last, while its answer has not come."""

    @property
    def may_say_more(self) -> bool:
        """Whether it is time for an interim answer: the due date is near or over, and none stands."""
        is_near = (self.assignment.clock.due_on - clock.today()).days <= INTERIM_DAYS
        return is_near and self.interim is None and may_give_interim(self.assignment.state)

    @property
    def draft(self) -> Answer | None:
        return self.referral.draft if self.assignment.is_lead else None

    @property
    def is_own(self) -> bool:
        """Whether the officer can do it now."""
        return self.step in OWN_STEPS

    @property
    def is_returned(self) -> bool:
        """Whether the approver wanted something changed in the draft, and it was not submitted again."""
        return self.draft is not None and bool(self.draft.return_note) and self.draft.submitted_at is None

    @property
    def next_promise(self) -> Milestone | None:
        """The promised step that is due next."""
        answer = self.referral.published_answer if self.step is DeskStep.DELIVER else None
        return next((it for it in answer.milestones if not it.is_closed), None) if answer else None


def desk_rows(officer: Actor) -> list[DeskRow]:
    """Return what is still open at the officer's ministry: what they can do first, each group by due date."""
    written = written_drafts(officer)
    letters = open_letters(_ministry(officer))
    interims = interims_of([referral.id for referral in letters])
    rows = [_row(referral, officer, written, interims.get(referral.id, ())) for referral in letters]
    return sorted(rows, key=lambda row: not row.is_own)


def done_rows(officer: Actor) -> list[DeskRow]:
    """Return the newest letters that are done."""
    return [_row(referral, officer, ()) for referral in done_letters(_ministry(officer), DONE_SHOWN)]


def ministry_waiting(officer: Actor) -> list[Waiting]:
    """Return how many letters wait at each step, for the menu."""
    if officer.ministry_id is None:
        return []
    written = written_drafts(officer)
    return waiting_by_step(
        step_of(state, is_lead, submitted_at is not None, approves(officer, draft_id, written))
        for state, is_lead, draft_id, submitted_at in waiting_parts(officer.ministry_id)
    )


def waiting_by_step(steps: Iterable[DeskStep]) -> list[Waiting]:
    """Return how many letters are at each step, each with the address of the list of these."""
    counts = Counter(steps)
    return [
        Waiting(step.label, counts[step], url_for("referrals.desk", step=step.name.lower()), step in OWN_STEPS)
        for step in DeskStep
        if counts[step] and step is not DeskStep.DONE
    ]


def corrections_waiting(_analyst: Actor) -> list[Waiting]:
    """Return the corrections that ministries wait for; analysts give them."""
    letters = letters_to_correct()
    return (
        [Waiting(_("보완 보낼 것"), len(letters), url_for("referrals.show", referral_id=letters[0]))] if letters else []
    )


def step_of(state: AssignmentState, is_lead: bool, is_submitted: bool, may_approve: bool) -> DeskStep:
    """Return what comes next for a part in a letter.

    :param is_submitted: the draft of the answer waits for its approval
    :param may_approve: the officer may approve the draft, and would lose that right by writing on it
    """
    if state is AssignmentState.SENT:
        return DeskStep.RECEIVE
    if state is AssignmentState.CORRECTION:
        return DeskStep.CORRECTION
    if not is_lead:
        is_asked = state in {AssignmentState.ACKNOWLEDGED, AssignmentState.REVIEWING}
        return DeskStep.OPINION if is_asked else DeskStep.DONE
    if is_submitted:
        return DeskStep.APPROVE if may_approve else DeskStep.SUBMITTED
    if state in {AssignmentState.ANSWERED, AssignmentState.DELIVERING}:
        return DeskStep.DELIVER
    if state not in ANSWERING:
        return DeskStep.DONE
    return DeskStep.WRITING if may_approve else DeskStep.ANSWER


def written_drafts(officer: Actor) -> Collection[int]:
    """Return the drafts of which the officer wrote a revision, and which they may therefore not approve."""
    found: Collection[int] = page_data(DESK, officer).get("written", ())  # type: ignore[assignment]
    return found


def _row(
    referral: Referral, officer: Actor, written: Collection[int], interims: Sequence[ReferralEvent] = ()
) -> DeskRow:
    own = next(one for one in referral.assignments if one.ministry_id == officer.ministry_id)
    draft = referral.draft
    draft_id = draft.id if draft else None
    is_submitted = draft is not None and draft.submitted_at is not None
    step = step_of(own.state, own.is_lead, is_submitted, approves(officer, draft_id, written))
    if step is DeskStep.DELIVER and not _promises(referral):
        step = DeskStep.DONE
    return DeskRow(referral, own, step, next((event for event in interims if event.part_id == own.id), None))


def _promises(referral: Referral) -> bool:
    answer = referral.published_answer
    return answer is not None and any(not milestone.is_closed for milestone in answer.milestones)


def approves(officer: Actor, draft_id: int | None, written: Collection[int]) -> bool:
    """Return whether the officer may approve a draft of their ministry, once it is submitted."""
    return officer.can_approve_answers and draft_id is not None and draft_id not in written


def _ministry(officer: Actor) -> int:
    assert officer.ministry_id is not None, "can_use_ministry_desk lets officers of a ministry in"
    return officer.ministry_id
