from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import current_app

from forum import clock
from forum.access import Actor, require
from forum.audit.services import record, text_hash
from forum.campaigns.models import PhaseKind
from forum.campaigns.queries import require_open
from forum.desk.services import freeze_theme
from forum.errors import InvalidInput, NotFound, WrongState
from forum.extensions import db
from forum.ministries.models import Ministry
from forum.referrals.mails import tell_of_answer, tell_of_referral
from forum.referrals.models import Answer, Decision, Milestone, PartState, Referral, ReferralPart
from forum.referrals.permissions import can_answer, can_forward, is_own_part, is_own_referral
from forum.text import refuse_resident_numbers, typed_line, typed_text
from forum.themes.models import Theme, ThemeState

LETTER_MAX_CHARS = 5_000
REASON_MAX_CHARS = 5_000
MILESTONES_MAX = 20
PERCENT_DONE = 100
NUMBERING_LOCK = 2_026_001  # PostgreSQL advisory lock: two referrals at once take two numbers


class Promise(NamedTuple):
    """A milestone as an officer states it."""

    title: str
    due_on: date


def forward_theme(
    theme: Theme,
    actor: Actor,
    lead: Ministry,
    co_ministries: Sequence[Ministry] = (),
    letter: str = "",
    due_on: date | None = None,
) -> Referral:
    """Send an approved theme to a ministry. The caller commits.

    :param due_on: day in Seoul by which the answer is due; `REVIEW_DUE_DAYS` from today where not given
    :raise Forbidden: only analysts
    :raise WrongState: not approved, waiting for an answer already, or the referral phase is closed
    :raise InvalidInput: a due date before today, over-long letter
    """
    require(can_forward(actor))
    require_open(theme.campaign, PhaseKind.REFERRAL)
    db.session.refresh(theme, with_for_update={"of": Theme})
    if theme.state is not ThemeState.APPROVED:
        raise WrongState("승인된 정책 주제만 소관부처에 전달할 수 있습니다.")
    _refuse_second_while_waiting(theme)
    today = clock.today()
    due_on = due_on or today + timedelta(days=current_app.config["REVIEW_DUE_DAYS"])
    if due_on < today:
        raise InvalidInput({"due_on": "답변 기한은 오늘보다 앞설 수 없습니다."})
    letter = typed_text(letter, "letter", "전달 글", max_chars=LETTER_MAX_CHARS, min_chars=0)
    refuse_resident_numbers(letter, "letter")
    referral = Referral(
        theme_id=theme.id,
        run_id=theme.run_id,
        year=today.year,
        number=_next_number(today.year),
        letter=letter,
        sent_by_id=actor.id,
        sent_on=today,
        due_on=due_on,
    )
    referral.parts = [
        ReferralPart(ministry_id=ministry.id, is_lead=ministry is lead)
        for ministry in dict.fromkeys((lead, *co_ministries))
    ]
    db.session.add(referral)
    freeze_theme(theme)
    db.session.flush()
    after = {"number": referral.code, "lead": lead.code, "due_on": due_on.isoformat(), "letter": text_hash(letter)}
    record(actor, "referrals.forward", referral, after=after)
    tell_of_referral(referral, lead)
    return referral


def acknowledge(referral: Referral, officer: Actor) -> ReferralPart:
    """Say for one's own ministry that the referral has arrived. The caller commits.

    :raise NotFound: another ministry's referral
    :raise WrongState: acknowledged or answered already
    """
    part = _own_part(referral, officer)
    db.session.refresh(part, with_for_update={"of": ReferralPart})
    if part.state is not PartState.SENT:
        raise WrongState("이미 접수한 문서입니다.")
    part.state, part.acknowledged_at, part.acknowledged_by_id = PartState.ACKNOWLEDGED, clock.now(), officer.id
    db.session.flush()
    record(officer, "referrals.acknowledge", referral, {"state": "SENT"}, {"state": "ACKNOWLEDGED"})
    return part


def answer_referral(
    referral: Referral,
    officer: Actor,
    decision: Decision,
    reason: str,
    promises: Sequence[Promise] = (),
    seen_version: int = 0,
) -> Answer:
    """Publish the leading ministry's answer; a further one follows as the next version. The caller commits.

    :param seen_version: version of the answer that stood there when the officer wrote (0: none)
    :raise NotFound: another ministry's referral
    :raise Forbidden: a co-operating ministry's officer
    :raise WrongState: not acknowledged yet, the answer phase is closed, or a colleague has answered meanwhile
    :raise InvalidInput: no reason, a milestone without title or in the past
    """
    if not is_own_referral(officer, referral):
        raise NotFound("그런 전달 문서가 없습니다.")
    require(can_answer(officer, referral), "주관 부처의 담당자만 답변할 수 있습니다.")
    require_open(referral.theme.campaign, PhaseKind.ANSWER)
    part = referral.lead
    db.session.refresh(part, with_for_update={"of": ReferralPart})
    if part.state is PartState.SENT:
        raise WrongState("먼저 접수한 다음 답변해 주세요.")
    present = _latest_version(referral)
    if present != seen_version:
        raise WrongState("다른 담당자가 먼저 답변했습니다. 새로 고쳐 그 답변을 확인해 주세요.")
    reason = typed_text(reason, "reason", "까닭", max_chars=REASON_MAX_CHARS)
    refuse_resident_numbers(reason, "reason")
    answer = Answer(
        referral_id=referral.id,
        version=present + 1,
        decision=decision,
        reason=reason,
        author_id=officer.id,
        published_at=clock.now(),
        milestones=_milestones(promises),
    )
    db.session.add(answer)
    part.state = PartState.ANSWERED
    db.session.flush()
    after = {"decision": decision.name, "version": answer.version, "reason": text_hash(reason)}
    record(officer, "referrals.answer", referral, {"version": present}, after)
    db.session.expire(referral, ["answers"])
    tell_of_answer(referral, answer)
    return answer


def update_milestone(milestone: Milestone, officer: Actor, percent_done: int) -> None:
    """Say how far a promised step is; 100 closes it today. The caller commits.

    :raise NotFound: another ministry's
    :raise InvalidInput: not 0..100
    """
    if not can_answer(officer, milestone.answer.referral):
        raise NotFound("그런 이행 단계가 없습니다.")
    if not 0 <= percent_done <= PERCENT_DONE:
        raise InvalidInput({"percent_done": "0부터 100 사이의 숫자를 넣어 주세요."})
    before = {"percent_done": milestone.percent_done}
    milestone.percent_done, milestone.updated_at = percent_done, clock.now()
    milestone.is_closed = percent_done == PERCENT_DONE
    milestone.finished_on = clock.today() if milestone.is_closed else None
    db.session.flush()
    record(officer, "referrals.milestone", milestone, before, {"percent_done": percent_done})


def _own_part(referral: Referral, officer: Actor) -> ReferralPart:
    part = next((part for part in referral.parts if is_own_part(officer, part)), None)
    if part is None:
        raise NotFound("그런 전달 문서가 없습니다.")
    return part


def _refuse_second_while_waiting(theme: Theme) -> None:
    waiting = db.session.scalar(
        sa.select(Referral.id)
        .join(Referral.parts)
        .where(Referral.theme_id == theme.id, ReferralPart.is_lead, ReferralPart.state != PartState.ANSWERED)
    )
    if waiting is not None:
        raise WrongState("이미 전달해 답변을 기다리고 있는 주제입니다.")


def _next_number(year: int) -> int:
    """The year's next number, without gaps. Whoever asks next waits for this transaction's end."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(NUMBERING_LOCK)))
    return (db.session.scalar(sa.select(sa.func.max(Referral.number)).where(Referral.year == year)) or 0) + 1


def _latest_version(referral: Referral) -> int:
    query = sa.select(sa.func.max(Answer.version)).where(Answer.referral_id == referral.id)
    return db.session.scalar(query) or 0


def _milestones(promises: Sequence[Promise]) -> list[Milestone]:
    if len(promises) > MILESTONES_MAX:
        raise InvalidInput({"milestones": f"이행 단계는 {MILESTONES_MAX}개까지 적을 수 있습니다."})
    today = clock.today()
    made = []
    for title, due_on in promises:
        title = typed_line(title, "milestones", "이행 단계", max_chars=200)
        refuse_resident_numbers(title, "milestones")
        if due_on < today:
            raise InvalidInput({"milestones": f"‘{title}’의 기한이 이미 지났습니다."})
        made.append(Milestone(title=title, due_on=due_on))
    return made
