"""What other slices do in the transaction of a round's acts. They register it in their `setup.py`; nothing commits."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from forum.core.access import Actor
from forum.deliberation.rounds.models import ConflictStatement, CouncilRound, CouncilTask, RoundStage

StageHook = Callable[[RoundStage, Actor], None]
RoundHook = Callable[[CouncilRound, Actor], None]
TaskHook = Callable[[CouncilTask, Actor], None]
ConflictHook = Callable[[ConflictStatement, Actor], None]
ResultHook = Callable[[RoundStage, Collection[int], Actor], None]
Ranks = Callable[[RoundStage], dict[int, int] | None]
Hook = TypeVar("Hook", bound=Callable[..., object])

_before_open: list[StageHook] = []
_after_close: list[StageHook] = []
_after_finish: list[RoundHook] = []
_after_leaving: list[TaskHook] = []
_after_conflict: list[ConflictHook] = []
_before_result: list[ResultHook] = []
_ranks: list[Ranks] = []


def register_before_open(hook: StageHook) -> None:
    """Let a slice prepare or refuse (WrongState) the opening of a stage: criteria must add up to 100."""
    _add(_before_open, hook)


def register_after_close(hook: StageHook) -> None:
    """Let a slice follow the closing of a stage: ask for the job that computes its scores."""
    _add(_after_close, hook)


def register_after_finish(hook: RoundHook) -> None:
    """Let a slice follow the second chair's signature, which finishes a round."""
    _add(_after_finish, hook)


def register_after_leaving(hook: TaskHook) -> None:
    """Let a slice follow a task that was withdrawn or merged in mid-round, such as cancelling its hearing."""
    _add(_after_leaving, hook)


def register_after_conflict(hook: ConflictHook) -> None:
    """Let a slice follow a conflict statement: take scores and ballots out, and compute anew."""
    _add(_after_conflict, hook)


def register_before_result(hook: ResultHook) -> None:
    """Let a slice refuse (WrongState) that the assembly's result is recorded, as no motion chose these tasks.

    :param hook: is given the assembly stage, the ids of the tasks to be chosen, and who records it
    """
    _add(_before_result, hook)


def register_ranks(ranks: Ranks) -> None:
    """Let a slice say the ranks of a closed stage's tasks by its scores, {task id: rank}.

    :param ranks: None where this slice has no say, or its result is not computed yet
    """
    _add(_ranks, ranks)


def ranks_of(stage: RoundStage) -> dict[int, int] | None:
    """Return the ranks by the scores of a closed stage; None while nothing is computed."""
    return next((found for ranks in _ranks if (found := ranks(stage)) is not None), None)


def run_before_open(stage: RoundStage, actor: Actor) -> None:
    for hook in _before_open:
        hook(stage, actor)


def run_after_close(stage: RoundStage, actor: Actor) -> None:
    for hook in _after_close:
        hook(stage, actor)


def run_before_result(stage: RoundStage, chosen: Collection[int], actor: Actor) -> None:
    for hook in _before_result:
        hook(stage, chosen, actor)


def run_after_finish(round_: CouncilRound, actor: Actor) -> None:
    for hook in _after_finish:
        hook(round_, actor)


def run_after_leaving(task: CouncilTask, actor: Actor) -> None:
    for hook in _after_leaving:
        hook(task, actor)


def run_after_conflict(statement: ConflictStatement, actor: Actor) -> None:
    for hook in _after_conflict:
        hook(statement, actor)


def _add(hooks: list[Hook], hook: Hook) -> None:
    if hook not in hooks:
        hooks.append(hook)
