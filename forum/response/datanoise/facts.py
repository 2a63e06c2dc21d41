"""Facts about budgets for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.datanoise.models import DataBudgetSpend, DataNoisyAnswer, DataPrivacyBudget
from forum.system.audit.facts import fact_kind

DATA_BUDGETS = fact_kind(
    "data_budget",
    _l("공익데이터 정보보호 예산"),
    sa.select(DataPrivacyBudget.dataset_id, DataPrivacyBudget.total_millis, DataPrivacyBudget.rows_per_person),
    [
        sa.select(
            DataBudgetSpend.dataset_id,
            DataBudgetSpend.spent_before,
            DataBudgetSpend.epsilon_millis,
            DataBudgetSpend.question_hash,
        ),
        sa.select(DataBudgetSpend.dataset_id, DataNoisyAnswer.spend_id, DataNoisyAnswer.figures).join(
            DataNoisyAnswer, DataNoisyAnswer.spend_id == DataBudgetSpend.id
        ),
    ],
)
