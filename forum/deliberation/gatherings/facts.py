"""Facts about gatherings for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.gatherings.models import Gathering
from forum.system.audit.facts import fact_kind

GATHERINGS = fact_kind(
    "gathering",
    _l("모임의 진행자와 상태, 때와 자리, 끝났을 때 센 수"),
    sa.select(
        Gathering.id,
        Gathering.campaign_id,
        Gathering.organiser_id,
        Gathering.copied_from_id,
        Gathering.state,
        Gathering.starts_at,
        Gathering.ends_at,
        Gathering.seats,
        Gathering.held_seats,
        Gathering.announced_at,
        Gathering.started_at,
        Gathering.finished_at,
        Gathering.cancelled_at,
        Gathering.n_present,
        Gathering.last_event_id,
        Gathering.lists_until,
        Gathering.lists_deleted_at,
    ),
)
"""Without its words: they are its author's, and may go when that person leaves."""
