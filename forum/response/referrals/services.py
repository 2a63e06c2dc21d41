"""Forward themes to ministries, and handle the letter until it is answered: acknowledge, review, correct, transfer.

Answers are in the slice `forum.response.answers`, the delivery of milestones in `forum.response.delivery`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from forum.analysis.curation.edits import lock_themes
from forum.analysis.curation.rules import require_version
from forum.analysis.curation.services import freeze_theme
from forum.analysis.themes.models import ClusterMember, Theme, ThemeIdea, ThemeState
from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, NotFound, WrongState
from forum.core.extensions import db
from forum.core.text import clean_text, refuse_resident_numbers
from forum.core.workdays import answer_due, last_day_for, months_after, rule_value
from forum.deliberation.rooms.queries import RoomOfIdea, rooms_of
from forum.deliberation.sheets.queries import PaperTotals, paper_totals
from forum.people.ministries.models import Ministry
from forum.response.referrals.facts import ASSIGNMENTS, LETTER_ROOMS, LETTERS
from forum.response.referrals.followups import follow_forward
from forum.response.referrals.history import (
    apply_transition,
    attach,
    clean_reason,
    open_assignment,
    opened_facts,
    require_not_past,
)
from forum.response.referrals.locks import lock_referral
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
    ReferralIdeaRoom,
)
from forum.response.referrals.permissions import can_forward, can_give_correction, is_own_assignment
from forum.response.referrals.states import transition_for
from forum.system.audit.services import record, text_hash
from forum.voice.campaigns.models import PhaseKind
from forum.voice.campaigns.queries import reload_campaign, require_open
from forum.voice.ideas.models import SHOWN_STATES, Idea, IdeaTally
from forum.web.uploads import Upload

MAX_LETTER_CHARS = 5_000
NUMBERING_LOCK = 2_026_001  # PostgreSQL advisory lock: concurrent referrals get different numbers


def forward_theme(
    theme: Theme,
    actor: Actor,
    lead: Ministry,
    co_ministries: Sequence[Ministry] = (),
    letter: str = "",
    due_on: date | None = None,
    upload: Upload | None = None,
    *,
    version: int,
    told: Collection[int] = (),
    similar: Collection[int] = (),
    may_quote_nothing: bool = False,
) -> Referral:
    """Send an approved theme to a ministry as a letter. The caller commits.

    The clock starts today. The ideas are copied as they are today.

    :param due_on: day in Seoul by which the answer is due; default and latest: one month from today
    :param upload: a file attached to the letter
    :param version: of the theme that the analyst's page showed: its title, summary and ideas go out
    :param told: accounts that the caller tells of it in words of its own
    :param similar: ids of themes of earlier campaigns whose results go along
    :param may_quote_nothing: send it though no open idea is in it, such as a task that the council chose
    :raise Forbidden: `actor` is not an analyst
    :raise WrongState: not approved, changed since, no open idea left, already waiting for an answer, or the phase is
        closed
    :raise InvalidInput: due date before today or after one month, letter too long, or a similar theme that is not on
        offer
    """
    require(can_forward(actor))
    lock_themes(theme)
    reload_campaign(theme.campaign)
    require_open(theme.campaign, PhaseKind.REFERRAL)
    require_version(theme, version)
    if theme.state is not ThemeState.APPROVED:
        raise WrongState("승인된 정책 주제만 소관부처에 전달할 수 있어요.")
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
    _quote_ideas(referral, may_quote_nothing)
    events = [open_assignment(assignment, actor, today, period_ends_on) for assignment in referral.assignments]
    referral.due_on = referral.lead.clock.due_on
    attach(referral, events[0], actor, upload, FileKind.LETTER)
    after = {"number": referral.code, "lead": lead.code, "due_on": referral.due_on.isoformat()}
    after |= {"letter": text_hash(letter)}
    facts = LETTERS.of([referral.id]) | LETTER_ROOMS.of([referral.id]) | opened_facts(events)
    record(actor, "referrals.forward", referral, after=after, facts=facts)
    follow_forward(referral, actor, similar)
    notify_of_referral(referral, lead, told)
    return referral


def acknowledge(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Acknowledge receipt of the letter for the officer's ministry. The caller commits.

    :raise NotFound: another ministry's referral
    :raise WrongState: already acknowledged or answered
    """
    assignment = lock_own_assignment(referral, officer)
    apply_transition(assignment, EventType.RECEIVED, officer)
    return assignment


def start_review(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Start the review. The caller commits.

    :raise NotFound: another ministry's referral
    :raise WrongState: not acknowledged yet, waiting for a correction, or already reviewed
    """
    assignment = lock_own_assignment(referral, officer)
    apply_transition(assignment, EventType.REVIEW_STARTED, officer)
    return assignment


def ask_correction(referral: Referral, officer: Actor, reason: str, until_on: date | None) -> ReferralEvent:
    """Ask the analysts to correct or complete the letter; the assignment's clock stops until then. The caller commits.

    :param until_on: last day for the correction
    :raise NotFound: another ministry's referral
    :raise WrongState: the state has no such transition
    :raise InvalidInput: no reason, later than seven days after the receipt, or a last day in the past or too far away
    """
    assignment = lock_own_assignment(referral, officer)
    reason = clean_reason(reason)
    if assignment.acknowledged_at is not None:
        received_on = assignment.acknowledged_at.astimezone(clock.SEOUL).date()
        require_not_past(last_day_for("correction", received_on), "보완은 접수한 날부터 7일 안에만 요청할 수 있어요.")
    today, most = clock.today(), rule_value("correction_at_most")
    if until_on is None or not today < until_on <= today + timedelta(days=most):
        raise InvalidInput({"until_on": f"보완 기한은 내일부터 {most}일 안의 날로 정해 주세요."})
    event = apply_transition(assignment, EventType.CORRECTION_ASKED, officer, reason, until_on=until_on)
    notify_analysts_of_correction(referral, assignment, until_on)
    return event


def give_correction(
    assignment: MinistryAssignment, actor: Actor, text: str, upload: Upload | None = None
) -> ReferralEvent:
    """Answer a request for a correction; the assignment's clock resumes. The caller commits.

    :raise Forbidden: `actor` is not an analyst
    :raise WrongState: no correction was requested, or its time is over
    :raise InvalidInput: no text
    """
    require(can_give_correction(actor))
    lock_referral(assignment.referral)
    event = apply_transition(assignment, EventType.CORRECTION_GIVEN, actor, clean_reason(text, "text", "보완한 내용"))
    attach(assignment.referral, event, actor, upload, FileKind.CORRECTION)
    notify_ministry_of_correction(assignment.referral, assignment)
    return event


def transfer(referral: Referral, officer: Actor, to: Ministry, reason: str) -> MinistryAssignment:
    """Transfer the letter to the responsible ministry. The due date does not change. The caller commits.

    :return: the other ministry's assignment
    :raise NotFound: another ministry's referral
    :raise WrongState: the state has no such transition, or that ministry has already transferred it
    :raise InvalidInput: no reason, the officer's own ministry, or later than seven days after the receipt
    """
    assignment = lock_own_assignment(referral, officer)
    reason = clean_reason(reason)
    if to.id == assignment.ministry_id:
        raise InvalidInput({"ministry": "우리 부처로는 이송할 수 없어요."})
    if assignment.acknowledged_at is not None:
        received_on = assignment.acknowledged_at.astimezone(clock.SEOUL).date()
        require_not_past(last_day_for("transfer_by", received_on), "이송은 접수한 날부터 7일 안에만 할 수 있어요.")
    there = next((other for other in referral.assignments if other.ministry_id == to.id), None)
    if there is not None and there.state is AssignmentState.TRANSFERRED:
        raise WrongState("이 문서를 이미 다른 부처로 이송한 곳이에요.")
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
        facts = opened_facts([open_assignment(there, officer, began.started_on, began.period_ends_on)])
    else:
        there.is_lead = there.is_lead or led
        facts = ASSIGNMENTS.of([there.id])
    referral.due_on = referral.lead.clock.due_on
    record(officer, "referrals.reassign", referral, after={"part_id": there.id, "lead": there.is_lead}, facts=facts)
    notify_of_transfer(referral, assignment, there)
    return there


def give_opinion(referral: Referral, officer: Actor, text: str) -> ReferralEvent:
    """Publish a co-operating ministry's opinion, which ends that ministry's clock. The caller commits.

    :raise NotFound: another ministry's referral
    :raise WrongState: it is the leading ministry, which answers instead, or the state has no such transition
    :raise InvalidInput: no text
    """
    assignment = lock_own_assignment(referral, officer)
    if assignment.is_lead:
        raise WrongState("주관 부처는 협조 의견이 아니라 답변을 내요.")
    start_review_if_acknowledged(assignment, officer)
    return apply_transition(assignment, EventType.OPINION_GIVEN, officer, clean_reason(text, "text", "협조 의견"))


def start_review_if_acknowledged(assignment: MinistryAssignment, officer: Actor) -> None:
    """Start the review if an officer begins to write before starting it. The caller commits."""
    if assignment.state is AssignmentState.ACKNOWLEDGED:
        apply_transition(assignment, EventType.REVIEW_STARTED, officer)


def own_assignment(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Return the assignment of the officer's own ministry.

    :raise NotFound: there is none; other officers do not learn that the letter exists
    """
    assignment = next(
        (assignment for assignment in referral.assignments if is_own_assignment(officer, assignment)), None
    )
    if assignment is None:
        raise NotFound("그런 전달 문서가 없어요.")
    return assignment


def lock_own_assignment(referral: Referral, officer: Actor) -> MinistryAssignment:
    """Lock a letter, and return what is the officer's own ministry's assignment under the lock.

    :raise NotFound: as `own_assignment`
    """
    own_assignment(referral, officer)  # a stranger does not get as far as the lock
    lock_referral(referral)
    return own_assignment(referral, officer)


def _period_end(today: date, wished: date | None) -> date:
    """Return the end of the first clock's period: one month from today, or the earlier day that the analyst asked for.

    :raise InvalidInput: the day is before today or after one month
    """
    latest = months_after(today, rule_value("answer"))
    if wished is None:
        return latest
    if wished < today:
        raise InvalidInput({"due_on": "답변 기한은 오늘보다 앞설 수 없어요."})
    if wished > answer_due(today):
        raise InvalidInput({"due_on": "답변 기한은 규정에서 정한 한 달을 넘을 수 없어요."})
    return min(wished, latest)


def _quote_ideas(referral: Referral, may_be_none: bool) -> None:
    """Copy the theme's open ideas into the letter: representatives first, then by votes in favour.

    :raise WrongState: no open idea is left, unless there may be none
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
        .where(ThemeIdea.theme_id == referral.theme_id, Idea.state.in_(SHOWN_STATES))
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
    if not rows and may_be_none:
        return
    if not rows:
        raise WrongState("이 주제의 제안이 모두 철회되어 보낼 수 없어요.")
    db.session.execute(sa.insert(ReferralIdea), rows)
    _quote_rooms(referral)


def _quote_rooms(referral: Referral) -> None:
    """Copy into the letter in which gatherings its ideas were born, and what vote sheets say of them."""
    quoted = sa.select(ReferralIdea.idea_id).where(ReferralIdea.referral_id == referral.id)
    rooms, paper = rooms_of(quoted), paper_totals(quoted)
    rows = [
        _quoted_room(referral.id, key, rooms.get(key), paper.get(key)) for key in sorted(rooms.keys() | paper.keys())
    ]
    told = [
        row for row in rows if row["gathering_id"] or row["paper_agree"] + row["paper_disagree"] + row["paper_pass"]
    ]
    if told:
        db.session.execute(sa.insert(ReferralIdeaRoom), told)


def _quoted_room(referral_id: int, idea_id: int, room: RoomOfIdea | None, paper: PaperTotals | None) -> dict[str, Any]:
    return {
        "referral_id": referral_id,
        "idea_id": idea_id,
        "gathering_id": room.gathering_id if room else None,
        "gathering_title": room.title if room else "",
        "began_on": room.began_at.astimezone(clock.SEOUL).date() if room else None,
        "number": room.number if room else None,
        "paper_agree": paper.agree if paper else 0,
        "paper_disagree": paper.disagree if paper else 0,
        "paper_pass": paper.pass_ if paper else 0,
    }


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
        raise WrongState("이미 전달해 답변을 기다리고 있는 주제예요.")


def _next_number(year: int) -> int:
    """Return the year's next number, without gaps. A concurrent call waits until this transaction ends."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(NUMBERING_LOCK)))
    return (db.session.scalar(sa.select(sa.func.max(Referral.number)).where(Referral.year == year)) or 0) + 1
