"""Checks of joins between files of datasets, and of budgets for noisy figures."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from forum.administration.operations.findings import Finding
from forum.core.extensions import db
from forum.core.i18n import _
from forum.response.datafiles.models import DataFile, DataFileState
from forum.response.datajoins.joining import shared_columns
from forum.response.datajoins.models import DataJoinRisk
from forum.response.datanoise.models import DataBudgetSpend, DataPrivacyBudget
from forum.response.datanoise.questions import Question
from forum.response.datasets.models import DatasetVersion
from forum.response.dataviews.queries import source_of

BATCH_SIZE = 200


def data_joins() -> Finding:
    """Check that joins are of files that are given out, over the columns that both dictionaries have.

    k itself is measured from the bytes and stored once: `flask datasets measure-joins` measures it again.
    """
    finding = Finding(_("공익데이터를 이어 붙인 위험"), 0)
    columns = [
        joinedload(side).joinedload(DataFile.version).selectinload(DatasetVersion.columns)
        for side in (DataJoinRisk.file, DataJoinRisk.other)
    ]
    query = sa.select(DataJoinRisk).options(*columns).order_by(DataJoinRisk.file_id, DataJoinRisk.other_file_id)
    for risk in db.session.scalars(query.execution_options(yield_per=BATCH_SIZE)):
        finding.n_checked += 1
        for words in _wrong_join(risk):
            names = {"file": risk.file_id, "other": risk.other_file_id, "words": words}
            finding.differences.append(_("파일 %(file)s번과 %(other)s번: %(words)s", **names))
    return finding


def data_budgets() -> Finding:
    """Add up what was spent of each budget, from nought in the order it was spent, and look at each answer's cells."""
    finding = Finding(_("공익데이터 정보보호 예산"), 0)
    for budget in db.session.scalars(sa.select(DataPrivacyBudget).order_by(DataPrivacyBudget.dataset_id)).all():
        finding.n_checked += 1
        for words in _wrong_budget(budget):
            finding.differences.append(_("자료 %(id)s번의 예산: %(words)s", id=budget.dataset_id, words=words))
    return finding


def _wrong_join(risk: DataJoinRisk) -> Iterator[str]:
    own, other = risk.file, risk.other
    if own.state is not DataFileState.READY or other.state is not DataFileState.READY:
        yield _("거둔 파일과 이어 붙인 값이 남아 있어요")
        return
    places = [place for place, _theirs in shared_columns(source_of(own), source_of(other))]
    if risk.shared != [own.version.columns[place].name for place in places]:
        yield _("두 자료에 다 있는 열이 데이터 사전과 달라요")
    if risk.n_rows is not None and risk.n_rows > (own.n_rows or 0):
        yield _("파일의 줄보다 많은 줄이 이어졌다고 해요")
    if risk.k is not None and own.k is not None and risk.k < own.k and _tells_nothing(risk):
        yield _("더 알려 주는 열이 없는데 k가 작아졌어요")


def _tells_nothing(risk: DataJoinRisk) -> bool:
    """Return whether all shared columns are identifying ones: then each group is whole or left out."""
    return set(risk.shared) <= {one.name for one in risk.file.version.columns if one.is_identifying}


def _wrong_budget(budget: DataPrivacyBudget) -> Iterator[str]:
    spent = 0
    query = sa.select(DataBudgetSpend).where(DataBudgetSpend.dataset_id == budget.dataset_id)
    query = query.options(selectinload(DataBudgetSpend.answer), joinedload(DataBudgetSpend.file))
    for spend in db.session.scalars(query.order_by(DataBudgetSpend.id)):
        if spend.spent_before != spent:
            yield _("%(id)s번 물음이 앞의 물음에서 이어지지 않아요", id=spend.id)
        spent += spend.epsilon_millis
        question = Question.of_json(spend.question)
        if spend.question_hash != question.hash(spend.file_id, spend.epsilon_millis):
            yield _("%(id)s번 물음이 적힌 것과 달라요", id=spend.id)
        if spend.answer is not None and len(spend.answer.figures) != len(question.keys):
            yield _("%(id)s번 답의 칸 수가 물음과 달라요", id=spend.id)
    if spent > budget.total_millis:
        yield _("정한 것보다 많이 썼어요")


DATA_RISK_CHECKS = (data_joins, data_budgets)
