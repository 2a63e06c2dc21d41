"""What the pages of rounds and tasks show of scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.core.access import Actor
from forum.deliberation.rounds.models import CouncilRound, CouncilTask, RoundStage, RoundState, StageState, TaskState
from forum.deliberation.rounds.queries import has_tie, member_at, scorers_of, tasks_of, ties_of
from forum.deliberation.scorecards.beside import PeoplesView, peoples_views
from forum.deliberation.scorecards.models import Criterion, Scorecard, TaskResult
from forum.deliberation.scorecards.permissions import can_score, can_set_criteria
from forum.deliberation.scorecards.queries import (
    cards_of_stage,
    criteria_of,
    is_public_stage,
    own_cards,
    results_of_task,
)


@dataclass(frozen=True)
class RoundScores:
    """:param public: the stages whose scores everybody may read"""

    criteria: Sequence[Criterion]
    public: Sequence[RoundStage]

    @property
    def bars(self) -> list[dict[str, object]]:
        """The weights as rows of a chart."""
        return [{"label": one.name, "value": one.weight} for one in self.criteria]


def round_panel(round_: CouncilRound, _actor: Actor) -> RoundScores | None:
    criteria = criteria_of(round_.id)
    public = [stage for stage in round_.stages if stage.kind.is_scored and is_public_stage(stage)]
    return RoundScores(criteria, public) if criteria else None


@dataclass(frozen=True)
class TaskScores:
    """:param may_score: the reader weighs this task at the open stage"""

    results: Sequence[TaskResult]
    view: PeoplesView | None
    may_score: bool


def task_panel(task: CouncilTask, actor: Actor) -> TaskScores | None:
    results = [one for one in results_of_task(task.id) if is_public_stage(one.result.stage)]
    view = peoples_views(task.round, [task.id]).get(task.id)
    scores = TaskScores(results, view, _may_score_now(task, actor))
    return scores if scores.results or scores.view or scores.may_score else None


def _may_score_now(task: CouncilTask, actor: Actor) -> bool:
    stage = task.round.present_stage
    if stage is None or stage.state is not StageState.OPEN or not stage.kind.is_scored or actor.id is None:
        return False
    member = member_at(actor, stage)
    return (
        task.state is TaskState.IN_ROUND
        and member is not None
        and can_score(member, scorers_of(stage, task))
        and not has_tie(task, member)
    )


@dataclass(frozen=True)
class ToScore:
    """A task on a member's list: with their own card, or that they have a tie to it."""

    task: CouncilTask
    card: Scorecard | None
    has_tie: bool


@dataclass(frozen=True)
class MemberScores:
    """:param to_score: tasks of the open stage; `cards` are the member's own of earlier stages"""

    stage: RoundStage | None
    to_score: Sequence[ToScore]
    cards: Sequence[Scorecard]

    @property
    def n_done(self) -> int:
        return sum(one.card is not None for one in self.to_score)

    @property
    def n_all(self) -> int:
        return sum(not one.has_tie for one in self.to_score)


def member_panel(round_: CouncilRound, actor: Actor) -> MemberScores | None:
    stage = round_.present_stage
    is_open = stage is not None and stage.state is StageState.OPEN and stage.kind.is_scored
    cards = own_cards(actor, round_.id)
    now = stage if is_open else None
    to_score = _to_score(now, cards, actor) if now else []
    earlier = [card for card in cards if now is None or card.stage_id != now.id]
    return MemberScores(now, to_score, earlier) if to_score or earlier else None


def _to_score(stage: RoundStage, cards: Sequence[Scorecard], actor: Actor) -> list[ToScore]:
    member = member_at(actor, stage)
    if member is None:
        return []
    own = {card.task_id: card for card in cards if card.stage_id == stage.id}
    tasks = [
        task for task in tasks_of(stage.round_id, TaskState.IN_ROUND) if can_score(member, scorers_of(stage, task))
    ]
    ties = ties_of(tasks)
    return [ToScore(task, own.get(task.id), ties.has(task, member)) for task in tasks]


@dataclass(frozen=True)
class DeskScores:
    """:param n_expected: cards that could come; `n_cards` are there. None where no stage is open for scoring"""

    round: CouncilRound
    may_change: bool
    n_cards: int | None
    n_expected: int | None


def desk_panel(round_: CouncilRound, actor: Actor) -> DeskScores | None:
    opened = any(stage.kind.is_scored and stage.state is not StageState.PLANNED for stage in round_.stages)
    may_change = can_set_criteria(actor) and not opened and round_.state is not RoundState.FINISHED
    stage = round_.present_stage
    if stage is None or not stage.kind.is_scored or stage.state is not StageState.OPEN:
        return DeskScores(round_, may_change, None, None) if may_change else None
    tasks = tasks_of(round_.id, TaskState.IN_ROUND)
    ties = ties_of(tasks)
    expected = sum(not ties.has(task, member) for task in tasks for member in scorers_of(stage, task))
    return DeskScores(round_, may_change, len(cards_of_stage(stage.id)), expected)
