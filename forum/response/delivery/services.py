"""Report the progress of milestones, and complete the delivery."""

from __future__ import annotations

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import InvalidInput, Mistakes, NotFound, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_line, clean_text, refuse_resident_numbers
from forum.response.delivery.mails import notify_of_completion, notify_of_progress
from forum.response.delivery.rounds import follow_progress
from forum.response.referrals.facts import MILESTONES
from forum.response.referrals.history import apply_transition, attach
from forum.response.referrals.locks import lock_referral
from forum.response.referrals.models import AssignmentState, EventType, FileKind, Milestone, Referral, ReferralEvent
from forum.response.referrals.permissions import can_answer
from forum.response.referrals.services import lock_own_assignment
from forum.web.uploads import Upload

PERCENT_DONE = 100
MAX_NOTE_CHARS = 1_000
MAX_URL_CHARS = 500


def update_milestone(
    milestone: Milestone,
    officer: Actor,
    percent_done: int,
    note: str,
    evidence_url: str = "",
    upload: Upload | None = None,
    *,
    seen_percent: int,
) -> ReferralEvent:
    """Report a milestone's progress. The caller commits.

    100 percent closes the milestone today, and those who took part are asked whether it happened (`rounds.py`); fewer
    open it again. The first report starts the delivery.

    :param note: what was done; public, and never blank: a number alone tells nobody what became of the promise
    :param evidence_url: a page that shows it
    :param seen_percent: the progress that the officer's page showed
    :raise NotFound: another ministry's milestone
    :raise WrongState: a colleague reported since, a later answer replaced this one, a re-examination is under way, or
        the delivery is completed
    :raise InvalidInput: not 0..100, no note, or not a web address; all mistakes at once
    """
    referral = milestone.answer.referral
    _require_own(referral, officer)
    mistakes = Mistakes()
    if not 0 <= percent_done <= PERCENT_DONE:
        mistakes.add("percent_done", "0부터 100 사이의 숫자를 넣어 주세요.")
    with mistakes.noted():
        note = clean_text(note, "note", "한 일", max_chars=MAX_NOTE_CHARS)
        refuse_resident_numbers(note, "note")
    with mistakes.noted():
        evidence_url = _address(evidence_url)
    mistakes.raise_if_any()
    lock_referral(referral)
    _require_own(referral, officer)
    if referral.published_answer is None or milestone.answer_id != referral.published_answer.id:
        raise WrongState("지금 서 있는 답변의 이행 단계만 알릴 수 있어요.")
    _begin_delivery(referral, officer)
    before = milestone.percent_done
    if before != seen_percent:
        raise WrongState(_("이 화면을 연 뒤에 진행률이 바뀌었어요. 위에 있는 지금 진행률을 보고 다시 알려 주세요."))
    _set(milestone, percent_done, evidence_url)
    follow_progress(milestone)
    event = apply_transition(
        referral.lead,
        EventType.PROGRESS_REPORTED,
        officer,
        note,
        milestone_id=milestone.id,
        percent_before=before,
        percent_after=percent_done,
        evidence_url=evidence_url,
        facts=MILESTONES.of([milestone.id]),
    )
    attach(referral, event, officer, upload, FileKind.EVIDENCE)
    notify_of_progress(referral, milestone, before)
    return event


def complete_delivery(referral: Referral, officer: Actor, seen_version: int) -> ReferralEvent:
    """Report that everything promised is done. The caller commits.

    :param seen_version: version of the answer, with its promises, that the officer's page showed
    :raise NotFound: another ministry's referral
    :raise WrongState: another answer was published since, nothing was promised, a milestone is below 100 percent, or
        the state has no such transition
    """
    assignment = lock_own_assignment(referral, officer)
    answer = referral.published_answer
    if not assignment.is_lead:
        raise WrongState("주관 부처가 이행을 마쳐요.")
    if answer is None or not answer.milestones:
        raise WrongState("약속한 이행 단계가 없어 완료할 것이 없어요.")
    if answer.version != seen_version:
        raise WrongState(_("이 화면을 연 뒤에 새 답변이 나왔어요. 그 답변의 이행 단계를 먼저 확인해 주세요."))
    left = [milestone.title for milestone in answer.milestones if not milestone.is_closed]
    if left:
        raise WrongState(f"아직 끝나지 않은 이행 단계가 있어요: {', '.join(left)}")
    event = apply_transition(assignment, EventType.COMPLETED, officer, answer_version=answer.version)
    notify_of_completion(referral)
    return event


def _require_own(referral: Referral, officer: Actor) -> None:
    if not can_answer(officer, referral):
        raise NotFound("그런 이행 단계가 없어요.")


def _begin_delivery(referral: Referral, officer: Actor) -> None:
    if referral.lead.state is AssignmentState.ANSWERED:
        apply_transition(referral.lead, EventType.DELIVERY_STARTED, officer)


def _set(milestone: Milestone, percent_done: int, evidence_url: str) -> None:
    milestone.percent_done, milestone.updated_at = percent_done, clock.now()
    milestone.is_closed = percent_done == PERCENT_DONE
    milestone.finished_on = clock.today() if milestone.is_closed else None
    milestone.evidence_url = evidence_url or milestone.evidence_url
    db.session.flush()


def _address(value: str) -> str:
    """Return the web address, normalised; it may be empty.

    :raise InvalidInput: not http or https, as a link that runs a script
    """
    value = clean_line(value, "evidence_url", "증빙 주소", max_chars=MAX_URL_CHARS, min_chars=0)
    if value and not value.startswith(("https://", "http://")):
        raise InvalidInput({"evidence_url": "증빙 주소는 https://로 시작하는 주소여야 해요."})
    return value
