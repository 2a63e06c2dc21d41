"""Sending a theme to ministries, and what their officers do with the letter before they answer.

Answers have a slice of their own (`forum.response.answers`), and so has keeping promises (`forum.response.delivery`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from forum.analysis.curation.services import freeze_theme
from forum.analysis.themes.models import ClusterMember, Theme, ThemeIdea, ThemeState
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.text import clean_text, refuse_resident_numbers
from forum.core.workdays import answer_due, last_day_for, months_after, rule_value
from forum.people.ministries.models import Ministry
from forum.response.referrals.history import apply_transition, attach, clean_reason, open_assignment, require_not_past
from forum.response.referrals.mails import (
    notify_analysts_of_correction,
    notify_ministry_of_correction,
    notify_of_referral,
    notify_of_transfer,
)
from forum.response.referrals.models import (
    ANSWERED_STATES,
    AssignmentState,
    EventType,
    FileKind,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralIdea,
)
from forum.response.referrals.permissions import can_forward, can_give_correction, is_own_assignment
from forum.response.referrals.states import transition_for
from forum.system.audit.services import record, text_hash
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import require_open
from forum.voice.ideas.models import Idea, IdeaState, IdeaTally
from forum.web.uploads import Upload

MAX_LETTER_CHARS = 5_000
NUMBERING_LOCK = 2_026_001  # PostgreSQL advisory lock: two referrals at once take two numbers


def forward_theme(
    theme: Theme,
    actor: Actor,
    lead: Ministry,
    co_ministries: Sequence[Ministry] = (),
    letter: str = "",
    due_on: date | None = None,
    upload: Upload | None = None,
) -> Referral:
    """Send an approved theme to a ministry as a letter. The caller commits.

    The clock starts today. The ideas are copied as they read today.

    :param due_on: day in Seoul by which the answer is due; one month from today where not given, never later
    :param upload: a file that goes with the letter
    :raise Forbidden: only analysts
    :raise WrongState: not approved, no idea left in it, waiting for an answer already, or the phase is closed
    :raise InvalidInput: a due date before today or after the month, over-long letter
    """
    require(can_forward(actor))
    require_open(theme.campaign, PhaseKind.REFERRAL)
    db.session.refresh(theme, with_for_update={"of": Theme})
    if theme.state is not ThemeState.APPROVED:
        raise WrongState("승인된 정책 주제만 소관부처에 전달할 수 있습니다.")
    _refuse_second_while_waiting(theme)
    today = clock.today()
    period_ends_on = _period_end(today, due_on)
    letter = clean_text(letter, "letter", "전달 글", max_chars=MAX_LETTER_CHARS, min_chars=0)
    refuse_resident_numbers(letter, "letter")
    referral = Referral(
        theme_id=theme.id,
        run_id=theme.run_id,
        year=today.year,
        number=_next_number(today.year),
        title=theme.title,
        letter=letter,
        sent_by_id=actor.id,
        sent_at=clock.now(),
        sent_on=today,
        due_on=period_ends_on,
    )
    referral.assignments = [
        MinistryAssignment(ministry_id=ministry.id, is_lead=ministry is lead, arrived_on=today)
        for ministry in dict.fromkeys((lead, *co_ministries))
    ]
    db.session.add(referral)
    freeze_theme(theme)
    db.session.flush()
    _quote_ideas(referral)
    events = [open_assignment(assignment, actor, today, period_ends_on) for assignment in referral.assignments]
    referral.due_on = referral.lead.clock.due_on
    attach(referral, events[0], actor, upload, FileKind.LETTER)
    after = {"number": referral.code, "lead": lead.code, "due_on": referral.due_on.isoformat()}
    record(actor, "referrals.forward", referral, after=after | {"letter": text_hash(letter)})
    notify_of_referral(referral, lead)
    return referral


def acknowledge(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Say for one's own ministry that the referral has arrived. The caller commits.

    :raise NotFound: another ministry's referral
    :raise WrongState: acknowledged or answered already
    """
    assignment = own_assignment(referral, officer)
    apply_transition(assignment, EventType.RECEIVED, officer)
    return assignment


def start_review(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Begin to look into it. The caller commits.

    :raise NotFound: another ministry's referral
    :raise WrongState: not received yet, waiting for a correction, or past this
    """
    assignment = own_assignment(referral, officer)
    apply_transition(assignment, EventType.REVIEW_STARTED, officer)
    return assignment


def ask_correction(referral: Referral, officer: Actor, reason: str, until_on: date | None) -> ReferralEvent:
    """Ask the citizens' side to mend or add something; the part's clock stands still meanwhile. The caller commits.

    :param until_on: last day for it, a working day or moved to the next one
    :raise NotFound: another ministry's referral
    :raise WrongState: not in the state for it
    :raise InvalidInput: no reason, later than seven days after the receipt, or a day that is past or too far off
    """
    assignment = own_assignment(referral, officer)
    reason = clean_reason(reason)
    if assignment.acknowledged_at is not None:
        received_on = assignment.acknowledged_at.astimezone(clock.SEOUL).date()
        require_not_past(last_day_for("correction", received_on), "보완은 접수한 날부터 7일 안에만 요청할 수 있습니다.")
    today, most = clock.today(), rule_value("correction_at_most")
    if until_on is None or not today < until_on <= today + timedelta(days=most):
        raise InvalidInput({"until_on": f"보완 기한은 내일부터 {most}일 안의 날로 정해 주세요."})
    event = apply_transition(assignment, EventType.CORRECTION_ASKED, officer, reason, until_on=until_on)
    notify_analysts_of_correction(referral, assignment, until_on)
    return event


def give_correction(
    assignment: MinistryAssignment, actor: Actor, text: str, upload: Upload | None = None
) -> ReferralEvent:
    """Answer a request for correction; the part's clock goes on. The caller commits.

    :raise Forbidden: only analysts
    :raise WrongState: nothing was asked for, or its time is over
    :raise InvalidInput: no text
    """
    require(can_give_correction(actor))
    event = apply_transition(assignment, EventType.CORRECTION_GIVEN, actor, clean_reason(text, "text", "보완한 내용"))
    attach(assignment.referral, event, actor, upload, FileKind.CORRECTION)
    notify_ministry_of_correction(assignment.referral, assignment)
    return event


def transfer(referral: Referral, officer: Actor, to: Ministry, reason: str) -> MinistryAssignment:
    """Hand one's part to the ministry whose business it is. Its due date stays as it was. The caller commits.

    :return: the other ministry's part
    :raise NotFound: another ministry's referral
    :raise WrongState: not in the state for it, or that ministry has handed it on already
    :raise InvalidInput: no reason, one's own ministry, or later than seven days after the receipt
    """
    assignment = own_assignment(referral, officer)
    reason = clean_reason(reason)
    if to.id == assignment.ministry_id:
        raise InvalidInput({"ministry": "우리 부처로는 이송할 수 없습니다."})
    if assignment.acknowledged_at is not None:
        received_on = assignment.acknowledged_at.astimezone(clock.SEOUL).date()
        require_not_past(last_day_for("transfer_by", received_on), "이송은 접수한 날부터 7일 안에만 할 수 있습니다.")
    there = next((other for other in referral.assignments if other.ministry_id == to.id), None)
    if there is not None and there.state is AssignmentState.TRANSFERRED:
        raise WrongState("이 문서를 이미 다른 부처로 이송한 곳입니다.")
    db.session.refresh(assignment, with_for_update={"of": MinistryAssignment})
    transition_for(assignment.state, EventType.TRANSFERRED)
    led, began = assignment.is_lead, assignment.clock
    assignment.is_lead = False
    db.session.flush()
    apply_transition(assignment, EventType.TRANSFERRED, officer, reason)
    if there is None:
        there = MinistryAssignment(referral_id=referral.id, ministry_id=to.id, is_lead=led, arrived_on=clock.today())
        db.session.add(there)
        db.session.flush()
        db.session.refresh(referral, ["assignments"])
        open_assignment(there, officer, began.started_on, began.period_ends_on)
    elif led:
        there.is_lead = True
    db.session.flush()
    referral.due_on = referral.lead.clock.due_on
    notify_of_transfer(referral, assignment, there)
    return there


def give_opinion(referral: Referral, officer: Actor, text: str) -> ReferralEvent:
    """What a co-operating ministry has to say to the one that answers; it ends its own clock. The caller commits.

    :raise NotFound: another ministry's referral
    :raise WrongState: the leading ministry answers instead, or not in the state for it
    :raise InvalidInput: no text
    """
    assignment = own_assignment(referral, officer)
    if assignment.is_lead:
        raise WrongState("주관 부처는 협조 의견이 아니라 답변을 냅니다.")
    start_review_if_acknowledged(assignment, officer)
    return apply_transition(assignment, EventType.OPINION_GIVEN, officer, clean_reason(text, "text", "협조 의견"))


def start_review_if_acknowledged(assignment: MinistryAssignment, officer: Actor) -> None:
    """Whoever begins to write has begun to review. The caller commits."""
    if assignment.state is AssignmentState.ACKNOWLEDGED:
        apply_transition(assignment, EventType.REVIEW_STARTED, officer)


def own_assignment(referral: Referral, officer: Actor) -> MinistryAssignment:
    """The part of the officer's own ministry.

    :raise NotFound: there is none; strangers do not even learn that the letter is there
    """
    assignment = next(
        (assignment for assignment in referral.assignments if is_own_assignment(officer, assignment)), None
    )
    if assignment is None:
        raise NotFound("그런 전달 문서가 없습니다.")
    return assignment


def _period_end(today: date, wished: date | None) -> date:
    """Where the first clock's period ends: one month, or the earlier day an analyst wished for."""
    latest = months_after(today, rule_value("answer"))
    if wished is None:
        return latest
    if wished < today:
        raise InvalidInput({"due_on": "답변 기한은 오늘보다 앞설 수 없습니다."})
    if wished > answer_due(today):
        raise InvalidInput({"due_on": "답변 기한은 규정에서 정한 한 달을 넘을 수 없습니다."})
    return min(wished, latest)


def _quote_ideas(referral: Referral) -> None:
    """Copy the theme's ideas into the letter: representatives first, then by votes in favour. Withdrawn ones stay out.

    :raise WrongState: none is left
    """
    represents = (
        sa.select(ClusterMember.idea_id)
        .where(ClusterMember.cluster_id == referral.theme.cluster_id, ClusterMember.is_representative)
        .scalar_subquery()
    )
    is_representative = Idea.id.in_(represents)
    query = (
        sa.select(Idea.id, Idea.title, Idea.body, is_representative, IdeaTally.agree, IdeaTally.disagree)
        .join(ThemeIdea, ThemeIdea.idea_id == Idea.id)
        .join(IdeaTally, IdeaTally.idea_id == Idea.id)
        .where(ThemeIdea.theme_id == referral.theme_id, Idea.state.in_([IdeaState.OPEN, IdeaState.MERGED]))
        .order_by(is_representative.desc(), IdeaTally.agree.desc(), Idea.id)
    )
    rows = [
        {
            "referral_id": referral.id,
            "idea_id": idea_id,
            "position": position,
            "title": title,
            "body": body,
            "is_representative": bool(stands_for_others),
            "agree": agree,
            "disagree": disagree,
        }
        for position, (idea_id, title, body, stands_for_others, agree, disagree) in enumerate(
            db.session.execute(query), start=1
        )
    ]
    if not rows:
        raise WrongState("이 주제의 제안이 모두 철회되어 보낼 수 없습니다.")
    db.session.execute(sa.insert(ReferralIdea), rows)


def _refuse_second_while_waiting(theme: Theme) -> None:
    waiting = db.session.scalar(
        sa.select(Referral.id)
        .join(Referral.assignments)
        .where(
            Referral.theme_id == theme.id,
            MinistryAssignment.is_lead,
            MinistryAssignment.state.not_in(ANSWERED_STATES)
            | (MinistryAssignment.state == AssignmentState.REEXAMINING),
        )
    )
    if waiting is not None:
        raise WrongState("이미 전달해 답변을 기다리고 있는 주제입니다.")


def _next_number(year: int) -> int:
    """The year's next number, without gaps. Whoever asks next waits for this transaction's end."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(NUMBERING_LOCK)))
    return (db.session.scalar(sa.select(sa.func.max(Referral.number)).where(Referral.year == year)) or 0) + 1
