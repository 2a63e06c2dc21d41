"""Record a referral's history. Nothing else changes the state and the clock of an assignment.

Each change is written with its `ReferralEvent` in one transaction, so the current state always agrees with the events.
`flask forum check` replays the events and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from forum.core import clock
from forum.core.access import Actor
from forum.core.errors import InvalidInput
from forum.core.extensions import db
from forum.core.text import clean_text, refuse_resident_numbers
from forum.core.workdays import working_day_from
from forum.response.referrals import states
from forum.response.referrals.facts import ASSIGNMENTS, EVENTS, FILES
from forum.response.referrals.models import (
    ClockEnd,
    EventType,
    FileKind,
    MinistryAssignment,
    Referral,
    ReferralEvent,
    ReferralFile,
    ResponseClock,
)
from forum.system.audit.facts import FactsByKind
from forum.system.audit.services import record, text_hash
from forum.web.uploads import Upload

MAX_REASON_CHARS = 5_000


def apply_transition(
    assignment: MinistryAssignment,
    act: EventType,
    actor: Actor,
    reason: str = "",
    *,
    until_on: date | None = None,
    facts: FactsByKind | None = None,
    **more: object,
) -> ReferralEvent:
    """Apply the transition of `act`: change state and clock, and record the event. The caller commits.

    The assignment is locked: a concurrent call waits here and then finds the new state.

    :param until_on: last day for a correction, or the end of a new clock's period
    :param facts: what else the audit entry vouches for
    :raise WrongState: the current state has no transition for `act`
    """
    db.session.refresh(assignment, with_for_update={"of": MinistryAssignment})
    transition = states.transition_for(assignment.state, act)
    before, assignment.state = assignment.state, transition.end
    if act in {EventType.RECEIVED, EventType.DEEMED}:
        assignment.acknowledged_at, assignment.acknowledged_by_id = clock.now(), actor.id
    _update_clock(assignment, transition.clock, until_on)
    event = record_event(
        assignment.referral,
        act,
        actor,
        reason,
        assignment=assignment,
        state_before=before,
        state_after=transition.end,
        until_on=until_on,
        **more,
    )
    after = {"state": transition.end.name, "part_id": assignment.id, "due_on": assignment.clock.due_on.isoformat()}
    after |= {"reason": text_hash(reason)} if reason else {}
    vouched = EVENTS.of([event.id]) | ASSIGNMENTS.of([assignment.id]) | (facts or {})
    record(actor, f"referrals.{act.name.lower()}", assignment.referral, {"state": before.name}, after, vouched)
    return event


def open_assignment(
    assignment: MinistryAssignment, actor: Actor, started_on: date, period_ends_on: date
) -> ReferralEvent:
    """Start the first clock of a new assignment and record that the letter was sent to it.

    The caller puts `opened_facts` into its audit entry, and commits.
    """
    _start(assignment, started_on, period_ends_on)
    return record_event(
        assignment.referral,
        EventType.SENT,
        actor,
        assignment=assignment,
        state_after=states.transition_for(None, EventType.SENT).end,
        until_on=period_ends_on,
    )


def opened_facts(events: Sequence[ReferralEvent]) -> FactsByKind:
    """Return the facts of new assignments, by the events of `open_assignment`."""
    assignments = [event.part_id for event in events if event.part_id is not None]
    return EVENTS.of([event.id for event in events]) | ASSIGNMENTS.of(assignments)


def record_event(
    referral: Referral,
    act: EventType,
    actor: Actor,
    reason: str = "",
    *,
    assignment: MinistryAssignment | None = None,
    **more: object,
) -> ReferralEvent:
    """Record an event with today's date and the current due date. The caller puts `EVENTS` into its audit entry."""
    event = ReferralEvent(
        referral_id=referral.id,
        part_id=assignment.id if assignment else None,
        act=act,
        at=clock.now(),
        happened_on=clock.today(),
        actor_id=actor.id,
        actor_role=actor.role,
        reason=reason,
        due_on=assignment.clock.due_on if assignment else None,
        **more,
    )
    db.session.add(event)
    db.session.flush()
    return event


def attach(referral: Referral, event: ReferralEvent, actor: Actor, upload: Upload | None, kind: FileKind) -> None:
    """Store an uploaded file with its event; does nothing without a file. The caller commits."""
    if upload is None:
        return
    assert actor.id is not None
    file = ReferralFile(
        referral_id=referral.id,
        event_id=event.id,
        kind=kind,
        name=upload.name,
        media_type=upload.media_type,
        size_bytes=len(upload.content),
        sha256=upload.sha256,
        content=upload.content,
        uploaded_by_id=actor.id,
    )
    db.session.add(file)
    db.session.flush()
    after = {"file_id": file.id, "sha256": upload.sha256}
    record(actor, "referrals.attach", referral, after=after, facts=FILES.of([file.id]))


def clean_reason(
    reason: str | None, field: str = "reason", name: str = "까닭", max_chars: int = MAX_REASON_CHARS
) -> str:
    """Return a public reason, normalised.

    :raise InvalidInput: blank, too long, or containing a resident registration number
    """
    text = clean_text(reason, field, name, max_chars=max_chars)
    refuse_resident_numbers(text, field)
    return text


def require_not_past(last_day: date, message: str) -> None:
    """Check that today is not after `last_day`.

    :raise InvalidInput: it is
    """
    if clock.today() > last_day:
        raise InvalidInput(message)


def _update_clock(assignment: MinistryAssignment, change: str, until_on: date | None) -> None:
    running, today = assignment.clock, clock.today()
    if change == states.STARTS:
        assert until_on is not None
        _start(assignment, today, until_on)
    elif change == states.STOPS:
        running.stopped_on, running.stopped_until = today, until_on
    elif change == states.RESUMES and running.stopped_on and running.stopped_until:
        running.stopped_days += states.days_stopped(running.stopped_on, running.stopped_until, today)
        running.stopped_on = running.stopped_until = None
        running.due_on = states.ClockPeriod(running.started_on, running.period_ends_on, running.stopped_days).due_on
    elif change in {states.ENDS, states.HANDS_OVER}:
        running.ended_on = today
        running.outcome = ClockEnd.ANSWERED if change == states.ENDS else ClockEnd.TRANSFERRED
    if assignment.is_lead:
        assignment.referral.due_on = assignment.clock.due_on
    db.session.flush()


def _start(assignment: MinistryAssignment, started_on: date, period_ends_on: date) -> None:
    assignment.clocks.append(
        ResponseClock(
            round=len(assignment.clocks) + 1,
            started_on=started_on,
            period_ends_on=period_ends_on,
            due_on=working_day_from(period_ends_on),
        )
    )
    db.session.flush()
