"""Facts about meetings, motions and minutes for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.meetings.models import (
    AgendaFile,
    AgendaItem,
    Attendance,
    CouncilMeeting,
    CouncilMinutes,
    Motion,
    MotionBallot,
    MotionOption,
)
from forum.system.audit.facts import fact_kind

COUNCIL_MEETINGS = fact_kind(
    "council_meeting",
    _l("협의회 회의와 안건, 출석"),
    sa.select(
        CouncilMeeting.id,
        CouncilMeeting.term_id,
        CouncilMeeting.round_id,
        CouncilMeeting.number,
        CouncilMeeting.title,
        CouncilMeeting.starts_at,
        CouncilMeeting.ends_at,
        CouncilMeeting.place,
        CouncilMeeting.video_url,
        CouncilMeeting.state,
        CouncilMeeting.cancel_reason,
        CouncilMeeting.opened_at,
        CouncilMeeting.closed_at,
        CouncilMeeting.revision,
    ),
    [
        sa.select(
            AgendaItem.meeting_id,
            AgendaItem.id,
            AgendaItem.position,
            AgendaItem.title,
            AgendaItem.text,
            AgendaItem.task_id,
        ),
        sa.select(AgendaItem.meeting_id, AgendaFile.id, AgendaFile.name, AgendaFile.sha256).join(
            AgendaItem, AgendaItem.id == AgendaFile.item_id
        ),
        sa.select(
            Attendance.meeting_id,
            Attendance.seat_id,
            Attendance.way,
            Attendance.by_substitute,
            Attendance.arrived_at,
            Attendance.left_at,
        ),
    ],
)

MOTIONS = fact_kind(
    "council_motion",
    _l("협의회 표결과 표"),
    sa.select(
        Motion.id,
        Motion.item_id,
        Motion.number,
        Motion.text,
        Motion.rule,
        Motion.tie_rule,
        Motion.places,
        Motion.state,
        Motion.outcome,
        Motion.n_seats,
        Motion.n_present,
        Motion.n_needed,
        Motion.n_voters,
        Motion.opened_at,
        Motion.closed_at,
        Motion.revision,
    ),
    [
        sa.select(MotionOption.motion_id, MotionOption.task_id, MotionOption.approvals, MotionOption.place),
        sa.select(
            MotionBallot.motion_id,
            MotionBallot.seat_id,
            MotionBallot.choice,
            MotionBallot.approved,
            MotionBallot.by_substitute,
            MotionBallot.dissent,
            MotionBallot.cast_at,
            MotionBallot.revision,
        ),
    ],
)

COUNCIL_MINUTES = fact_kind(
    "council_minutes",
    _l("협의회 회의록과 공동위원장의 서명"),
    sa.select(
        CouncilMinutes.meeting_id,
        CouncilMinutes.text,
        CouncilMinutes.facts,
        CouncilMinutes.state,
        CouncilMinutes.civil_chair_id,
        CouncilMinutes.civil_signed_at,
        CouncilMinutes.government_chair_id,
        CouncilMinutes.government_signed_at,
        CouncilMinutes.published_at,
        CouncilMinutes.revision,
    ),
)
"""By meeting."""
