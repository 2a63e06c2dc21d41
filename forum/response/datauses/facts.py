"""Facts about uses of data for the audit (`forum.system.audit.facts`). Words of people are not in them."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.datauses.models import DataUse, UseState
from forum.system.audit.facts import fact_kind

CHECKED = sa.and_(
    DataUse.state.in_((UseState.PUBLISHED, UseState.RETURNED)),
    sa.or_(DataUse.checked_at.is_not(None), DataUse.settled_at.is_not(None)),
)
"""Published or returned by whoever checked it, or what a need was settled with."""

USES = fact_kind(
    "data_use",
    _l("자료로 풀린 일의 확인과 결과"),
    sa.select(
        DataUse.id, DataUse.state, DataUse.reason, DataUse.checked_by_id, DataUse.checked_at, DataUse.settled_at
    ).where(CHECKED),
)
