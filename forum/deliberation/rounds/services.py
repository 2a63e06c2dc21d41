"""Open, close and decide the stages of a round.

`planning.py` plans it, `long_list.py` holds its tasks, `conflicts.py` conflict statements, `signing.py` signatures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from forum.core import clock
from forum.core.access import Actor, require
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.core.text import clean_text, refuse_resident_numbers
from forum.deliberation.council.permissions import SECRETARIAT_ONLY
from forum.deliberation.rounds.facts import ROUNDS, TASKS
from forum.deliberation.rounds.hooks import ranks_of, run_after_close, run_before_open, run_before_result
from forum.deliberation.rounds.locking import lock_round
from forum.deliberation.rounds.mails import notify_of_decision
from forum.deliberation.rounds.models import (
    CouncilRound,
    CouncilTask,
    RoundStage,
    RoundState,
    StageDecision,
    StageKind,
    StageState,
    TaskState,
)
from forum.deliberation.rounds.permissions import can_run_round
from forum.deliberation.rounds.queries import tasks_of
from forum.system.audit.services import record

MAX_REASON_CHARS = 1_000


def open_stage(round_: CouncilRound, actor: Actor, *, seen: int) -> RoundStage:
    """Open the next stage. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: a stage is not decided yet, none is left, a task has no sub-committee, or the page is out of date
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    lock_round(round_, seen)
    if round_.present_stage is not None:
        raise WrongState(_("지금 단계를 먼저 정한 뒤에 다음 단계를 열 수 있어요."))
    stage = next((one for one in round_.stages if one.state is StageState.PLANNED), None)
    if stage is None:
        raise WrongState(_("모든 단계가 끝났어요."))
    run_before_open(stage, actor)
    if stage.kind is StageKind.SUBCOMMITTEE:
        _require_subcommittees(round_)
    stage.state, stage.opened_at = StageState.OPEN, clock.now()
    round_.state = RoundState.RUNNING
    _changed(round_)
    _record(actor, "rounds.open_stage", round_, stage)
    return stage


def close_stage(round_: CouncilRound, actor: Actor, *, seen: int) -> RoundStage:
    """End the collecting or scoring of the present stage; what was scored is computed by a job. The caller commits.

    :param seen: revision that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: no stage is open, or the page is out of date
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    lock_round(round_, seen)
    stage = round_.present_stage
    if stage is None or stage.state is not StageState.OPEN:
        raise WrongState(_("지금 열린 단계가 없어요."))
    stage.state, stage.closed_at = StageState.CLOSED, clock.now()
    _changed(round_)
    run_after_close(stage, actor)
    _record(actor, "rounds.close_stage", round_, stage)
    return stage


def decide_stage(
    round_: CouncilRound, actor: Actor, going_on: Collection[int], reasons: Mapping[int, str], *, seen: int
) -> RoundStage:
    """Record which tasks go on from the closed stage; the others are left out. The caller commits.

    Where the choice departs from the order of the scores, a reason is required: for a task that goes on though it is
    not among the first `n_on`, and for one of these that does not. The assembly's result is what a motion chose.

    :param going_on: ids of tasks, `n_on` at most
    :param reasons: {task id: reason}
    :param seen: revision that the page showed
    :raise Forbidden: only the secretariat
    :raise WrongState: no stage is closed, its scores are not computed yet, the assembly chose otherwise, or the page
        is out of date
    :raise InvalidInput: none or too many tasks, one that is not in the round, or a reason that is missing
    """
    require(can_run_round(actor), str(SECRETARIAT_ONLY))
    lock_round(round_, seen)
    stage = round_.present_stage
    if stage is None or stage.state is not StageState.CLOSED:
        raise WrongState(_("단계를 닫은 뒤에 올릴 과제를 정할 수 있어요."))
    ranks = ranks_of(stage) if stage.kind.is_scored else {}
    if ranks is None:
        raise WrongState(_("점수를 아직 세고 있어요. 잠시 뒤에 다시 해 주세요."))
    tasks, chosen = tasks_of(round_.id, TaskState.IN_ROUND), set(going_on)
    _check_choice(stage, tasks, chosen)
    if stage.kind is StageKind.ASSEMBLY:
        run_before_result(stage, chosen, actor)
    said = _checked_reasons(tasks, reasons)
    if stage.kind.is_scored:
        _require_reasons(stage, tasks, chosen, ranks, said)
    for task in tasks:
        decision = StageDecision(
            stage_id=stage.id,
            task_id=task.id,
            round_id=round_.id,
            goes_on=task.id in chosen,
            rank=ranks.get(task.id),
            reason=said.get(task.id, ""),
        )
        db.session.add(decision)
        if task.id not in chosen:
            task.state, task.out_stage_id, task.reason = TaskState.LEFT_OUT, stage.id, decision.reason
            task.revision += 1
    stage.state, stage.decided_at = StageState.DECIDED, clock.now()
    _changed(round_)
    _record(actor, "rounds.decide_stage", round_, stage, tasks)
    for task in tasks:
        if stage.kind is not StageKind.ASSEMBLY or task.id not in chosen:
            notify_of_decision(task, stage, goes_on=task.id in chosen)
    return stage


def departures(stage: RoundStage, chosen: Collection[int], ranks: Mapping[int, int]) -> set[int]:
    """Return the tasks at which a choice departs from the order of the scores: those outside the first `n_on` that
    go on, and those among them that do not.

    :param ranks: of the tasks that are still in the round: where one was withdrawn, the next has its place
    """
    first = sorted(ranks, key=lambda task_id: ranks[task_id])[: stage.n_on]
    return set(first) ^ set(chosen)


def _check_choice(stage: RoundStage, tasks: Sequence[CouncilTask], chosen: set[int]) -> None:
    """:raise InvalidInput: none or too many tasks, or one that is not in the round"""
    if not chosen:
        raise InvalidInput({"going_on": _("다음 단계로 올릴 과제를 하나 이상 골라 주세요.")})
    if chosen - {task.id for task in tasks}:
        raise InvalidInput({"going_on": _("심의하고 있는 과제만 고를 수 있어요.")})
    if len(chosen) > stage.n_on:
        most = _("이 단계에서는 %(most)s개까지 올릴 수 있어요. 지금 %(n)s개예요.", most=stage.n_on, n=len(chosen))
        raise InvalidInput({"going_on": most})


def _checked_reasons(tasks: Sequence[CouncilTask], reasons: Mapping[int, str]) -> dict[int, str]:
    said: dict[int, str] = {}
    for task in tasks:
        field = f"reason_{task.id}"
        text = clean_text(reasons.get(task.id), field, _("까닭"), max_chars=MAX_REASON_CHARS, min_chars=0)
        refuse_resident_numbers(text, field)
        if text:
            said[task.id] = text
    return said


def _require_reasons(
    stage: RoundStage,
    tasks: Sequence[CouncilTask],
    chosen: set[int],
    ranks: Mapping[int, int],
    said: Mapping[int, str],
) -> None:
    """:raise InvalidInput: a departure from the order of the scores has no reason"""
    numbers = {task.id: task.number for task in tasks}
    present = {task_id: rank for task_id, rank in ranks.items() if task_id in numbers}
    missing = sorted(departures(stage, chosen, present) - said.keys(), key=lambda one: numbers[one])
    if missing:
        message = _("점수의 순서와 다르게 정했으니 까닭을 적어 주세요.")
        raise InvalidInput({f"reason_{task_id}": message for task_id in missing})


def _require_subcommittees(round_: CouncilRound) -> None:
    """:raise WrongState: a task has no sub-committee to weigh it"""
    without = [task for task in tasks_of(round_.id, TaskState.IN_ROUND) if task.subcommittee_id is None]
    if without:
        said = ", ".join(task.title for task in without[:3])
        raise WrongState(_("과제마다 분과를 정한 뒤에 열 수 있어요. 아직 없는 과제: %(tasks)s", tasks=said))


def _changed(round_: CouncilRound) -> None:
    round_.revision += 1
    db.session.flush()


def _record(
    actor: Actor, action: str, round_: CouncilRound, stage: RoundStage, tasks: Sequence[CouncilTask] = ()
) -> None:
    after: dict[str, object] = {"stage": stage.kind.name, "revision": round_.revision}
    if tasks:
        after["going_on"] = sorted(task.id for task in tasks if task.state is TaskState.IN_ROUND)
    facts = ROUNDS.of([round_.id]) | TASKS.of([task.id for task in tasks])
    record(actor, action, round_, after=after, facts=facts)
