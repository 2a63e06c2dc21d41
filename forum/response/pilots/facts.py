"""Facts about pilots for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.response.pilots.models import Pilot, PilotReading, PilotReport
from forum.system.audit.facts import fact_kind

PILOTS = fact_kind(
    "pilot",
    _l("시범의 계획과 잰 값, 결정"),
    sa.select(
        Pilot.id,
        Pilot.referral_id,
        Pilot.ministry_id,
        Pilot.origin,
        Pilot.parent_id,
        Pilot.state,
        Pilot.title,
        Pilot.summary,
        Pilot.region_code,
        Pilot.place,
        Pilot.starts_on,
        Pilot.ends_on,
        Pilot.measure_kind,
        Pilot.measure,
        Pilot.unit,
        Pilot.better,
        Pilot.measured_how,
        Pilot.decision,
        Pilot.decision_reason,
        Pilot.decided_by_id,
        Pilot.decided_at,
    ),
    [
        sa.select(
            PilotReading.pilot_id,
            PilotReading.phase,
            PilotReading.measured_from,
            PilotReading.measured_until,
            PilotReading.measured_by,
            PilotReading.n,
            PilotReading.k,
            PilotReading.mean,
            PilotReading.sd,
        ),
        sa.select(PilotReport.pilot_id, PilotReport.id, PilotReport.text, PilotReport.sha256, PilotReport.caption),
    ],
)
