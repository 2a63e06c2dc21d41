"""Facts about the council for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.council.models import CouncilGroup, CouncilTerm, GroupSeat, Seat, TeamMember
from forum.system.audit.facts import fact_kind

TERMS = fact_kind(
    "council_term",
    _l("협의회의 기와 규칙"),
    sa.select(
        CouncilTerm.id,
        CouncilTerm.number,
        CouncilTerm.starts_on,
        CouncilTerm.ends_on,
        CouncilTerm.quorum,
        CouncilTerm.needs_both_kinds,
        CouncilTerm.counts_online,
        CouncilTerm.revision,
    ),
)

SEATS = fact_kind(
    "council_seat",
    _l("위원의 자리"),
    sa.select(
        Seat.id,
        Seat.term_id,
        Seat.kind,
        Seat.name,
        Seat.office,
        Seat.account_id,
        Seat.substitute_name,
        Seat.substitute_id,
        Seat.is_chair,
        Seat.began_on,
        Seat.ended_at,
        Seat.end_reason,
        Seat.revision,
    ),
)

GROUPS = fact_kind(
    "council_group",
    _l("분과, 국민포럼팀, 대표단"),
    sa.select(CouncilGroup.id, CouncilGroup.term_id, CouncilGroup.kind, CouncilGroup.name, CouncilGroup.about),
    [
        sa.select(GroupSeat.group_id, GroupSeat.seat_id),
        sa.select(TeamMember.group_id, TeamMember.account_id, TeamMember.joined_at, TeamMember.left_at),
    ],
)
