"""Write, approve and publish answers, and request a re-examination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.links import path_for
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.core.workdays import last_day_for, months_after, rule_value
from forum.response.answers.permissions import can_approve_draft
from forum.response.answers.queries import authors_of, latest_version
from forum.response.referrals.history import apply_transition, clean_reason, require_not_past
from forum.response.referrals.mails import notify_of_answer, notify_of_reexamination, notify_staff, officers_of
from forum.response.referrals.models import (
    MAY_BE_REEXAMINED,
    Answer,
    AnswerPoint,
    Decision,
    EventType,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralIdea,
)
from forum.response.referrals.permissions import can_answer, can_ask_reexamination, is_own_referral
from forum.response.referrals.services import start_review_if_acknowledged
from forum.response.referrals.states import answering_act, transition_for
from forum.system.audit.services import record, text_hash
from forum.system.notices.services import notify
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import require_open

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
    """An answer as typed by an officer. `points` are lines to single ideas of the letter, by idea id."""

    decision: Decision
    reason: str
    contact_office: str = ""
    milestones: Sequence[MilestoneInput] = ()
    points: Mapping[int, str] = field(default_factory=dict)


def save_draft(
    referral: Referral, officer: Actor, draft: AnswerInput, seen_version: int = 0, seen_revision: int = 0
) -> Answer:
    """Save the draft of the next answer; only the ministry can read it. The caller commits.

    :param seen_version: version of the published answer when the officer opened the form (0: none)
    :param seen_revision: revision of the draft when the officer opened the form (0: there was none)
    :raise NotFound: another ministry's referral
    :raise Forbidden: a co-operating ministry's officer
    :raise WrongState: not acknowledged, waiting for approval, the answer phase is closed, or a colleague saved before
    :raise InvalidInput: no reason, a milestone without title or in the past, a line to an idea outside the letter
    """
    assignment = _answering_assignment(referral, officer)
    answering_act(assignment.state)
    if latest_version(referral.id) != seen_version:
        raise WrongState("다른 담당자가 먼저 답변했습니다. 새로 고쳐 그 답변을 확인해 주세요.")
    answer = db.session.scalar(
        sa.select(Answer)
        .where(Answer.referral_id == referral.id, Answer.published_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if (answer.revision if answer else 0) != seen_revision:
        raise WrongState("다른 담당자가 초안을 먼저 고쳤습니다. 쓴 글은 아래에 남아 있으니 그 초안과 견주어 보세요.")
    if answer is not None and answer.submitted_at is not None:
        raise WrongState("결재를 기다리는 초안입니다. 고치려면 먼저 거두어들이거나 결재자가 돌려보내야 합니다.")
    values = _checked(referral, draft)
    start_review_if_acknowledged(assignment, officer)
    if answer is None:
        answer = Answer(referral_id=referral.id, version=seen_version + 1, revision=0, author_id=officer.id, **values)
        db.session.add(answer)
    else:
        for name, value in values.items():
            setattr(answer, name, value)
        answer.author_id = _id(officer)
    answer.revision += 1
    db.session.flush()
    _write_points_and_milestones(answer, draft)
    db.session.expire(referral, ["answers"])
    record(officer, "answers.save_draft", answer, after=_for_audit(answer))
    return answer


def submit_draft(answer: Answer, officer: Actor) -> None:
    """Submit a draft for approval; it cannot be edited until it is returned or withdrawn. The caller commits.

    :raise NotFound: another ministry's draft
    :raise WrongState: already submitted, or published
    """
    _lock_draft(answer, officer)
    if answer.submitted_at is not None:
        raise WrongState("이미 결재를 올린 초안입니다.")
    answer.submitted_at, answer.return_note = clock.now(), ""
    db.session.flush()
    record(officer, "answers.submit", answer, after={"revision": answer.revision})
    referral = answer.referral
    approvers = [
        account
        for account in officers_of([referral.lead.ministry_id])
        if account.can_approve_answers and account.id != answer.author_id
    ]
    text = f"{referral.code} ‘{referral.title}’ 답변의 결재를 기다립니다."
    key = f"approve:{answer.id}:{answer.revision}"
    notify_staff(referral, approvers, "approval_asked", text, "답변 결재 요청이 왔습니다", key)


def withdraw_draft(answer: Answer, officer: Actor) -> None:
    """Withdraw a submitted draft to continue writing. The caller commits.

    :raise NotFound: another ministry's draft
    :raise WrongState: not submitted, or published
    """
    _lock_draft(answer, officer)
    _require_submitted(answer)
    answer.submitted_at = None
    db.session.flush()
    record(officer, "answers.withdraw", answer, after={"revision": answer.revision})


def return_draft(answer: Answer, approver: Actor, note: str) -> None:
    """Return a submitted draft with a note of what to change. The caller commits.

    :raise NotFound: another ministry's draft
    :raise Forbidden: `approver` may not approve, or is the author
    :raise WrongState: not submitted, or published
    :raise InvalidInput: no note
    """
    _lock_draft(answer, approver)
    require(can_approve_draft(approver, answer), NOT_AN_APPROVER)
    _require_submitted(answer)
    answer.return_note = clean_reason(note, "note", "고칠 점", max_chars=MAX_POINT_CHARS)
    answer.submitted_at = None
    db.session.flush()
    record(approver, "answers.return", answer, after={"note": text_hash(answer.return_note)})
    path = path_for("answers.draft", referral_id=answer.referral_id)
    notify(answer.author_id, "draft_returned", f"{answer.referral.code} 답변 초안이 돌아왔습니다.", path)


def approve_answer(answer: Answer, approver: Actor) -> Answer:
    """Approve and publish an answer; it is never edited after that. The caller commits.

    :raise NotFound: another ministry's draft
    :raise Forbidden: `approver` may not approve, or is the author
    :raise WrongState: not submitted, already published, the answer phase is closed, or the state allows no answer
    """
    referral = answer.referral
    assignment = _answering_assignment(referral, approver)
    _lock_draft(answer, approver)
    require(can_approve_draft(approver, answer), NOT_AN_APPROVER)
    _require_submitted(answer)
    act = answering_act(assignment.state)
    _carry_progress(answer)
    answer.approved_by_id, answer.published_at = approver.id, clock.now()
    db.session.flush()
    apply_transition(assignment, act, approver, answer_version=answer.version)
    db.session.expire(referral, ["answers"])
    record(approver, "answers.approve", answer, after=_for_audit(answer))
    notify_of_answer(referral, answer)
    return answer


def ask_reexamination(referral: Referral, actor: Actor, reason: str) -> ReferralEvent:
    """Request a re-examination of the answer; a new clock of one month starts. The caller commits.

    :raise Forbidden: neither an author of the letter's ideas nor an analyst
    :raise WrongState: there is no answer, it accepts everything, or there was a re-examination before
    :raise InvalidInput: no reason, or later than fifteen days after the answer
    """
    require(can_ask_reexamination(actor, authors_of(referral.id)), NOT_THE_CITIZENS_SIDE)
    assignment = referral.lead
    db.session.refresh(assignment, with_for_update={"of": MinistryAssignment})
    transition_for(assignment.state, EventType.REEXAMINATION_ASKED)
    answer = referral.published_answer
    if answer is None or answer.published_at is None:
        raise WrongState("아직 답변이 없습니다.")
    if answer.decision not in MAY_BE_REEXAMINED:
        raise WrongState("모두 받아들인 답변이라 재심사를 요청할 수 없습니다.")
    if len(assignment.clocks) > 1:
        raise WrongState("재심사는 한 번만 요청할 수 있습니다. 이미 재심사를 거친 답변입니다.")
    answered_on = answer.published_at.astimezone(clock.SEOUL).date()
    last_day = last_day_for("reexamination", answered_on)
    require_not_past(last_day, "재심사는 답변을 받은 날부터 15일 안에만 요청할 수 있습니다.")
    period_ends_on = months_after(clock.today(), rule_value("reexamination_answer"))
    event = apply_transition(
        assignment, EventType.REEXAMINATION_ASKED, actor, clean_reason(reason), until_on=period_ends_on
    )
    notify_of_reexamination(referral)
    return event


NOT_THE_CITIZENS_SIDE = "재심사는 이 문서에 실린 제안을 쓴 사람이나 분석가가 요청할 수 있습니다."
NOT_AN_APPROVER = "결재권이 있는 같은 부처의 다른 담당자만 승인할 수 있습니다. 자기가 쓴 답변은 승인할 수 없습니다."


def require_answering(referral: Referral, officer: Actor) -> None:
    """:raise NotFound: another ministry's referral
    :raise Forbidden: a co-operating ministry's officer
    """
    if not is_own_referral(officer, referral):
        raise NotFound("그런 전달 문서가 없습니다.")
    require(can_answer(officer, referral), "주관 부처의 담당자만 답변할 수 있습니다.")


def _answering_assignment(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Return the leading ministry's assignment, locked: of two officers the second waits here.

    :raise NotFound: another ministry's referral
    :raise Forbidden: a co-operating ministry's officer
    :raise WrongState: the answer phase is closed
    """
    require_answering(referral, officer)
    require_open(referral.theme.campaign, PhaseKind.ANSWER)
    db.session.refresh(referral.lead, with_for_update={"of": MinistryAssignment})
    return referral.lead


def _lock_draft(answer: Answer, officer: Actor) -> None:
    if not can_answer(officer, answer.referral):
        raise NotFound("그런 답변 초안이 없습니다.")
    db.session.refresh(answer, with_for_update={"of": Answer})
    if answer.published_at is not None:
        raise WrongState("이미 공개한 답변입니다. 고칠 것이 있으면 새 답변을 이어서 냅니다.")


def _require_submitted(answer: Answer) -> None:
    if answer.submitted_at is None:
        raise WrongState("아직 결재를 올리지 않은 초안입니다.")


def _checked(referral: Referral, draft: AnswerInput) -> dict[str, object]:
    """Return the draft's decision, reason and office, checked and normalised.

    :raise InvalidInput: as `save_draft`
    """
    reason = clean_reason(draft.reason)
    office = clean_line(draft.contact_office, "contact_office", "문의할 곳", max_chars=MAX_OFFICE_CHARS, min_chars=0)
    refuse_resident_numbers(office, "contact_office")
    in_letter = set(db.session.scalars(sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == referral.id)))
    if not set(draft.points) <= in_letter:
        raise InvalidInput("편지에 없는 제안에는 답할 수 없습니다.")
    return {"decision": draft.decision, "reason": reason, "contact_office": office}


def _write_points_and_milestones(answer: Answer, draft: AnswerInput) -> None:
    """Replace the draft's lines and milestones by those just typed; nothing refers to a draft's yet."""
    db.session.execute(sa.delete(AnswerPoint).where(AnswerPoint.answer_id == answer.id))
    db.session.execute(sa.delete(Milestone).where(Milestone.answer_id == answer.id))
    for idea_id, text in sorted(draft.points.items()):
        text = clean_text(text, "points", "제안마다 하는 답", max_chars=MAX_POINT_CHARS, min_chars=0)
        refuse_resident_numbers(text, "points")
        if text:
            db.session.add(AnswerPoint(answer_id=answer.id, idea_id=idea_id, text=text))
    db.session.add_all(_milestones(answer, draft.milestones))
    db.session.flush()
    db.session.expire(answer, ["milestones", "points"])


def _milestones(answer: Answer, milestones: Sequence[MilestoneInput]) -> list[Milestone]:
    if len(milestones) > MAX_MILESTONES:
        raise InvalidInput({"milestones": f"이행 단계는 {MAX_MILESTONES}개까지 적을 수 있습니다."})
    today, current = clock.today(), _current_milestones(answer)
    made = []
    for title, due_on, weight in milestones:
        title = clean_line(title, "milestones", "이행 단계", max_chars=200)
        refuse_resident_numbers(title, "milestones")
        if due_on < today and (title, due_on) not in current:
            raise InvalidInput({"milestones": f"‘{title}’의 기한이 이미 지났습니다."})
        if due_on.year > clock.LAST_YEAR:
            message = _("‘%(title)s’의 기한은 %(last)s년까지 적을 수 있습니다.", title=title, last=clock.LAST_YEAR)
            raise InvalidInput({"milestones": message})
        if not 1 <= weight <= MAX_WEIGHT:
            raise InvalidInput({"milestones": f"‘{title}’의 비중은 1부터 {MAX_WEIGHT}까지입니다."})
        made.append(Milestone(answer_id=answer.id, title=title, due_on=due_on, weight=weight))
    return made


def _current_milestones(answer: Answer) -> dict[tuple[str, date], Milestone]:
    """Return the milestones of the published answer by title and due date."""
    before = answer.referral.published_answer
    return {(old.title, old.due_on): old for old in before.milestones} if before else {}


def _carry_progress(answer: Answer) -> None:
    """Copy the progress of milestones that the revised answer repeats with the same title and due date."""
    current = _current_milestones(answer)
    for milestone in answer.milestones:
        old = current.get((milestone.title, milestone.due_on))
        if old is not None:
            milestone.percent_done, milestone.is_closed = old.percent_done, old.is_closed
            milestone.finished_on, milestone.evidence_url = old.finished_on, old.evidence_url


def _for_audit(answer: Answer) -> dict[str, object]:
    return {
        "version": answer.version,
        "revision": answer.revision,
        "decision": answer.decision.name,
        "reason": text_hash(answer.reason),
        "milestones": len(answer.milestones),
        "points": len(answer.points),
    }


def _id(actor: Actor) -> int:
    assert actor.id is not None, "an officer has an account"
    return actor.id
