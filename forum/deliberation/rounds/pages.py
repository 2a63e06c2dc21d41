"""What the pages of a round and a task show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.access import Actor
from forum.core.extensions import db
from forum.core.i18n import _
from forum.deliberation.council.models import CouncilTerm
from forum.deliberation.council.queries import chair_of, chair_signing, membership_of, seat_of
from forum.deliberation.rounds.models import (
    ConflictStatement,
    CouncilRound,
    CouncilTask,
    RoundStage,
    RoundState,
    StageDecision,
    StageKind,
    StageState,
    TaskIdea,
    TaskState,
)
from forum.deliberation.rounds.permissions import can_run_round, can_sign_result, is_public_round
from forum.deliberation.rounds.queries import conflicts_of, rounds_of, tasks_of
from forum.people.accounts.models import CouncilSeat
from forum.voice.ideas.models import SHOWN_STATES, Idea

MOST_IDEAS = 10


@dataclass(frozen=True)
class Step:
    """One stage in the strip; `state` is done, now or ahead."""

    name: str
    state: str


def strip_of(round_: CouncilRound) -> list[Step]:
    """Return the five stages as a strip."""
    states = {StageState.DECIDED: "done", StageState.PLANNED: "ahead"}
    return [Step(str(stage.kind.label), states.get(stage.state, "now")) for stage in round_.stages]


def now_sentence(round_: CouncilRound) -> str:
    """Return where a round stands, in a sentence."""
    stage = round_.present_stage
    if round_.state is RoundState.FINISHED:
        n = len(tasks_of(round_.id, TaskState.CHOSEN))
        return _("협의회가 대표과제 %(n)s개를 골랐어요.", n=n)
    if stage is None:
        if round_.stage(StageKind.ASSEMBLY).state is StageState.DECIDED:
            return _("총회가 정했어요. 두 공동위원장이 서명하면 대표과제가 돼요.")
        waits = next(one for one in round_.stages if one.state is StageState.PLANNED)
        return _("곧 ‘%(stage)s’ 단계가 열려요.", stage=waits.kind.label)
    if stage.state is StageState.OPEN:
        return _("지금은 ‘%(stage)s’ 단계예요.", stage=stage.kind.label)
    return _("‘%(stage)s’ 단계를 닫고 올릴 과제를 정하고 있어요.", stage=stage.kind.label)


def missing_signatures(round_: CouncilRound) -> list[str]:
    """Return whose signatures the result waits for, in words; none before the assembly has decided, and after."""
    if round_.state is RoundState.FINISHED or round_.stage(StageKind.ASSEMBLY).state is not StageState.DECIDED:
        return []
    signed = {CouncilSeat.CIVIL: round_.civil_chair_id, CouncilSeat.GOVERNMENT: round_.government_chair_id}
    missing = []
    for kind, by in signed.items():
        if by is not None:
            continue
        chair = chair_of(round_.term_id, kind)
        name = chair.name if chair else _("자리가 비어 있어요")
        missing.append(
            _("민간 공동위원장(%(name)s)", name=name)
            if kind is CouncilSeat.CIVIL
            else _("정부 공동위원장(%(name)s)", name=name)
        )
    return missing


@dataclass(frozen=True)
class TaskGroup:
    title: str
    tasks: Sequence[CouncilTask]


def task_groups(round_: CouncilRound) -> list[TaskGroup]:
    """Return a round's tasks by what became of them, those that are empty left out."""
    tasks = tasks_of(round_.id)
    titles = (
        (TaskState.CHOSEN, _("대표과제")),
        (TaskState.IN_ROUND, _("심의하는 과제")),
        (TaskState.LEFT_OUT, _("이번에는 고르지 않은 과제")),
        (TaskState.MERGED, _("다른 과제에 합친 과제")),
        (TaskState.WITHDRAWN, _("거둔 과제")),
    )
    groups = [TaskGroup(title, [task for task in tasks if task.state is state]) for state, title in titles]
    return [group for group in groups if group.tasks]


def public_conflicts(round_: CouncilRound) -> Sequence[ConflictStatement]:
    """Return the statements of a round with their tasks and seats, in one statement of SQL."""
    query = (
        sa.select(ConflictStatement)
        .join(CouncilTask, CouncilTask.id == ConflictStatement.task_id)
        .where(CouncilTask.round_id == round_.id)
        .options(joinedload(ConflictStatement.task), joinedload(ConflictStatement.seat))
        .order_by(ConflictStatement.id)
    )
    return db.session.scalars(query).all()


@dataclass(frozen=True)
class TaskPage:
    """A task with the citizens' words it comes from, and what each stage decided on it.

    :param ideas: those that are public now, the first MOST_IDEAS; `n_ideas` is how many it comes from
    :param decisions: (stage, decision), in the order of the stages
    """

    task: CouncilTask
    ideas: Sequence[Idea]
    n_ideas: int
    conflicts: Sequence[ConflictStatement]
    decisions: Sequence[tuple[RoundStage, StageDecision]]


def task_page(task: CouncilTask) -> TaskPage:
    own = sa.select(TaskIdea.idea_id).where(TaskIdea.task_id == task.id)
    query = (
        sa.select(Idea)
        .where(Idea.id.in_(own), Idea.state.in_(SHOWN_STATES))
        .options(joinedload(Idea.author))
        .order_by((Idea.id == (task.lead_idea_id or 0)).desc(), Idea.id)
        .limit(MOST_IDEAS)
    )
    n_ideas = db.session.scalar(sa.select(sa.func.count()).where(TaskIdea.task_id == task.id)) or 0
    decided = (
        sa.select(RoundStage, StageDecision)
        .join(StageDecision, StageDecision.stage_id == RoundStage.id)
        .where(StageDecision.task_id == task.id)
        .order_by(RoundStage.position)
    )
    rows = [(stage, decision) for stage, decision in db.session.execute(decided)]
    return TaskPage(task, db.session.scalars(query).all(), n_ideas, conflicts_of(task.id), rows)


@dataclass(frozen=True)
class Mine:
    """What a reader is in a round, and what they may do there."""

    seat: Any
    membership: Any
    may_sign: bool
    may_run: bool

    @property
    def is_member(self) -> bool:
        return self.seat is not None or self.membership is not None


def mine_of(round_: CouncilRound, actor: Actor) -> Mine:
    return Mine(
        seat_of(actor, round_.term_id),
        membership_of(actor, round_.term_id),
        can_sign_result(chair_signing(actor, round_.term_id)) and bool(missing_signatures(round_)),
        can_run_round(actor),
    )


@dataclass(frozen=True)
class RoundLine:
    """A round on the page of its term."""

    round: CouncilRound
    sentence: str
    strip: Sequence[Step]


@dataclass(frozen=True)
class TermRounds:
    term: CouncilTerm
    lines: Sequence[RoundLine]
    may_run: bool


def rounds_panel(term: CouncilTerm, actor: Actor) -> TermRounds | None:
    """Return the rounds of a term that the actor may read, the newest first; None where there is nothing to show."""
    may_run = can_run_round(actor)
    shown = [one for one in rounds_of(term.id) if may_run or is_public_round(one)]
    lines = [RoundLine(one, now_sentence(one), strip_of(one)) for one in shown]
    return TermRounds(term, lines, may_run)
