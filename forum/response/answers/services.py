"""Write, approve and publish answers, and request a re-examination."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.core.links import path_for
from forum.core.privacy import mask
from forum.core.workdays import last_day_for, months_after, rule_value
from forum.response.answers.models import AnswerWriter
from forum.response.answers.parts import decision_in, part_of
from forum.response.answers.permissions import can_approve_draft
from forum.response.answers.queries import authors_of, latest_version, writer_ids
from forum.response.answers.words import (
    MAX_POINT_CHARS,
    AnswerInput,
    AnswerWords,
    checked_words,
    current_milestones,
    fingerprints,
    is_said_by,
)
from forum.response.referrals.facts import ANSWERS, MILESTONES, POINT_DECISIONS
from forum.response.referrals.followups import follow_publication
from forum.response.referrals.history import apply_transition, clean_reason, require_not_past
from forum.response.referrals.locks import lock_referral
from forum.response.referrals.mails import notify_of_answer, notify_of_reexamination, notify_staff, officers_of
from forum.response.referrals.models import (
    Answer,
    AnswerPoint,
    EventType,
    Milestone,
    MinistryAssignment,
    Referral,
    ReferralEvent,
)
from forum.response.referrals.permissions import can_answer, can_ask_reexamination, is_own_referral
from forum.response.referrals.services import start_review_if_acknowledged
from forum.response.referrals.states import answering_act, transition_for
from forum.system.audit.services import record, text_hash
from forum.system.notices.services import notify
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import require_open


def save_draft(
    referral: Referral, officer: Actor, draft: AnswerInput, seen_version: int = 0, seen_revision: int = 0
) -> Answer:
    """Save the draft of the next answer; only the ministry can read it. The caller commits.

    Saving the same words again changes nothing: neither the revision nor who wrote it.

    :param seen_version: version of the published answer when the officer opened the form (0: none)
    :param seen_revision: revision of the draft when the officer opened the form (0: there was none)
    :raise NotFound: another ministry's referral
    :raise Forbidden: a co-operating ministry's officer
    :raise WrongState: not acknowledged, waiting for approval, the answer phase is closed, or a colleague saved before
    :raise InvalidInput: what `checked_words` refuses, all at once
    """
    assignment = _lock_to_answer(referral, officer)
    answering_act(assignment.state)
    if latest_version(referral.id) != seen_version:
        raise WrongState("다른 담당자가 먼저 답변했어요. 새로 고쳐 그 답변을 확인해 주세요.")
    answer = referral.draft
    if (answer.revision if answer else 0) != seen_revision:
        raise WrongState("다른 담당자가 초안을 먼저 고쳤어요. 쓴 글은 아래에 남아 있으니 그 초안과 견주어 보세요.")
    if answer is not None and answer.submitted_at is not None:
        raise WrongState("결재를 기다리는 초안이에요. 고치려면 먼저 거두어들이거나 결재자가 돌려보내야 해요.")
    part = part_of(referral)
    if part is not None:
        draft = replace(draft, decision=decision_in(part, draft.part))
    words = checked_words(referral, draft)
    if answer is not None and is_said_by(words, answer) and (part is None or part.is_said_by(draft.part, answer)):
        return answer
    start_review_if_acknowledged(assignment, officer)
    if answer is None:
        answer = Answer(referral_id=referral.id, version=seen_version + 1, revision=0)
        db.session.add(answer)
    _write(answer, words, _id(officer))
    if part is not None:
        part.write(draft.part, answer, _id(officer))
    db.session.expire(referral, ["answers"])
    record(officer, "answers.save_draft", answer, after=_for_audit(answer))
    return answer


def submit_draft(answer: Answer, officer: Actor, seen_revision: int) -> None:
    """Submit a draft for approval; it cannot be edited until it is returned or withdrawn. The caller commits.

    :param seen_revision: revision of the draft that the officer's page showed
    :raise NotFound: another ministry's draft
    :raise WrongState: already submitted, published, or changed since
    """
    _lock_draft(answer, officer)
    _require_seen(answer, seen_revision)
    if answer.submitted_at is not None:
        raise WrongState("이미 결재를 올린 초안이에요.")
    part = part_of(answer.referral)
    if part is not None:
        part.require_whole(answer)
    answer.submitted_at = clock.now()  # the note stays: the approver compares it with the words
    db.session.flush()
    record(officer, "answers.submit", answer, after={"revision": answer.revision})
    referral = answer.referral
    writers = writer_ids(answer)
    approvers = [
        account for account in officers_of([referral.lead.ministry_id]) if can_approve_draft(account, answer, writers)
    ]
    text = f"{referral.code} ‘{referral.title}’ 답변의 결재를 기다려요."
    key = f"approve:{answer.id}:{answer.revision}"
    notify_staff(referral, approvers, "approval_asked", text, "답변 결재 요청이 왔어요", key)


def withdraw_draft(answer: Answer, officer: Actor, seen_revision: int) -> None:
    """Withdraw a submitted draft to continue writing. The caller commits.

    :param seen_revision: revision of the draft that the officer's page showed
    :raise NotFound: another ministry's draft
    :raise WrongState: not submitted, published, or changed since
    """
    _lock_draft(answer, officer)
    _require_seen(answer, seen_revision)
    _require_submitted(answer)
    answer.submitted_at = None
    db.session.flush()
    record(officer, "answers.withdraw", answer, after={"revision": answer.revision})


def return_draft(answer: Answer, approver: Actor, note: str, seen_revision: int) -> None:
    """Return a submitted draft with a note of what to change. The caller commits.

    :param seen_revision: revision of the draft that the approver's page showed
    :raise NotFound: another ministry's draft
    :raise Forbidden: `approver` may not approve, or wrote a revision of it
    :raise WrongState: not submitted, published, or changed since
    :raise InvalidInput: no note
    """
    _lock_draft(answer, approver)
    require(can_approve_draft(approver, answer, writer_ids(answer)), NOT_AN_APPROVER)
    _require_seen(answer, seen_revision)
    _require_submitted(answer)
    answer.return_note = clean_reason(note, "note", "고칠 점", max_chars=MAX_POINT_CHARS)
    answer.submitted_at = None
    db.session.flush()
    after = {
        "revision": answer.revision,
        "note": text_hash(answer.return_note),
        "words": fingerprints(answer) | _part_codes(answer),
    }
    record(approver, "answers.return", answer, after=after)
    path = path_for("answers.draft", referral_id=answer.referral_id)
    notify(answer.author_id, "draft_returned", f"{answer.referral.code} 답변 초안이 돌아왔어요.", path)


def approve_answer(answer: Answer, approver: Actor, seen_revision: int) -> Answer:
    """Approve and publish an answer; it is never edited after that. The caller commits.

    :param seen_revision: revision of the draft that the approver's page showed: nobody approves words never seen
    :raise NotFound: another ministry's draft
    :raise Forbidden: `approver` may not approve, or wrote a revision of it
    :raise WrongState: not submitted, already published, changed since, the answer phase is closed, or the state allows
        no answer
    """
    referral = answer.referral
    assignment = _lock_to_answer(referral, approver)
    _require_draft(answer)
    require(can_approve_draft(approver, answer, writer_ids(answer)), NOT_AN_APPROVER)
    _require_seen(answer, seen_revision)
    _require_submitted(answer)
    act = answering_act(assignment.state)
    part = part_of(referral)
    if part is not None:
        part.require_whole(answer)
    _carry_progress(answer)
    answer.approved_by_id, answer.published_at, answer.return_note = approver.id, clock.now(), ""
    db.session.flush()
    apply_transition(assignment, act, approver, answer_version=answer.version)
    db.session.expire(referral, ["answers"])
    facts = ANSWERS.of([answer.id]) | POINT_DECISIONS.of([answer.id])
    facts |= MILESTONES.of([milestone.id for milestone in answer.milestones])
    facts |= part.facts(answer) if part else {}
    record(approver, "answers.approve", answer, after=_for_audit(answer), facts=facts)
    notify_of_answer(referral, answer)
    follow_publication(answer, approver)
    return answer


def ask_reexamination(referral: Referral, actor: Actor, reason: str, seen_version: int) -> ReferralEvent:
    """Request a re-examination of the answer; a new clock of one month starts. The caller commits.

    :param seen_version: version of the answer that the page showed
    :raise Forbidden: neither an author of the letter's ideas nor an analyst
    :raise WrongState: there is no answer, another one was published since, it accepts everything, or there was a
        re-examination before
    :raise InvalidInput: no reason, or later than fifteen days after the answer
    """
    require(can_ask_reexamination(actor, authors_of(referral.id)), NOT_THE_CITIZENS_SIDE)
    lock_referral(referral)
    assignment = referral.lead
    transition_for(assignment.state, EventType.REEXAMINATION_ASKED)
    answer = referral.published_answer
    if answer is None or answer.published_at is None:
        raise WrongState("아직 답변이 없어요.")
    if answer.version != seen_version:
        raise WrongState(_("이 화면을 연 뒤에 새 답변이 나왔어요. 아래에 있는 지금 답변을 읽고 다시 정해 주세요."))
    if not answer.may_be_reexamined:
        raise WrongState("모두 받아들인 답변이라 재심사를 요청할 수 없어요.")
    if len(assignment.clocks) > 1:
        raise WrongState("재심사는 한 번만 요청할 수 있어요. 이미 재심사를 거친 답변이에요.")
    answered_on = answer.published_at.astimezone(clock.SEOUL).date()
    last_day = last_day_for("reexamination", answered_on)
    require_not_past(last_day, "재심사는 답변을 받은 날부터 15일 안에만 요청할 수 있어요.")
    period_ends_on = months_after(clock.today(), rule_value("reexamination_answer"))
    event = apply_transition(
        assignment, EventType.REEXAMINATION_ASKED, actor, mask(clean_reason(reason)).text, until_on=period_ends_on
    )
    notify_of_reexamination(referral)
    return event


NOT_THE_CITIZENS_SIDE = "재심사는 이 문서에 실린 제안을 쓴 사람이나 분석가가 요청할 수 있어요."
NOT_AN_APPROVER = _l(
    "결재권이 있는 같은 부처의 다른 담당자만 승인할 수 있어요. "
    "자기가 쓴 답변은 승인할 수 없어요. 초안을 한 번이라도 고쳐 쓴 사람도 마찬가지예요."
)


def _lock_to_answer(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Lock the letter and return the leading ministry's assignment: of two officers the second waits here.

    :raise NotFound: another ministry's referral
    :raise Forbidden: a co-operating ministry's officer
    :raise WrongState: the answer phase is closed
    """
    require_answering(referral, officer)
    lock_referral(referral)
    require_answering(referral, officer)  # the letter may have been transferred meanwhile
    require_open(referral.theme.campaign, PhaseKind.ANSWER)
    return referral.lead


def require_answering(referral: Referral, officer: Actor) -> None:
    """Refuse everybody but officers of the leading ministry.

    :raise NotFound: another ministry's referral
    :raise Forbidden: a co-operating ministry's officer
    """
    if not is_own_referral(officer, referral):
        raise NotFound("그런 전달 문서가 없어요.")
    require(can_answer(officer, referral), "주관 부처의 담당자만 답변할 수 있어요.")


def _lock_draft(answer: Answer, officer: Actor) -> None:
    _require_own_draft(answer, officer)
    lock_referral(answer.referral)
    _require_own_draft(answer, officer)
    _require_draft(answer)


def _require_own_draft(answer: Answer, officer: Actor) -> None:
    if not can_answer(officer, answer.referral):
        raise NotFound("그런 답변 초안이 없어요.")


def _require_draft(answer: Answer) -> None:
    if answer.published_at is not None:
        raise WrongState("이미 공개한 답변이에요. 고칠 것이 있으면 새 답변을 이어서 내요.")


def _require_seen(answer: Answer, seen_revision: int) -> None:
    if answer.revision != seen_revision:
        raise WrongState(_("이 화면을 연 뒤에 초안이 바뀌었어요. 아래에 있는 지금 글을 읽고 다시 해 주세요."))


def _require_submitted(answer: Answer) -> None:
    if answer.submitted_at is None:
        raise WrongState("아직 결재를 올리지 않은 초안이에요.")


def _write(answer: Answer, words: AnswerWords, officer_id: int) -> None:
    """Write a new revision of a draft, whose lines and milestones are replaced; nothing refers to them yet."""
    answer.decision, answer.reason, answer.contact_office = words.decision, words.reason, words.contact_office
    answer.author_id, answer.revision = officer_id, answer.revision + 1
    db.session.flush()
    if db.session.get(AnswerWriter, (answer.id, officer_id)) is None:
        db.session.add(AnswerWriter(answer_id=answer.id, account_id=officer_id, revision=answer.revision))
    db.session.execute(sa.delete(AnswerPoint).where(AnswerPoint.answer_id == answer.id))
    db.session.execute(sa.delete(Milestone).where(Milestone.answer_id == answer.id))
    for idea_id, text in words.points.items():
        decision = words.point_decisions.get(idea_id)
        db.session.add(AnswerPoint(answer_id=answer.id, idea_id=idea_id, text=text, decision=decision))
    for title, due_on, weight in words.milestones:
        db.session.add(Milestone(answer_id=answer.id, title=title, due_on=due_on, weight=weight))
    db.session.flush()
    db.session.expire(answer, ["milestones", "points"])


def _carry_progress(answer: Answer) -> None:
    """Copy the progress of milestones that the revised answer repeats with the same title and due date."""
    current = current_milestones(answer.referral)
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
        "point_decisions": {str(it.idea_id): it.decision.name for it in answer.points if it.decision},
    } | _part_codes(answer)


def _part_codes(answer: Answer) -> dict[str, object]:
    part = part_of(answer.referral)
    return {"part": dict(part.fingerprints(answer))} if part else {}


def _id(actor: Actor) -> int:
    assert actor.id is not None, "an officer has an account"
    return actor.id
