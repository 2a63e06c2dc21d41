"""The one table of what may follow what on a ministry's part of a referral.

Services ask it before they act, `flask forum check` replays the events against it, and the drawing in
`docs/referral-states.md` is made from it (`flask referrals states`; a test compares).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from forum.core.errors import WrongState
from forum.core.korean import josa, particle_after
from forum.core.workdays import working_day_from
from forum.response.referrals.models import Act, PartState, ReferralEvent


@dataclass(frozen=True)
class Arrow:
    """`act` leads a part from `start` (None: from nothing) to `end`; `by` says who may, `clock` what it does to it."""

    start: PartState | None
    act: Act
    end: PartState
    by: str
    clock: str = ""


S, A = PartState, Act
OFFICER, CITIZENS, JOB = "담당자", "제안한 사람 또는 분석가", "시스템"
STARTS, STOPS, RESUMES, ENDS, HANDS_OVER = "시작", "멈춤", "다시 감", "끝남", "넘김"

ARROWS = (
    Arrow(None, A.SENT, S.SENT, "분석가", STARTS),
    Arrow(S.SENT, A.RECEIVED, S.ACKNOWLEDGED, OFFICER),
    Arrow(S.SENT, A.DEEMED, S.ACKNOWLEDGED, JOB),
    Arrow(S.ACKNOWLEDGED, A.CORRECTION_ASKED, S.CORRECTION, OFFICER, STOPS),
    Arrow(S.ACKNOWLEDGED, A.TRANSFERRED, S.TRANSFERRED, OFFICER, HANDS_OVER),
    Arrow(S.ACKNOWLEDGED, A.REVIEW_STARTED, S.REVIEWING, OFFICER),
    Arrow(S.CORRECTION, A.CORRECTION_GIVEN, S.REVIEWING, "분석가", RESUMES),
    Arrow(S.CORRECTION, A.CORRECTION_LAPSED, S.REVIEWING, JOB, RESUMES),
    Arrow(S.REVIEWING, A.ANSWERED, S.ANSWERED, "결재자", ENDS),
    Arrow(S.REVIEWING, A.OPINION_GIVEN, S.ANSWERED, OFFICER, ENDS),
    Arrow(S.ANSWERED, A.REVISED, S.ANSWERED, "결재자"),
    Arrow(S.ANSWERED, A.REEXAMINATION_ASKED, S.REEXAMINING, CITIZENS, STARTS),
    Arrow(S.DELIVERING, A.REEXAMINATION_ASKED, S.REEXAMINING, CITIZENS, STARTS),
    Arrow(S.REEXAMINING, A.ANSWERED, S.ANSWERED, "결재자", ENDS),
    Arrow(S.ANSWERED, A.DELIVERY_STARTED, S.DELIVERING, OFFICER),
    Arrow(S.DELIVERING, A.REVISED, S.DELIVERING, "결재자"),
    Arrow(S.DELIVERING, A.PROGRESS_REPORTED, S.DELIVERING, OFFICER),
    Arrow(S.DELIVERING, A.COMPLETED, S.COMPLETED, OFFICER),
)
_BY_START_AND_ACT = {(arrow.start, arrow.act): arrow for arrow in ARROWS}
NOT_A_STEP = frozenset({Act.REMINDED})
WORDS = {
    (S.SENT, A.ANSWERED): "먼저 접수한 다음 답변해 주세요.",
    (S.SENT, A.REVIEW_STARTED): "먼저 접수한 다음 검토해 주세요.",
    (S.ACKNOWLEDGED, A.RECEIVED): "이미 접수한 문서입니다.",
    (S.CORRECTION, A.ANSWERED): "보완을 기다리고 있습니다. 보완이 오거나 기간이 끝나면 답변할 수 있습니다.",
    (S.TRANSFERRED, A.ANSWERED): "다른 부처로 이송한 문서입니다.",
    (S.ANSWERED, A.PROGRESS_REPORTED): "이행을 시작한 다음 알릴 수 있습니다.",
    (S.CORRECTION, A.REVIEW_STARTED): "보완을 기다리고 있습니다. 보완이 오거나 기간이 끝나면 검토할 수 있습니다.",
    (S.REEXAMINING, A.REEXAMINATION_ASKED): "이미 재심사하고 있습니다.",
}
"""Refusals that deserve words of their own."""


def arrow_for(state: PartState | None, act: Act) -> Arrow:
    """Where `act` leads from `state`.

    :raise WrongState: nowhere; says in words what stands there and what could be done instead
    """
    arrow = _BY_START_AND_ACT.get((state, act))
    if arrow is None:
        raise WrongState(_refusal(state, act))
    return arrow


def acts_from(state: PartState) -> frozenset[Act]:
    """What may happen to a part that stands there."""
    return frozenset(arrow.act for arrow in ARROWS if arrow.start is state)


def _refusal(state: PartState | None, act: Act) -> str:
    if state is None:
        return "아직 보내지 않은 문서입니다."
    if (state, act) in WORDS:
        return WORDS[state, act]
    able = ", ".join(sorted({arrow.act.label for arrow in ARROWS if arrow.start is state and arrow.by != JOB}))
    what = f"‘{act.label}’{particle_after(act.label, '은')} 할 수 없습니다."
    now = f"지금 ‘{state.label}’ 상태라서 {what}"
    return f"{now} 할 수 있는 일: {able}." if able else f"{now} {josa(state.label, '은')} 마지막 상태입니다."


def drawing() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {state.name}: {state.label}" for state in PartState]
    for arrow in ARROWS:
        clock = f", 시계 {arrow.clock}" if arrow.clock else ""
        start = arrow.start.name if arrow.start else "[*]"
        lines.append(f"    {start} --> {arrow.end.name}: {arrow.act.label} ({arrow.by}{clock})")
    ends = [state for state in PartState if not acts_from(state)]
    lines += [f"    {state.name} --> [*]" for state in ends]
    return "\n".join([*lines, "```", ""])


@dataclass
class Round:
    """One clock as the events tell it. `due_on` is counted anew from the days, not read from any row."""

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
    """What the events of one part say: its state, its clocks, and which event broke a rule."""

    state: PartState | None = None
    rounds: list[Round] = field(default_factory=list)
    stopped_on: date | None = None
    stopped_until: date | None = None
    wrong: list[str] = field(default_factory=list)


def replay(events: Iterable[ReferralEvent], sent_on: date) -> Replayed:
    """Walk a part's events in their order, by the table alone.

    :param sent_on: day of the referral's sending, from which every first clock runs, transferred or not
    """
    found = Replayed()
    for event in events:
        if event.act in NOT_A_STEP:
            continue
        arrow = _BY_START_AND_ACT.get((found.state, event.act))
        if arrow is None:
            found.wrong.append(f"‘{event.act.label}’ 화살표가 없습니다")
            continue
        found.state = arrow.end
        _turn(found, arrow, event, sent_on)
    return found


def _turn(found: Replayed, arrow: Arrow, event: ReferralEvent, sent_on: date) -> None:
    """What this event does to the clock."""
    today = event.happened_on
    if arrow.clock == STARTS:
        started_on = today if found.rounds else sent_on
        found.rounds.append(Round(started_on, event.until_on or today))
    elif arrow.clock == STOPS:
        found.stopped_on, found.stopped_until = today, event.until_on
        found.rounds[-1].is_stopped = True
    elif arrow.clock == RESUMES and found.stopped_on and found.stopped_until:
        found.rounds[-1].stopped_days += stood_days(found.stopped_on, found.stopped_until, today)
        found.stopped_on, found.stopped_until, found.rounds[-1].is_stopped = None, None, False
    elif arrow.clock in {ENDS, HANDS_OVER}:
        found.rounds[-1].ended_on = today


def stood_days(stopped_on: date, stopped_until: date, today: date) -> int:
    """How many days a clock stood still: from the day of the request to the day of the correction, which counts again,
    and never past the last day that was given, however late somebody noticed."""
    return (min(today, stopped_until + timedelta(days=1)) - stopped_on).days
