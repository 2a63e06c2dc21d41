"""Answer a question: count exactly in one stream, draw the noise, and keep what was drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forum.core.access import SYSTEM
from forum.core.database import reading
from forum.core.errors import WrongState
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.access import is_given_out
from forum.response.datafiles.aggregate import rows_of
from forum.response.datanoise import noise
from forum.response.datanoise.facts import DATA_BUDGETS
from forum.response.datanoise.models import DataBudgetSpend, DataNoisyAnswer, DataPrivacyBudget
from forum.response.datanoise.questions import Plan, Question, plan_of
from forum.system.audit.services import record
from forum.system.blobs.store import current_store


@dataclass(frozen=True)
class Paid:
    """A question that was paid for, with all that its answer needs."""

    question: Question
    plan: Plan
    rows_per_person: int
    epsilon_millis: int
    sha256: str
    size_bytes: int
    encoding: str

    @property
    def sensitivity(self) -> int:
        """Return how much one person changes all cells together: each of the rows counts in one cell."""
        return self.plan.sensitivity * self.rows_per_person


def paid_question(spend_id: int) -> Paid | None:
    """Return what to answer; None if it was answered.

    :raise WrongState: the file is not given out any more
    """
    with reading():
        spend = db.session.get_one(DataBudgetSpend, spend_id)
        budget = db.session.get_one(DataPrivacyBudget, spend.dataset_id)
        file, question = spend.file, Question.of_json(spend.question)
        given, answered = is_given_out(file), spend.answer is not None
        plan, sha256 = plan_of(question, file.version.columns), file.blob_sha256
        paid = (budget.rows_per_person, spend.epsilon_millis)
        size, encoding = file.size_bytes, file.encoding
        db.session.rollback()
    if answered:
        return None
    if not given or sha256 is None:
        raise WrongState(_("지금 보관하는 파일만 집계할 수 있어요."))
    return Paid(question, plan, *paid, sha256, size, encoding)


def drawn_figures(paid: Paid) -> list[str]:
    """Return the figures with noise, in the order of the keys.

    :raise StoreGone: the store does not answer
    """
    pieces = current_store().pieces(paid.sha256, paid.size_bytes)
    exact = exact_units(rows_of(pieces, paid.encoding), paid.question, paid.plan)
    return [paid.plan.figure(units) for units in noise.draw(exact, paid.sensitivity, paid.epsilon_millis)]


def exact_units(rows: Iterable[list[str]], question: Question, plan: Plan) -> list[int]:
    """Return the exact figures in units, in the order of the keys. Rows of other values are passed over."""
    units = dict.fromkeys(question.keys, 0)
    for row in rows:
        if row[plan.by] in units:
            units[row[plan.by]] += plan.units(row[plan.total] if plan.total is not None else "")
    return list(units.values())


def keep_answer(spend_id: int, paid: Paid, figures: list[str]) -> None:
    """Store an answer, in place of none: whoever drew twice keeps the first. The caller commits.

    :raise WrongState: the file is not given out any more; what was spent stays spent
    """
    spend = db.session.get_one(DataBudgetSpend, spend_id)
    db.session.get_one(DataPrivacyBudget, spend.dataset_id, with_for_update={"of": DataPrivacyBudget})
    db.session.refresh(spend)
    db.session.refresh(spend.file)
    if spend.answer is not None:
        return
    if not is_given_out(spend.file):
        raise WrongState(_("지금 보관하는 파일만 집계할 수 있어요."))
    scale = noise.scale_for(paid.sensitivity, paid.epsilon_millis) / paid.plan.per_unit
    made = DataNoisyAnswer(spend_id=spend_id, figures=figures, scale=scale)
    db.session.add(made)
    db.session.flush()
    record(SYSTEM, "datanoise.answer", made, after={"cells": len(figures)}, facts=DATA_BUDGETS.of([spend.dataset_id]))
