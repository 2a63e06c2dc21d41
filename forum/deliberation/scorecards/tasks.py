"""The job that computes what a closed stage's scores give. It computes with no transaction open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forum.core.access import Actor
from forum.core.database import reading
from forum.core.extensions import db
from forum.core.failpoints import failpoint
from forum.core.i18n import _l
from forum.deliberation.rounds.locking import lock_round
from forum.deliberation.rounds.models import RoundStage, StageState, TaskState
from forum.deliberation.rounds.queries import tasks_of
from forum.deliberation.scorecards.queries import RESULT_JOB, cards_of_stage, criteria_of
from forum.deliberation.scorecards.services import publish_result
from forum.system.jobs.models import Job
from forum.system.jobs.progress import Progress
from forum.system.jobs.registry import JobKind, JobLink, describe_job, job_handler


def _to_scores(job: Job, _actor: Actor) -> JobLink:
    return JobLink(_l("점수 보기"), "scorecards.scores", {"stage_id": job.arguments.get("stage_id", 0)})


describe_job(RESULT_JOB, JobKind(_l("단계의 점수 세기"), {"ranking": _l("점수를 세는 중")}, _to_scores, _to_scores))


@job_handler(RESULT_JOB)
def compute_result(progress: Progress, stage_id: int) -> dict[str, Any]:
    """Rank the tasks of a closed stage by the cards that count, and publish it.

    A conflict that is declared while it computes makes it read the cards again.

    :return: {"stage_id", "n_cards", "n_taken_out"}
    :raise LeaseLost: another attempt has begun, or the job was cancelled; nothing is published
    """
    from nlp.opinion.scorecards import N_DRAWS, rank_tasks  # numpy belongs into the worker

    progress(0.1, "ranking")
    while True:
        with reading():
            read = read_cards(stage_id)
            db.session.rollback()
        ranked = rank_tasks(read.tables, [weight for _id, weight in read.criteria], seed=read.seed)
        progress.lock()
        stage = db.session.get_one(RoundStage, stage_id)
        lock_round(stage.round)
        if read_cards(stage_id) == read:
            break
        db.session.rollback()  # a conflict was declared meanwhile: its scores must not be published
    parameters = {"seed": read.seed, "draws": N_DRAWS, "weights": {str(key): weight for key, weight in read.criteria}}
    publish_result(stage, progress.job_id, ranked, read.ids, read.n_cards, read.n_taken_out, parameters)
    result = {"stage_id": stage_id, "n_cards": read.n_cards, "n_taken_out": read.n_taken_out}
    progress.finish(result)
    failpoint("scorecards.publishing")
    db.session.commit()
    return result


@dataclass(frozen=True)
class ReadCards:
    """The cards of a stage at one moment.

    tables : for each task the cards that count, with their scores in the order of the criteria; `ids` are their ids
    criteria : (id, weight in per cent)
    """

    seed: str
    criteria: list[tuple[int, int]]
    tables: dict[int, list[list[int]]]
    ids: dict[int, list[int]]
    n_cards: int
    n_taken_out: int


def read_cards(stage_id: int) -> ReadCards:
    """Return the cards of a closed stage, for its result."""
    stage = db.session.get_one(RoundStage, stage_id)
    assert stage.state in {StageState.CLOSED, StageState.DECIDED}, "only closed stages have a result"
    criteria = [(one.id, one.weight) for one in criteria_of(stage.round_id)]
    cards = cards_of_stage(stage_id)
    counted = [card for card in cards if card.taken_out_at is None]
    listed = {card.task_id for card in cards} | {task.id for task in tasks_of(stage.round_id, TaskState.IN_ROUND)}
    tables: dict[int, list[list[int]]] = {task_id: [] for task_id in sorted(listed)}
    ids: dict[int, list[int]] = {task_id: [] for task_id in tables}
    for card in counted:
        values = {one.criterion_id: one.value for one in card.scores}
        tables[card.task_id].append([values[criterion_id] for criterion_id, _weight in criteria])
        ids[card.task_id].append(card.id)
    return ReadCards(stage.round.seed, criteria, tables, ids, len(cards), len(cards) - len(counted))
