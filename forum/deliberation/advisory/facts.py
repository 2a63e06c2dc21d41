"""Facts about advisory lists, ballots and reasons for the audit (`forum.system.audit.facts`)."""

from __future__ import annotations

import sqlalchemy as sa

from forum.core.i18n import _l
from forum.deliberation.advisory.models import (
    AdvisoryBallot,
    AdvisorySide,
    AdvisorySlate,
    BallotTask,
    DepartureReason,
)
from forum.system.audit.facts import FactKind, Query, fact_kind

BALLOTS = fact_kind(
    "advisory_ballot",
    _l("최종 과제 후보 투표"),
    sa.select(AdvisoryBallot.round_id, AdvisoryBallot.shortlist_id),
    [sa.select(BallotTask.round_id, BallotTask.task_id, BallotTask.idea_id)],
)
"""By round, as the two below."""

REASONS = fact_kind(
    "departure_reason",
    _l("계산한 목록과 다르게 고른 까닭"),
    sa.select(
        DepartureReason.task_id,
        DepartureReason.text,
        DepartureReason.written_by_id,
        DepartureReason.written_at,
        DepartureReason.revision,
    ),
)
"""By task."""


def _published(side: AdvisorySide) -> Query:
    return sa.select(
        AdvisorySlate.round_id,
        AdvisorySlate.made_at,
        AdvisorySlate.n_people,
        AdvisorySlate.standing,
        AdvisorySlate.tasks,
        AdvisorySlate.proof,
    ).where(AdvisorySlate.side == side)


SLATES: dict[AdvisorySide, FactKind] = {
    AdvisorySide.MEMBERS: fact_kind("members_slate", _l("위원의 표로 계산한 목록"), _published(AdvisorySide.MEMBERS)),
    AdvisorySide.CITIZENS: fact_kind(
        "citizens_slate", _l("시민의 표로 계산한 목록"), _published(AdvisorySide.CITIZENS)
    ),
}
