"""Fix the budget of a dataset, and spend from it. A budget is locked before anything is spent of it."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.access import Actor
from forum.core.errors import InvalidInput, WrongState
from forum.core.extensions import db
from forum.core.i18n import _, _l
from forum.response.datafiles.access import is_given_out
from forum.response.datafiles.models import DataAggregate, DataFile, DataFileState
from forum.response.datanoise import noise
from forum.response.datanoise.facts import DATA_BUDGETS
from forum.response.datanoise.models import (
    MAX_ROWS_PER_PERSON,
    MAX_TOTAL_MILLIS,
    DataBudgetSpend,
    DataPrivacyBudget,
)
from forum.response.datanoise.queries import ANSWER_JOB, answer_job, budget_of, job_key, spend_for, spent_of
from forum.response.datanoise.questions import Question
from forum.response.datasets.locking import CHANGED_MEANWHILE, lock_dataset, require_describe
from forum.response.datasets.models import Dataset, DatasetVersion, Sensitivity
from forum.system.audit.services import record
from forum.system.jobs.services import enqueue_job

NOT_HERE = _l("이 서버에는 잡음을 섞는 프로그램(OpenDP)이 없어서 새로 물을 수 없어요.")
ONLY_SENSITIVE = _l("집계한 값만 내놓는 자료에서, 지금 보관하는 파일에만 물을 수 있어요.")
EXACT_ONES = _l(
    "잡음을 섞지 않고 집계한 값이 있는 자료예요. 그 값이 있으면 잡음이 지켜 주지 못하므로 예산을 정할 수 없어요."
)
ONLY_NOISY = _l("정보보호 예산을 정한 자료는 잡음을 섞은 값만 내놓아요.")


def set_budget(file: DataFile, actor: Actor, total_millis: int, rows_per_person: int) -> DataPrivacyBudget:
    """Fix how much all answers from a dataset may tell, once and for all. The caller commits.

    :raise NotFound, Forbidden: as `require_describe`
    :raise WrongState: not here, not a sensitive dataset, a budget is there, or exact figures are
    :raise InvalidInput: out of range
    """
    dataset = file.version.dataset
    require_describe(dataset, actor)
    _require_noise()
    if not 1 <= total_millis <= MAX_TOTAL_MILLIS:
        raise InvalidInput({"total": _("0.001부터 %(most)s까지 쓸 수 있어요.", most=MAX_TOTAL_MILLIS // 1000)})
    if not 1 <= rows_per_person <= MAX_ROWS_PER_PERSON:
        raise InvalidInput({"rows": _("1부터 %(most)s까지 쓸 수 있어요.", most=f"{MAX_ROWS_PER_PERSON:,}")})
    lock_dataset(dataset)
    require_describe(dataset, actor)
    _require_sensitive(file)
    if budget_of(dataset.id) is not None:
        raise WrongState(_("이 자료의 예산은 벌써 정해졌어요. 한 번 정하면 바꿀 수 없어요."))
    if has_exact_figures(dataset):
        raise WrongState(str(EXACT_ONES))
    made = DataPrivacyBudget(
        dataset_id=dataset.id, total_millis=total_millis, rows_per_person=rows_per_person, set_by_id=actor.id
    )
    db.session.add(made)
    db.session.flush()
    after = {"epsilon_millis": total_millis, "rows_per_person": rows_per_person}
    record(actor, "datanoise.set_budget", made, after=after, facts=DATA_BUDGETS.of([dataset.id]))
    return made


def ask(file: DataFile, actor: Actor, question: Question, epsilon_millis: int, *, seen: int) -> DataBudgetSpend:
    """Spend for a question and have it answered. The caller commits.

    A question that was asked before costs nothing: it has its answer, or waits for it. If its job has failed, the job
    runs again for what was paid. Nothing is ever given back.

    :param seen: what was spent when the page was shown, in thousandths
    :raise NotFound, Forbidden: as `require_describe`
    :raise WrongState: not here, not a sensitive file, no budget or not enough of it, or somebody spent meanwhile
    """
    dataset = file.version.dataset
    require_describe(dataset, actor)
    _require_noise()
    budget = db.session.get(
        DataPrivacyBudget, dataset.id, with_for_update={"of": DataPrivacyBudget}, populate_existing=True
    )
    db.session.refresh(file)
    db.session.refresh(dataset)
    require_describe(dataset, actor)
    _require_sensitive(file)
    if budget is None:
        raise WrongState(_("먼저 이 자료의 정보보호 예산을 정해 주세요."))
    question_hash = question.hash(file.id, epsilon_millis)
    spend = spend_for(dataset.id, question_hash)
    if spend is None:
        spend = _spend(budget, file, actor, question, question_hash, epsilon_millis, seen)
    elif spend.answer is not None or ((job := answer_job(spend.id)) is not None and job.is_open):
        return spend
    enqueue_job(ANSWER_JOB, dedupe_key=job_key(spend.id), actor=actor, spend_id=spend.id, file_id=file.id)
    return spend


def has_exact_figures(dataset: Dataset) -> bool:
    """Return whether figures without noise are shown of a file that is given out."""
    query = (
        sa.select(DataAggregate.id)
        .join(DataAggregate.file)
        .join(DatasetVersion, DatasetVersion.id == DataFile.version_id)
        .where(DatasetVersion.dataset_id == dataset.id, DataFile.state == DataFileState.READY)
    )
    return bool(db.session.scalar(sa.select(query.exists())))


def why_no_exact_figures(file: DataFile) -> str:
    """Return why no figures without noise are made of a file; empty if they may be."""
    return str(ONLY_NOISY) if budget_of(file.version.dataset_id) else ""


def _spend(
    budget: DataPrivacyBudget,
    file: DataFile,
    actor: Actor,
    question: Question,
    question_hash: str,
    epsilon_millis: int,
    seen: int,
) -> DataBudgetSpend:
    """Add the row of a new question, under the budget's lock.

    :raise WrongState: not enough is left, or somebody spent meanwhile
    """
    spent = spent_of(budget.dataset_id)
    if spent != seen:
        raise WrongState(str(CHANGED_MEANWHILE))
    if spent + epsilon_millis > budget.total_millis:
        left = f"{(budget.total_millis - spent) / 1000:g}"
        raise WrongState(_("예산이 모자라요. 남은 예산: %(left)s", left=left))
    spend = DataBudgetSpend(
        dataset_id=budget.dataset_id,
        total_millis=budget.total_millis,
        spent_before=spent,
        epsilon_millis=epsilon_millis,
        spent_after=spent + epsilon_millis,
        file_id=file.id,
        question=question.as_json(),
        question_hash=question_hash,
        asked_by_id=actor.id,
    )
    db.session.add(spend)
    db.session.flush()
    after = {"epsilon_millis": epsilon_millis, "spent_millis": spend.spent_after, "question": question_hash[:16]}
    record(actor, "datanoise.ask", spend, after=after, facts=DATA_BUDGETS.of([budget.dataset_id]))
    return spend


def _require_noise() -> None:
    """:raise WrongState: the extra is not installed"""
    if not noise.is_available():
        raise WrongState(str(NOT_HERE))


def _require_sensitive(file: DataFile) -> None:
    """:raise WrongState: everybody has the rows, or nobody gets anything"""
    if not is_given_out(file) or file.version.dataset.sensitivity is not Sensitivity.AGGREGATE:
        raise WrongState(str(ONLY_SENSITIVE))
