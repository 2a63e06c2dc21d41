"""Facts about election pauses for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.system.audit.facts import fact_kind
from forum.system.pauses.models import ElectionPause

PAUSES = fact_kind(
    "election_pause",
    _l("선거 기간 쉼"),
    sa.select(
        ElectionPause.id,
        ElectionPause.name,
        ElectionPause.begins_on,
        ElectionPause.ends_on,
        ElectionPause.set_by_id,
        ElectionPause.set_at,
        ElectionPause.ended_at,
        ElectionPause.ended_by_id,
    ),
)
