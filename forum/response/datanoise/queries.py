from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from forum.core.extensions import db
from forum.response.datanoise.models import DataBudgetSpend, DataPrivacyBudget
from forum.system.jobs.models import OPEN_STATES, Job
from forum.system.jobs.queries import newest_job

ANSWER_JOB = "datanoise.answer"


def job_key(spend_id: int) -> str:
    return f"spend:{spend_id}"


def answer_job(spend_id: int) -> Job | None:
    """Return the newest job that answers a question, ended or not."""
    return newest_job(ANSWER_JOB, job_key(spend_id))


def open_answers(spend_ids: Sequence[int]) -> int:
    """Return how many of these questions have a job that goes on."""
    keys = [job_key(spend_id) for spend_id in spend_ids]
    is_open = sa.and_(Job.kind == ANSWER_JOB, Job.dedupe_key.in_(keys), Job.state.in_(OPEN_STATES))
    return db.session.scalar(sa.select(sa.func.count(Job.id)).where(is_open)) or 0


def budget_of(dataset_id: int) -> DataPrivacyBudget | None:
    return db.session.get(DataPrivacyBudget, dataset_id)


def spent_of(dataset_id: int) -> int:
    """Return how much of a budget is spent, in thousandths of epsilon."""
    query = sa.select(sa.func.max(DataBudgetSpend.spent_after)).where(DataBudgetSpend.dataset_id == dataset_id)
    return db.session.scalar(query) or 0


def spend_for(dataset_id: int, question_hash: str) -> DataBudgetSpend | None:
    """Return the row of a question that was asked before."""
    query = sa.select(DataBudgetSpend).where(
        DataBudgetSpend.dataset_id == dataset_id, DataBudgetSpend.question_hash == question_hash
    )
    return db.session.scalar(query.options(joinedload(DataBudgetSpend.answer)))


def spends_of_file(file_id: int) -> Sequence[DataBudgetSpend]:
    """Return what was asked of a file, with the answers, the newest first."""
    query = sa.select(DataBudgetSpend).where(DataBudgetSpend.file_id == file_id)
    return db.session.scalars(
        query.options(joinedload(DataBudgetSpend.answer)).order_by(DataBudgetSpend.id.desc())
    ).all()
