"""What a facilitator plans of a joint session: its title, its time, and its steps; and their rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forum.core import clock
from forum.core.errors import InvalidInput, Mistakes
from forum.core.i18n import _
from forum.core.text import clean_line, refuse_resident_numbers
from forum.deliberation.joint.models import JointSession, JointStep, StepKind

MAX_TITLE_CHARS, MAX_STEP_CHARS, MAX_MINUTES = 100, 60, 180
FEWEST_STEPS, MOST_STEPS = 2, 12
USUAL_MINUTES = {
    StepKind.OPENING: 5,
    StepKind.TALK: 20,
    StepKind.WRITE: 20,
    StepKind.LOOK: 15,
    StepKind.VOTE: 10,
    StepKind.CLOSING: 5,
}


@dataclass(frozen=True)
class PlannedStep:
    """One step. Without a title it is called as its kind is.

    kind : name of a `StepKind`
    """

    kind: str
    title: str = ""
    minutes: int | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that is planned; `starts_at` is aware."""

    title: str = ""
    starts_at: datetime | None = None
    steps: tuple[PlannedStep, ...] = ()

    @classmethod
    def usual(cls) -> Plan:
        """Return a plan with the usual six steps."""
        return cls(steps=tuple(PlannedStep(kind.name, str(kind.label), n) for kind, n in USUAL_MINUTES.items()))

    @classmethod
    def of(cls, session: JointSession) -> Plan:
        steps = tuple(PlannedStep(step.kind.name, step.title, step.minutes) for step in session.steps)
        return cls(session.title, session.starts_at, steps)

    @property
    def minutes(self) -> int:
        return sum(step.minutes or 0 for step in self.steps)


def checked(plan: Plan, known_start: datetime | None = None) -> Plan:
    """Return the plan clean, as it is stored.

    :param known_start: a time that was told before; it may have passed
    :raise InvalidInput: with a message for each field that is wrong; those of steps are named `steps-0-minutes`
    """
    mistakes, title, steps = Mistakes(), "", []
    with mistakes.noted():
        title = _line(plan.title, "title", _("제목"), MAX_TITLE_CHARS, 5)
    _check_start(plan.starts_at, known_start, mistakes)
    for place, step in enumerate(plan.steps):
        with mistakes.noted():
            steps.append(_checked_step(step, f"steps-{place}"))
        if step.minutes is None or not 1 <= step.minutes <= MAX_MINUTES:
            mistakes.add(f"steps-{place}-minutes", _("1분부터 %(n)s분 사이로 써 주세요.", n=MAX_MINUTES))
    if not FEWEST_STEPS <= len(plan.steps) <= MOST_STEPS:
        counts = {"fewest": FEWEST_STEPS, "most": MOST_STEPS}
        mistakes.add("steps", _("단계는 %(fewest)s개부터 %(most)s개까지예요.", **counts))
    mistakes.raise_if_any()
    return replace(plan, title=title, steps=tuple(steps))


def write_steps(session: JointSession, plan: Plan) -> None:
    """Store the steps of a session that nobody has moved yet, in the plan's order."""
    there = {step.position: step for step in session.steps}
    for position, planned in enumerate(plan.steps, start=1):
        step = there.pop(position, None)
        if step is None:
            step = JointStep(position=position)
            session.steps.append(step)
        step.kind, step.title, step.minutes = StepKind[planned.kind], planned.title, planned.minutes or 0
    for step in there.values():
        session.steps.remove(step)


def ends_at(plan: Plan) -> datetime:
    """Return when the session ends if every step lasts as long as planned."""
    assert plan.starts_at is not None
    return plan.starts_at + timedelta(minutes=plan.minutes)


def _checked_step(step: PlannedStep, name: str) -> PlannedStep:
    if step.kind not in StepKind.__members__:
        raise InvalidInput({f"{name}-kind": _("목록에 있는 종류를 골라 주세요.")})
    title = step.title.strip() or str(StepKind[step.kind].label)
    return replace(step, title=_line(title, f"{name}-title", _("단계 이름"), MAX_STEP_CHARS, 1))


def _line(text: str, name: str, label: str, max_chars: int, min_chars: int) -> str:
    clean = clean_line(text, name, label, max_chars=max_chars, min_chars=min_chars)
    refuse_resident_numbers(clean, name)
    return clean


def _check_start(starts_at: datetime | None, known_start: datetime | None, mistakes: Mistakes) -> None:
    if starts_at is None:
        mistakes.add("starts_at", _("시작하는 때를 정해 주세요."))
    elif not clock.FIRST_YEAR < starts_at.year < clock.LAST_YEAR:
        years = {"first": clock.FIRST_YEAR + 1, "last": clock.LAST_YEAR - 1}
        mistakes.add("starts_at", _("%(first)s년부터 %(last)s년 사이의 날짜를 써 주세요.", **years))
    elif starts_at != known_start and starts_at <= clock.now():
        mistakes.add("starts_at", _("앞으로 올 때를 정해 주세요."))
