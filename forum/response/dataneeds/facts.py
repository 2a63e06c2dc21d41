"""Facts about needs for the audit (`forum.system.audit.facts`). Words of people are not in them."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.dataneeds.models import DataNeed, NeedOffer, NeedState
from forum.system.audit.facts import fact_kind

BY_STAFF = (NeedState.OFFERED, NeedState.SETTLED, NeedState.REFUSED)
"""States to which only recorded acts lead."""

NEEDS = fact_kind(
    "data_need",
    _l("필요한 자료에 내놓은 자료와 결과"),
    sa.select(DataNeed.id, DataNeed.state, DataNeed.state_reason, DataNeed.decided_at).where(
        DataNeed.state.in_(BY_STAFF)
    ),
    [sa.select(NeedOffer.need_id, NeedOffer.dataset_id, NeedOffer.offered_by_id, NeedOffer.offered_at)],
)
