"""The table of states and transitions of a ministry's assignment.

Services consult it before they act, and `flask forum check` replays the events by it. The diagram in
`docs/referral-states.md` is generated from it by `flask referrals states`; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from forum.core.errors import WrongState
from forum.core.i18n import _
from forum.core.workdays import working_day_from
from forum.response.referrals.models import AssignmentState, EventType, ReferralEvent


@dataclass(frozen=True)
class Transition:
    """`act` leads from `start` (None: a new assignment) to `end`. `by` may do it; `clock` is its effect on a clock."""

    start: AssignmentState | None
    act: EventType
    end: AssignmentState
    by: str
    clock: str = ""


S, E = AssignmentState, EventType
OFFICER, CITIZENS, JOB = "담당자", "제안한 사람 또는 분석가", "시스템"
STARTS, STOPS, RESUMES, ENDS, HANDS_OVER = "시작", "멈춤", "다시 감", "끝남", "넘김"

TRANSITIONS = (
    Transition(None, E.SENT, S.SENT, "분석가", STARTS),
    Transition(S.SENT, E.RECEIVED, S.ACKNOWLEDGED, OFFICER),
    Transition(S.SENT, E.DEEMED, S.ACKNOWLEDGED, JOB),
    Transition(S.ACKNOWLEDGED, E.CORRECTION_ASKED, S.CORRECTION, OFFICER, STOPS),
    Transition(S.ACKNOWLEDGED, E.TRANSFERRED, S.TRANSFERRED, OFFICER, HANDS_OVER),
    Transition(S.ACKNOWLEDGED, E.REVIEW_STARTED, S.REVIEWING, OFFICER),
    Transition(S.CORRECTION, E.CORRECTION_GIVEN, S.REVIEWING, "분석가", RESUMES),
    Transition(S.CORRECTION, E.CORRECTION_LAPSED, S.REVIEWING, JOB, RESUMES),
    Transition(S.REVIEWING, E.ANSWERED, S.ANSWERED, "결재자", ENDS),
    Transition(S.REVIEWING, E.OPINION_GIVEN, S.ANSWERED, OFFICER, ENDS),
    Transition(S.ANSWERED, E.REVISED, S.ANSWERED, "결재자"),
    Transition(S.ANSWERED, E.REEXAMINATION_ASKED, S.REEXAMINING, CITIZENS, STARTS),
    Transition(S.DELIVERING, E.REEXAMINATION_ASKED, S.REEXAMINING, CITIZENS, STARTS),
    Transition(S.REEXAMINING, E.ANSWERED, S.ANSWERED, "결재자", ENDS),
    Transition(S.ANSWERED, E.DELIVERY_STARTED, S.DELIVERING, OFFICER),
    Transition(S.DELIVERING, E.REVISED, S.DELIVERING, "결재자"),
    Transition(S.DELIVERING, E.PROGRESS_REPORTED, S.DELIVERING, OFFICER),
    Transition(S.DELIVERING, E.COMPLETED, S.COMPLETED, OFFICER),
)
_BY_START_AND_ACT = {(transition.start, transition.act): transition for transition in TRANSITIONS}
NOT_TRANSITIONS = frozenset({EventType.REMINDED, EventType.INTERIM_ANSWERED})
INTERIM_STATES = frozenset({S.ACKNOWLEDGED, S.CORRECTION, S.REVIEWING, S.REEXAMINING})
"""States in which a ministry may say where it stands. That changes neither the state nor the clock."""
REFUSALS = {
    (S.SENT, E.ANSWERED): "먼저 접수한 다음 답변해 주세요.",
    (S.SENT, E.REVIEW_STARTED): "먼저 접수한 다음 검토해 주세요.",
    (S.ACKNOWLEDGED, E.RECEIVED): "이미 접수한 문서예요.",
    (S.CORRECTION, E.ANSWERED): "보완을 기다리고 있어요. 보완이 오거나 기간이 끝나면 답변할 수 있어요.",
    (S.TRANSFERRED, E.ANSWERED): "다른 부처로 이송한 문서예요.",
    (S.ANSWERED, E.PROGRESS_REPORTED): "이행을 시작한 다음 알릴 수 있어요.",
    (S.CORRECTION, E.REVIEW_STARTED): "보완을 기다리고 있어요. 보완이 오거나 기간이 끝나면 검토할 수 있어요.",
    (S.REEXAMINING, E.REEXAMINATION_ASKED): "이미 재심사하고 있어요.",
    (S.SENT, E.INTERIM_ANSWERED): _("먼저 접수한 다음 중간 답변을 해 주세요."),
    (S.TRANSFERRED, E.INTERIM_ANSWERED): _("다른 부처로 이송한 문서라 중간 답변을 할 수 없어요."),
}
"""Messages for frequent mistakes; `_refusal` composes the others."""


def transition_for(state: AssignmentState | None, act: EventType) -> Transition:
    """Return the transition of `act` from `state`.

    :raise WrongState: there is none; the message names the state and what can be done instead
    """
    transition = _BY_START_AND_ACT.get((state, act))
    if transition is None:
        raise WrongState(_refusal(state, act))
    return transition


def acts_from(state: AssignmentState) -> frozenset[EventType]:
    """Return the events that may follow in this state."""
    return frozenset(transition.act for transition in TRANSITIONS if transition.start is state)


def may_be_answered(state: AssignmentState) -> bool:
    """Return whether an answer may be written, or the published one revised.

    Writing may begin as soon as the letter is acknowledged, since it starts the review.
    """
    return state is AssignmentState.ACKNOWLEDGED or bool(acts_from(state) & {EventType.ANSWERED, EventType.REVISED})


def may_give_opinion(state: AssignmentState) -> bool:
    """Return whether a co-operating ministry may write its opinion. Writing starts the review here too."""
    return state is AssignmentState.ACKNOWLEDGED or EventType.OPINION_GIVEN in acts_from(state)


def may_give_interim(state: AssignmentState) -> bool:
    """Return whether a ministry may say where it stands before it answers."""
    return state in INTERIM_STATES


def require_interim(state: AssignmentState) -> None:
    """Check that a ministry may say where it stands.

    :raise WrongState: it has not acknowledged the letter, has answered it, or has transferred it
    """
    if may_give_interim(state):
        return
    answered = _("이미 답변한 문서라 중간 답변을 할 수 없어요. 달라진 것은 이행 상황이나 고친 답변으로 알려 주세요.")
    raise WrongState(REFUSALS.get((state, EventType.INTERIM_ANSWERED), answered))


def answering_act(state: AssignmentState) -> EventType:
    """Return the event that publishing an answer will record.

    :raise WrongState: no answer may follow
    """
    if state is AssignmentState.ACKNOWLEDGED:
        return EventType.ANSWERED
    act = EventType.REVISED if EventType.REVISED in acts_from(state) else EventType.ANSWERED
    transition_for(state, act)
    return act


def _refusal(state: AssignmentState | None, act: EventType) -> str:
    if state is None:
        return "아직 보내지 않은 문서예요."
    if (state, act) in REFUSALS:
        return REFUSALS[state, act]
    from_here = [transition for transition in TRANSITIONS if transition.start is state]
    able = ", ".join(sorted({transition.act.label for transition in from_here if transition.by != JOB}))
    names = {"state": state.label, "act": act.label}
    if able:
        return _("지금 ‘%(state)s’ 상태라서 ‘%(act)s’{은} 할 수 없어요. 할 수 있는 일: %(able)s.", able=able, **names)
    return _("지금 ‘%(state)s’ 상태라서 ‘%(act)s’{은} 할 수 없어요. %(state)s{은} 마지막 상태예요.", **names)


def state_diagram() -> str:
    """Return the table as a Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {state.name}: {state.label}" for state in AssignmentState]
    for transition in TRANSITIONS:
        clock = f", 시계 {transition.clock}" if transition.clock else ""
        start = transition.start.name if transition.start else "[*]"
        label = f"{transition.act.label} ({transition.by}{clock})"
        lines.append(f"    {start} --> {transition.end.name}: {label}")
    ends = [state for state in AssignmentState if not acts_from(state)]
    lines += [f"    {state.name} --> [*]" for state in ends]
    return "\n".join([*lines, "```", ""])


@dataclass
class ClockPeriod:
    """One response clock, recomputed from the events. `due_on` is derived from the days, not read from a row."""

    started_on: date
    period_ends_on: date
    stopped_days: int = 0
    ended_on: date | None = None
    is_stopped: bool = False

    @property
    def due_on(self) -> date:
        return working_day_from(self.period_ends_on + timedelta(days=self.stopped_days))

    @property
    def is_late(self) -> bool:
        return self.ended_on is not None and self.ended_on > self.due_on


@dataclass
class Replayed:
    """Result of replaying one assignment's events: its state, its clocks, and which events broke a rule."""

    state: AssignmentState | None = None
    periods: list[ClockPeriod] = field(default_factory=list)
    stopped_on: date | None = None
    stopped_until: date | None = None
    wrong: list[str] = field(default_factory=list)


def replay(events: Iterable[ReferralEvent], sent_on: date) -> Replayed:
    """Replay an assignment's events in order, by the table alone.

    :param sent_on: day on which the referral was sent; every first clock runs from it, even after a transfer
    """
    found = Replayed()
    for event in events:
        if event.act is EventType.INTERIM_ANSWERED and found.state not in INTERIM_STATES:
            found.wrong.append(_("‘%(act)s’ 기록이 있을 수 없는 상태예요", act=event.act.label))
        if event.act in NOT_TRANSITIONS:
            continue
        transition = _BY_START_AND_ACT.get((found.state, event.act))
        if transition is None:
            found.wrong.append(f"‘{event.act.label}’ 화살표가 없어요")
            continue
        found.state = transition.end
        _update_clock(found, transition, event, sent_on)
    return found


def _update_clock(found: Replayed, transition: Transition, event: ReferralEvent, sent_on: date) -> None:
    """Apply the event's effect on the clock."""
    today = event.happened_on
    if transition.clock == STARTS:
        started_on = today if found.periods else sent_on
        found.periods.append(ClockPeriod(started_on, event.until_on or today))
    elif transition.clock == STOPS:
        found.stopped_on, found.stopped_until = today, event.until_on
        found.periods[-1].is_stopped = True
    elif transition.clock == RESUMES and found.stopped_on and found.stopped_until:
        found.periods[-1].stopped_days += days_stopped(found.stopped_on, found.stopped_until, today)
        found.stopped_on, found.stopped_until, found.periods[-1].is_stopped = None, None, False
    elif transition.clock in {ENDS, HANDS_OVER}:
        found.periods[-1].ended_on = today


def days_stopped(stopped_on: date, stopped_until: date, today: date) -> int:
    """Return how many days a clock was stopped.

    Counted from the day of the request up to the day of the correction, which counts again, and never past the last
    day given, however late the lapse was noticed.
    """
    return (min(today, stopped_until + timedelta(days=1)) - stopped_on).days
